/** Bearer tokens: sessions of the kind `api`. */
import request from "supertest";
import { describe, expect, it } from "vitest";
import { dumpOf } from "../battery/support/dump.js";
import { startApp, type TestApp } from "../harness/app.js";
import { at, minutes } from "../harness/policy-fixtures.js";
import { startRedis } from "../harness/redis-server.js";
import { testRedis } from "../harness/redis.js";
import { startTokenSite as start } from "./bearer-site.js";

const authorized = (site: TestApp, token: string) =>
  request(site.server).get("/api/me").set("Authorization", `Bearer ${token}`);

describe("a token", () => {
  it("Q25: lives an hour, which no setting changes", async () => {
    const site = await start({ defaults: { sessionMinutes: 5 } });
    const { token, expiresAt, expiresInSeconds } = await site.issue();
    expect([expiresAt, expiresInSeconds]).toEqual([at("60:00"), 3_600]);
    site.at("59:59.999");
    expect(await site.call(token)).toBe(200);
    site.at("60:00");
    expect(await site.call(token)).toBe(401);
    expect(site.told("ended")).toMatchObject([{ kind: "api", reason: "absolute", at: at("60:00") }]);
  });

  it("Q25: has the lifetime of the app, within the system limit", async () => {
    const site = await start({ limits: { absoluteMinutes: 600 } }, { lifetimeMinutes: 90 });
    expect((await site.issue()).expiresInSeconds).toBe(90 * 60);
    expect((await site.issue({ lifetimeMinutes: undefined as never })).expiresInSeconds).toBe(90 * 60);
    expect((await site.issue({ lifetimeMinutes: 5 })).expiresInSeconds).toBe(5 * 60);
    expect((await site.issue({ lifetimeMinutes: 10_000 })).expiresInSeconds).toBe(600 * 60);
    expect((await site.issue({ endsAt: at("7:00") })).expiresInSeconds).toBe(7 * 60);
  });

  it("N13: does not end by idleness", async () => {
    const site = await start({ defaults: { inactivityLogout: true } });
    const { token } = await site.issue({ lifetimeMinutes: 600 });
    site.at("599:00");
    expect(await site.call(token)).toBe(200);
  });

  it.each([["requests"], [() => true]] as const)(
    "N13: its calls keep no browser's session, also with the browser's cookie and activity %s",
    async (activity) => {
      const site = await start({ activity, defaults: { inactivityLogout: true } });
      const { token } = await site.issue();
      const [idle, active] = [await site.signedIn("ann"), await site.signedIn("ann")];
      site.at("14:00");
      const call = (cookie: string) => request(site.server).get("/api/me").set("Cookie", cookie);
      await call(idle.cookieHeader).set("Authorization", `bearer  ${token}`).expect(200);
      await call(active.cookieHeader).expect(401);
      site.at("16:00");
      expect([await idle.standing(), await active.standing()]).toEqual(["idle", "in"]);
    },
  );

  it("C6: ends no browser, and no browser ends it", async () => {
    const site = await start({ defaults: { maxSessionsPerUser: 1 } });
    const browser = await site.signedIn("ann");
    const first = await site.issue();
    const second = await site.issue();
    expect(await browser.standing()).toBe("in");
    await site.signedIn("ann");
    expect([await site.call(first.token), await site.call(second.token)]).toEqual([200, 200]);
  });

  it("R1, C10: is listed with its last use, and an administrator can end it", async () => {
    const site = await start();
    const { token, ref } = await site.issue({ tags: ["nightly"] });
    const listed = async () => (await site.curfew.sessions.list({ userId: "ann" })).sessions;
    site.at("0:59");
    await site.call(token);
    expect(await listed()).toMatchObject([
      { ref, kind: "api", credentialsType: "api", tags: ["nightly"], lastActivityAt: at("0:00") },
    ]);
    site.at("1:00");
    await site.call(token);
    await expect.poll(listed).toMatchObject([{ lastActivityAt: at("1:00") }]);
    await site.curfew.sessions.end(ref, { actor: "root" });
    expect(await site.call(token)).toBe(401);
    expect(await listed()).toEqual([]);
    expect(site.told("ended")).toMatchObject([{ ref, reason: "revoked_by_admin", actor: "root" }]);
  });

  it("M35: ends with all sessions of its user, and no earlier authentication brings another", async () => {
    const site = await start();
    const { token } = await site.issue();
    site.at("1:00");
    await site.curfew.sessions.endAll({ userId: "ann" });
    expect(await site.call(token)).toBe(401);
    await expect(site.issue({ authenticatedAt: at("0:30") })).rejects.toMatchObject({
      answer: { status: 401, body: { code: "authentication_expired" } },
    });
  });

  it("ends with the sessions of its tenant, and of its role", async () => {
    const site = await start();
    const [acme, ops, other] = [
      await site.issue({ tenant: "acme" }),
      await site.issue({ roles: ["ops"] }),
      await site.issue({ tenant: "other" }),
    ];
    site.at("1:00");
    await site.curfew.sessions.endWhere({ tenant: "acme" });
    await site.curfew.sessions.endWhere({ role: "ops" });
    expect([await site.call(acme.token), await site.call(ops.token), await site.call(other.token)]).toEqual([
      401, 401, 200,
    ]);
  });

  it("is ended by its own client, once", async () => {
    const site = await start();
    const { token, ref } = await site.issue();
    const end = async () =>
      (await request(site.server).delete("/token").set("Authorization", `Bearer ${token}`)).body as object;
    expect(await end()).toEqual({ ended: true, durable: null });
    expect(await site.call(token)).toBe(401);
    expect(await end()).toEqual({ ended: false, durable: null });
    expect(site.told("ended")).toMatchObject([{ ref, reason: "signed_out" }]);
  });

  it("emits the event of a sign-in", async () => {
    const site = await start();
    const { ref } = await site.issue();
    expect(site.told("signedIn")).toMatchObject([
      { ref, userId: "ann", kind: "api", at: at("0:00"), persistent: false },
    ]);
  });

  it("leaves only a hash of its secret in Redis", async () => {
    const site = await start();
    const { token } = await site.issue();
    const secret = token.split(".").at(-1) ?? "";
    expect(secret).toMatch(/^[\w-]{32}$/);
    const stored = await dumpOf(await testRedis());
    expect(stored).toContain("ann");
    expect(stored).not.toContain(secret);
  });
});

describe("texts that are not tokens", () => {
  it("the id of a browser's session opens nothing, and the browser stays signed in", async () => {
    const site = await start();
    const browser = await site.signedIn("ann");
    // An app may keep its own scopes in the data of a browser's session.
    await browser.fetch("post", "/data", { scopes: ["read:x"] });
    const cookie = decodeURIComponent(browser.sessionCookie?.value ?? "");
    const id = cookie.slice("s:".length, cookie.lastIndexOf("."));
    expect(await site.call(`curfew_${id}`)).toBe(401);
    expect(await browser.standing()).toBe("in");
  });

  it("a changed, cut or invented token opens nothing, and asks Redis only if its shape is right", async () => {
    const site = await start();
    const { token } = await site.issue();
    const other = token.endsWith("A") ? "B" : "A";
    const invented = [
      token.slice(0, -1) + other,
      token.slice(0, -1),
      `${token}A`,
      token.replace("curfew_", ""),
      token.replace(/\.[\w-]{16}\./, ".aaaaaaaaaaaaaaaa."),
      "curfew_",
      "curfew_{}.*:?[]\\\r\n.x",
      "x".repeat(5_000),
    ];
    for (const each of invented) expect(await site.tokens.verify(each)).toBeNull();
    expect(site.told("warning")).toEqual([]);
    expect(await site.call(token)).toBe(200);
  });

  it("a token whose scopes are lost permits nothing", async () => {
    const site = await start();
    const { token, ref } = await site.issue({ scopes: ["read:x"] });
    await (await testRedis()).del(`${site.prefix}sess:${ref}`);
    expect(await site.call(token)).toBe(401);
  });
});

describe("requireToken", () => {
  it("answers 401 in the words of RFC 6750, and no cache may store any answer", async () => {
    const site = await start();
    const missing = await request(site.server).get("/api/me");
    expect([missing.status, missing.get("WWW-Authenticate")]).toEqual([401, "Bearer"]);
    const wrong = await authorized(site, "guess");
    expect([wrong.status, wrong.get("WWW-Authenticate")]).toEqual([401, 'Bearer error="invalid_token"']);
    expect(wrong.body).toMatchObject({ status: 401, error: "invalid_token" });
    const { token } = await site.issue({ roles: ["ops"], tenant: "acme" });
    const right = await authorized(site, token);
    expect(right.body).toMatchObject({ userId: "ann", roles: ["ops"], tenant: "acme", issuedAt: at("0:00") });
    for (const answer of [missing, wrong, right])
      expect([answer.get("Cache-Control"), answer.get("Vary")]).toEqual([
        "no-store",
        expect.stringContaining("Authorization"),
      ]);
  });

  it("M42: lets no request without a token reach a handler for every method, also no preflight", async () => {
    const site = await start();
    const preflight = { Origin: "https://app.example", "Access-Control-Request-Method": "GET" };
    for (const headers of [{}, preflight]) {
      const answer = await request(site.server).options("/api/all").set(headers);
      expect([answer.status, answer.get("WWW-Authenticate")]).toEqual([401, "Bearer"]);
    }
  });

  it("asks for every scope", async () => {
    const site = await start();
    const without = await site.issue({ scopes: ["read:y"] });
    const refused = await request(site.server)
      .get("/api/read")
      .set("Authorization", `Bearer ${without.token}`);
    expect(refused.status).toBe(403);
    expect(refused.get("WWW-Authenticate")).toBe('Bearer error="insufficient_scope", scope="read:x"');
    const having = await site.issue({ scopes: ["read:x", "read:y"] });
    expect(await site.call(having.token, "/api/read")).toBe(200);
  });

  it("Q26: answers 503 while Redis is away", async () => {
    const redis = await startRedis();
    const site = await start({ redis: redis.url, timeoutMs: 200 });
    const { token } = await site.issue({ lifetimeMinutes: minutes(1) });
    await redis.stop();
    expect(await site.call(token)).toBe(503);
  });
});

describe("wrong options", () => {
  it.each([
    [{ lifetimeMinutes: 0 }, "bearer.lifetimeMinutes"],
    [{ scopes: [] }, "bearer.scopes"],
  ])("of bearer, %j, are an error at start", async (options, option) => {
    const { curfew } = await startApp();
    expect(() => curfew.bearer(options as never)).toThrow(
      expect.objectContaining({ code: "invalid_option", details: { option } }),
    );
  });

  it.each([
    [{ userId: "" }, /userId must be/],
    [{ scopes: ["two words"] }, /scopes must be/],
    [{ scopes: ['"'] }, /scopes must be/],
    [{ kind: "browser" }, /kind is not an option/],
  ])("of issue, %j, are an error that names the fix", async (options, message) => {
    const site = await start();
    await expect(site.issue(options as never)).rejects.toThrow(message);
  });
});
