import type { Request } from "express";
import request from "supertest";
import { describe, expect, it } from "vitest";
import { lookerApi, type LookerApiOptions } from "../../../src/dialects/looker/index.js";
import { startApp, type TestApp, type TestAppOptions } from "../../harness/app.js";
import { startRedis } from "../../harness/redis-server.js";

const PATH = "/api/4.0/session_config";
const DOC = "https://cloud.google.com/looker/docs/r/err/4.0";

const isRoot = (who: Request): boolean =>
  who.curfew.state === "active" && who.curfew.session.userId === "root";

const start = (options: Partial<LookerApiOptions> = {}, more: TestAppOptions = {}): Promise<TestApp> =>
  startApp({
    ...more,
    configure: (app, curfew) => {
      app.use("/api/4.0", lookerApi(curfew, { authorize: isRoot, ...options }));
    },
  });

describe("who may use the Looker API", () => {
  it("L10, Q6: visitors get 401, others 404, administrators the settings", async () => {
    const site = await start();
    const strange = await request(site.server).get(PATH);
    expect([strange.status, strange.body]).toEqual([
      401,
      { message: "Requires authentication.", documentation_url: `${DOC}/401/get/session_config` },
    ]);
    const ann = await site.signedIn("ann");
    const denied = await ann.fetch("patch", PATH, { session_minutes: 60 });
    expect([denied.status, denied.body]).toEqual([
      404,
      { message: "Not found", documentation_url: `${DOC}/404/patch/session_config` },
    ]);
    const root = await site.signedIn("root");
    expect((await root.fetch("get", PATH)).body).toMatchObject({ session_minutes: 30 });
  });

  it("Q6: 403 if the app says so", async () => {
    const site = await start({ deniedStatus: 403 });
    const denied = await (await site.signedIn("ann")).fetch("get", PATH);
    expect([denied.status, denied.body]).toMatchObject([403, { message: "Forbidden" }]);
  });

  it("an ended session has no access", async () => {
    const site = await start();
    const root = await site.signedIn("root");
    site.at("30:00");
    expect((await root.fetch("get", PATH)).status).toBe(401);
  });

  it.each([undefined, null, 1, "yes", { id: "root" }])(
    "authorize that answers %j does not allow access",
    async (answer) => {
      const site = await start({ authorize: () => answer as never });
      expect((await (await site.signedIn("root")).fetch("get", PATH)).status).toBe(404);
    },
  );

  it("M41: a change is never refused after it was saved, since authorize is asked before", async () => {
    const versions: number[] = [];
    const site = await start({
      authorize: async () => {
        versions.push((await site.curfew.settings.get()).version);
        if (versions.length > 1) throw new Error("directory is down");
        return true;
      },
    });
    const root = await site.signedIn("root");
    const answer = await root.fetch("patch", PATH, { session_minutes: 60 });
    expect([answer.status, answer.body]).toMatchObject([200, { can: { show: true, update: true } }]);
    expect(versions).toEqual([0]);
  });

  it("authorize may be slow, and refuses access if it fails", async () => {
    const later = await start({ authorize: (who) => Promise.resolve(isRoot(who)) });
    expect((await (await later.signedIn("root")).fetch("get", PATH)).status).toBe(200);
    for (const authorize of [
      () => Promise.reject(new Error("directory is down")),
      () => {
        throw new Error("directory is down");
      },
    ]) {
      const broken = await start({ authorize }, { hasFaults: true });
      expect((await (await broken.signedIn("root")).fetch("get", PATH)).status).toBe(500);
    }
  });

  it("L10: an unknown path is 404 in Looker's words", async () => {
    const site = await start();
    const root = await site.signedIn("root");
    expect((await root.fetch("get", "/api/4.0/users/1/attributes")).body).toEqual({
      message: "Not found",
      documentation_url: `${DOC}/404/get/users/1/attributes`,
    });
    expect((await root.fetch("delete", PATH)).status).toBe(404);
  });

  it("G1: another site's PATCH is refused with 403, a trusted origin's is not", async () => {
    const site = await start({}, { trustedOrigins: ["https://admin.example"] });
    const root = await site.signedIn("root");
    const from = (origin: string) =>
      request(site.server)
        .patch(PATH)
        .set({ Cookie: root.cookieHeader, Origin: origin, "Sec-Fetch-Site": "cross-site" })
        .send({ session_minutes: 60 });
    expect((await from("https://evil.example")).status).toBe(403);
    expect((await from("https://admin.example")).status).toBe(200);
  });

  it.each([
    ["a long text", "a".repeat(300)],
    ["a word", "unknown"],
    ["a tag", "<script>"],
  ])(
    "a place that a client makes up, %s, does not refuse a change, and is not noted",
    async (_name, made) => {
      const site = await start({}, { before: (app) => app.set("trust proxy", true) });
      const root = await site.signedIn("root");
      const change = (address: string, minutes: number) =>
        request(site.server)
          .patch(PATH)
          .set({ Cookie: root.cookieHeader, "X-Forwarded-For": address, "Sec-Fetch-Site": "same-origin" })
          .send({ session_minutes: minutes });
      expect((await change("192.0.2.7", 60)).status).toBe(200);
      expect((await change(made, 90)).status).toBe(200);
      const changes = await site.curfew.settings.history();
      expect(changes.map(({ from }) => from)).toEqual([null, "192.0.2.7"]);
    },
  );

  it("L11: too many requests get 429 with Retry-After, in Looker's words", async () => {
    const site = await start({ requestsPerMinute: 2 });
    const root = await site.signedIn("root");
    const statuses: number[] = [];
    for (let i = 0; i < 2; i++) statuses.push((await root.fetch("get", PATH)).status);
    expect(statuses).toEqual([200, 200]);
    const answer = await root.fetch("get", PATH);
    expect(answer.status).toBe(429);
    expect(answer.body).toEqual({
      message: expect.any(String) as string,
      documentation_url: `${DOC}/429/get/session_config`,
    });
    expect(Number(answer.get("Retry-After"))).toBeGreaterThan(0);
  });

  it("Q26: without Redis it answers 503 with Retry-After", async () => {
    const redis = await startRedis();
    const site = await start({ authorize: () => true }, { redis: redis.url, timeoutMs: 200 });
    await redis.stop();
    const answer = await request(site.server).get(PATH);
    expect([answer.status, answer.get("Retry-After")]).toEqual([503, "1"]);
    expect(answer.body).toMatchObject({ documentation_url: `${DOC}/503/get/session_config` });
  });
});

describe("creating it", () => {
  it.each<[object | undefined, string]>([
    [undefined, "lookerApi.authorize"],
    [{}, "lookerApi.authorize"],
    [{ authorize: true }, "lookerApi.authorize"],
    [{ authorize: isRoot, deniedStatus: 200 }, "lookerApi.deniedStatus"],
    [{ authorize: isRoot, requestsPerMinute: 0 }, "lookerApi.requestsPerMinute"],
    [{ authorize: isRoot, foo: 1 }, "lookerApi.foo"],
  ])("with %j is an error at start that names %s", async (options, option) => {
    const { curfew } = await startApp();
    expect(() => lookerApi(curfew, options as never)).toThrow(
      expect.objectContaining({ code: "invalid_option", details: { option } }),
    );
  });

  it("without a curfew it says what comes first", () => {
    expect(() => lookerApi({ authorize: isRoot } as never, undefined as never)).toThrow(
      expect.objectContaining({ code: "invalid_option", details: { option: "lookerApi" } }),
    );
  });
});
