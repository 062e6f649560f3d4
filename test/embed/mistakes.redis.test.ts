import express from "express";
import request from "supertest";
import { describe, expect, it, onTestFinished } from "vitest";
import { createCurfew, type EmbedUrlOptions } from "../../src/index.js";
import { EmbedSite, PORTAL, SECRET } from "./embed-site.js";

describe("mistakes with embedded pages", () => {
  it.each<[Partial<EmbedUrlOptions>, RegExp]>([
    [{ path: "/account" }, /path must be below "\/embed"/],
    [{ path: "/embed/../account" }, /path must be below/],
    [{ path: "/embed/%2e%2e/account" }, /path must be below/],
    [{ path: "//evil.example/embed/x" }, /path must be a path on this site/],
    [{ ancestors: ["https://evil.example"] }, /not among the ancestors of curfew\.embed\(\)/],
    [{ ancestors: [] }, /1 to 20 origins/],
    [{ lifetimeMinutes: 43_201 }, /at most 43200 minutes/],
    [{ validSeconds: 3_601 }, /from 1 to 3600/],
    [{ userId: "" }, /userId must be/],
    [{ tenant: 5 as never }, /tenant must be/],
  ])("embedUrl names %j", async (options, message) => {
    const site = await EmbedSite.start();
    expect(() => site.link(options)).toThrow(message);
  });

  it("embedUrl refuses an address that servers would not read, and the longest address that it returns opens", async () => {
    const site = await EmbedSite.start();
    const metadata = (length: number) =>
      Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`name ${n}`, "x".repeat(length)]));
    expect(() => site.link({ metadata: metadata(255) })).not.toThrow();
    expect((await site.get(site.link({ metadata: metadata(255) }))).status).toBe(200);
    expect((await site.post(site.link({ metadata: metadata(255) }))).status).toBe(303);
    const wide = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`name ${n}`, "€".repeat(255)]));
    expect(() => site.link({ metadata: wide })).toThrow(
      expect.objectContaining({
        code: "invalid_argument",
        message: expect.stringContaining("shorten metadata") as string,
      }),
    );
  });

  it("embedUrl without curfew.embed() says what comes first", () => {
    const curfew = createCurfew({ redis: "redis://127.0.0.1:1", log: () => undefined });
    onTestFinished(() => curfew.close());
    expect(() => curfew.embedUrl({ userId: "ann", path: "/embed/x" })).toThrow(/needs curfew\.embed\(\)/);
  });

  it.each([
    [{ ancestors: ["portal.example"] }, /embed\.ancestors: has an entry that is not an origin/],
    [{ ancestors: ["https://portal.example; script-src *"] }, /not an origin/],
    [{ ancestors: ["*"] }, /not an origin/],
    [{ ancestors: [PORTAL], path: "embed/" }, /embed\.path: must be a path such as/],
    [{ ancestors: [PORTAL], name: "x" }, /embed\.name: is not an option/],
    [{ ancestors: [PORTAL], secret: "" }, /embed\.secret: is missing/],
  ])("embed names %j", (options, message) => {
    const curfew = createCurfew({ redis: "redis://127.0.0.1:1", log: () => undefined });
    onTestFinished(() => curfew.close());
    expect(() => curfew.embed({ secret: SECRET, ...options })).toThrow(message);
  });

  it("behind curfew.session(), or at another path, each request says so", async () => {
    const site = await EmbedSite.start();
    const app = express();
    app.use("/frames", site.curfew.embed({ secret: SECRET, ancestors: [PORTAL] }));
    app.use(site.curfew.session({ secret: SECRET }));
    app.use("/embed", site.curfew.embed({ secret: SECRET, ancestors: [PORTAL] }));
    app.use(((error, _request, response, _next) => {
      response.status(500).send(String(error));
    }) as express.ErrorRequestHandler);
    expect((await request(app).get("/frames/x")).text).toMatch(/give embed\(\{ path: "\/frames" \}\)/);
    expect((await request(app).get("/embed/x")).text).toMatch(
      /mount curfew\.embed\(\) before curfew\.session/,
    );
  });
});
