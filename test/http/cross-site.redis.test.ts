import request from "supertest";
import { describe, expect, it } from "vitest";
import { startApp, type TestApp } from "../harness/app.js";

async function post({ server }: TestApp, headers: Record<string, string>): Promise<number> {
  return (
    await request(server)
      .post("/form")
      .set({ Host: "app.example", ...headers })
  ).status;
}

function start(trustProxy: boolean): Promise<TestApp> {
  return startApp({
    before: (app) => app.set("trust proxy", trustProxy),
    configure: (app, curfew) => {
      app.post("/form", curfew.requireSameSite(), (_request, response) => {
        response.status(200).end();
      });
    },
  });
}

const TLS = { "X-Forwarded-Proto": "https" };
const HTTPS_PAGE = { Origin: "https://app.example" };
const HTTP_PAGE = { Origin: "http://app.example" };

describe("a browser that sends Origin and no Sec-Fetch-Site", () => {
  it("M41: is compared by scheme, host and port behind a trusted proxy", async () => {
    const site = await start(true);
    expect(await post(site, { ...TLS, ...HTTPS_PAGE })).toBe(200);
    expect(await post(site, { ...TLS, Origin: "https://app.example:443" })).toBe(200);
    expect(await post(site, { ...TLS, ...HTTP_PAGE })).toBe(403);
    expect(await post(site, { ...TLS, Origin: "https://app.example:8443" })).toBe(403);
    expect(await post(site, HTTPS_PAGE)).toBe(403);
    expect(await post(site, HTTP_PAGE)).toBe(200);
    expect(site.told("warning")).toEqual([]);
  });

  it("M41: passes from HTTPS where Express trusts no proxy, with one warning that names the setting", async () => {
    const site = await start(false);
    expect(await post(site, HTTP_PAGE)).toBe(200);
    expect(site.told("warning")).toEqual([]);
    expect(await post(site, { ...TLS, ...HTTPS_PAGE })).toBe(200);
    expect(await post(site, HTTPS_PAGE)).toBe(200);
    expect(await post(site, { Origin: "https://evil.example" })).toBe(403);
    const [warning, ...more] = site.told("warning");
    expect(warning).toEqual({
      code: "proxy_not_trusted",
      message: expect.stringContaining('app.set("trust proxy", 1)') as string,
    });
    expect(more).toEqual([]);
  });
});
