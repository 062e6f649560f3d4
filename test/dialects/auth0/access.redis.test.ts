import request from "supertest";
import { describe, expect, it } from "vitest";
import { auth0Api, SCOPES } from "../../../src/dialects/auth0/index.js";
import { startApp } from "../../harness/app.js";
import { ask, SETTINGS, start } from "./support.js";

/** Every route, with its scope. */
const ROUTES = [
  ["get", SETTINGS, "read:tenant_settings"],
  ["patch", SETTINGS, "update:tenant_settings"],
  ["get", "/sessions/abc", "read:sessions"],
  ["patch", "/sessions/abc", "update:sessions"],
  ["delete", "/sessions/abc", "delete:sessions"],
  ["post", "/sessions/abc/revoke", "delete:sessions"],
  ["get", "/users/ann/sessions", "read:sessions"],
  ["delete", "/users/ann/sessions", "delete:sessions"],
] as const;

describe("scopes", () => {
  it.each(ROUTES)("A1: %s %s needs %s, before its body is looked at", async (method, path, scope) => {
    const site = await start();
    const missing = await request(site.server)[method](`/api/v2${path}`);
    expect([missing.status, missing.body]).toEqual([
      401,
      {
        statusCode: 401,
        error: "Unauthorized",
        message: "Missing or invalid access token",
        errorCode: "invalid_token",
      },
    ]);
    for (const other of SCOPES.filter((each) => each !== scope)) {
      const refused = await ask(site, method, path, undefined, `only-${other}`);
      expect([refused.status, refused.body]).toEqual([
        403,
        {
          statusCode: 403,
          error: "Forbidden",
          message: `Insufficient scope, expected any of: ${scope}`,
          errorCode: "insufficient_scope",
        },
      ]);
    }
    const allowed = await ask(site, method, path, undefined, `only-${scope}`);
    expect([401, 403]).not.toContain(allowed.status);
  });

  it.each([undefined, true, { userId: "root" }, { userId: "", scopes: SCOPES }, { scopes: SCOPES }, "root"])(
    "%j from authorize grants nothing",
    async (answered) => {
      const site = await start({ authorize: () => answered as never });
      expect((await ask(site, "get", SETTINGS)).status).toBe(401);
    },
  );

  it("a failing authorize refuses", async () => {
    const authorize = () => Promise.reject(new Error("directory is down"));
    const site = await start({ authorize }, { hasFaults: true });
    expect((await ask(site, "get", SETTINGS)).status).toBe(500);
  });

  it("M41: the history of a change names the token's user", async () => {
    const site = await start();
    await ask(site, "patch", SETTINGS, { session_lifetime: 2 });
    expect(await site.curfew.settings.history()).toMatchObject([{ actor: "root", from: "127.0.0.1" }]);
  });

  it("tokens of curfew.bearer() are grants with their scopes", async () => {
    const site = await startApp({
      configure: (app, curfew) => {
        const tokens = curfew.bearer();
        app.post("/token/:scope", (who, response, next) => {
          tokens
            .issue(who, { userId: "root", scopes: [who.params.scope] })
            .then(({ token }) => response.json(token), next);
        });
        app.use("/api/v2", auth0Api(curfew, { authorize: (who) => tokens.verify(who) }));
      },
    });
    const tokenFor = async (scope: string) =>
      (await request(site.server).post(`/token/${scope}`)).body as string;
    const reader = await tokenFor("read:tenant_settings");
    expect((await ask(site, "get", SETTINGS, undefined, reader)).status).toBe(200);
    expect((await ask(site, "patch", SETTINGS, { session_lifetime: 2 }, reader)).status).toBe(403);
  });
});

describe("too many requests", () => {
  it("get 429 with the headers that Auth0's clients wait for", async () => {
    const site = await start({ requestsPerMinute: 1 });
    await ask(site, "get", SETTINGS);
    const answer = await ask(site, "get", SETTINGS);
    expect([answer.status, answer.body]).toMatchObject([
      429,
      { statusCode: 429, error: "Too Many Requests", errorCode: "too_many_requests" },
    ]);
    expect([answer.get("X-RateLimit-Limit"), answer.get("X-RateLimit-Remaining")]).toEqual(["1", "0"]);
    const waitSeconds = Number(answer.get("X-RateLimit-Reset")) - Date.now() / 1_000;
    expect(waitSeconds).toBeGreaterThan(0);
    expect(waitSeconds).toBeLessThanOrEqual(62);
    expect(Number(answer.get("Retry-After"))).toBeGreaterThan(0);
  });
});

describe("creating it", () => {
  it.each<[object | undefined, string]>([
    [undefined, "auth0Api.authorize"],
    [{ authorize: SCOPES }, "auth0Api.authorize"],
    [{ authorize: () => null, requestsPerMinute: 0 }, "auth0Api.requestsPerMinute"],
    [{ authorize: () => null, plan: "enterprise" }, "auth0Api.plan"],
  ])("with %j is an error at start that names %s", async (options, option) => {
    const { curfew } = await startApp();
    expect(() => auth0Api(curfew, options as never)).toThrow(
      expect.objectContaining({ code: "invalid_option", details: { option } }),
    );
  });
});
