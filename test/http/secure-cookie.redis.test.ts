import { describe, expect, it } from "vitest";
import { startApp, type TestAppOptions } from "../harness/app.js";
import { Browser, PASSWORD } from "../harness/browser.js";
import { setCookiesOf } from "../harness/http.js";
import { testRedis } from "../harness/redis.js";

const onlySecure: TestAppOptions = { session: { cookie: { secure: true } } };
const HTTPS = { "x-forwarded-proto": "https" };
const ann = { userId: "ann", password: PASSWORD };

describe("a sign-in whose cookie the connection does not allow", () => {
  it("G8: is refused and says why, instead of a redirect that leads back to the login page", async () => {
    const site = await startApp(onlySecure);
    const browser = await site.browser();
    const answer = await browser.fetch("post", "/login", ann);
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ code: "insecure_connection" });
    expect((answer.body as { message: string }).message).toMatch(/HTTPS.*trust proxy/);
    expect(setCookiesOf(answer).filter((line) => line.includes("curfew.sid"))).toEqual([]);
  });

  it("G8: stores nothing and evicts no session", async () => {
    const site = await startApp({ ...onlySecure, defaults: { maxSessionsPerUser: 1 } });
    const secure = await startApp({
      prefix: site.prefix,
      clock: site.clock,
      defaults: { maxSessionsPerUser: 1 },
    });
    const inside = await secure.signedIn("ann");
    const redis = await testRedis();
    const before = (await redis.keys(`${site.prefix}*`)).sort();
    await (await site.browser()).fetch("post", "/login", ann);
    expect((await redis.keys(`${site.prefix}*`)).sort()).toEqual(before);
    expect(await inside.standing()).toBe("in");
  });

  it("G8: operators are warned at the first one, once, however many try", async () => {
    const site = await startApp(onlySecure);
    const browser = await site.browser();
    for (let tries = 0; tries < 3; tries += 1) await browser.fetch("post", "/login", ann);
    expect(site.told("warning")).toEqual([expect.objectContaining({ code: "insecure_cookie" })]);
    expect(site.log).toHaveLength(1);
  });

  it("G8: over HTTPS it is granted, with a Secure cookie and without a warning", async () => {
    const site = await startApp({ ...onlySecure, before: (app) => app.set("trust proxy", 1) });
    const browser = new Browser(site.server);
    expect((await browser.send("/login", { headers: HTTPS, body: ann })).status).toBe(303);
    expect(browser.cookies.get("__Host-curfew.sid")?.attributes).toMatchObject({ secure: "" });
    expect(site.told("warning")).toEqual([]);
  });

  it("G8: behind a TLS proxy that Express does not trust the cookie lacks Secure, and one warning says so", async () => {
    const site = await startApp();
    for (let tries = 0; tries < 2; tries += 1) {
      const answer = await new Browser(site.server).send("/login", { headers: HTTPS, body: ann });
      expect(answer.status).toBe(303);
    }
    expect(site.told("warning")).toEqual([expect.objectContaining({ code: "proxy_not_trusted" })]);
  });

  it("G8: plain HTTP without any proxy is nothing to warn of", async () => {
    const site = await startApp();
    await site.signedIn("ann");
    expect(site.told("warning")).toEqual([]);
  });
});
