/** The contract of all vendors' APIs: one suite, played over each dialect. */
import type { Request } from "express";
import request, { type Response } from "supertest";
import { describe, expect, it } from "vitest";
import { auth0Api, SCOPES } from "../../src/dialects/auth0/index.js";
import { lookerApi } from "../../src/dialects/looker/index.js";
import type { BearerTokens, Curfew, Settings } from "../../src/index.js";
import { startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import { startRedis } from "../harness/redis-server.js";

/** One dialect, in the words of the contract. */
interface Played {
  readonly name: string;
  readonly base: string;
  readonly settings: string;
  mount(curfew: Curfew, tokens: BearerTokens, requestsPerMinute: number): ReturnType<typeof lookerApi>;
  sessionsOf(userId: string): string;
  session(userId: string, ref: string): string;
  /** Returns the sessions in an answer to `sessionsOf`. */
  listed(body: unknown): readonly { readonly id: string }[];
  /** A body that saves some session minutes. */
  minutes(minutes: number): object;
  /** Returns the session minutes in the settings. */
  minutesIn(body: unknown): number;
  /** Bodies that the schema forbids, with their status. */
  readonly forbidden: readonly (readonly [object, number])[];
  /** True if a body is an error in the vendor's format. */
  isError(body: unknown, status: number): boolean;
  /** Status for a token without rights. */
  readonly deniedStatus: number;
}

const hasTexts = (body: unknown, ...names: string[]): boolean =>
  names.every((name) => typeof (body as Record<string, unknown>)[name] === "string");

const LOOKER: Played = {
  name: "Looker",
  base: "/api/4.0",
  settings: "/session_config",
  mount: (curfew, tokens, requestsPerMinute) =>
    lookerApi(curfew, {
      requestsPerMinute,
      login: { tokens, verifyClient: () => null },
      authorize: async (who: Request) => (await tokens.verify(who))?.userId === "root",
    }),
  sessionsOf: (userId) => `/users/${userId}/sessions`,
  session: (userId, ref) => `/users/${userId}/sessions/${ref}`,
  listed: (body) => body as { id: string }[],
  minutes: (session_minutes) => ({ session_minutes }),
  minutesIn: (body) => (body as { session_minutes: number }).session_minutes,
  forbidden: [
    [{ session_minutes: 0 }, 422],
    [{ session_minutes: "60" }, 422],
    [{ session_minutes: 60, allow_persistent_sessions: 1 }, 422],
  ],
  isError: (body) => hasTexts(body, "message", "documentation_url"),
  deniedStatus: 404,
};

const AUTH0: Played = {
  name: "Auth0",
  base: "/api/v2",
  settings: "/tenants/settings",
  mount: (curfew, tokens, requestsPerMinute) =>
    auth0Api(curfew, { requestsPerMinute, authorize: (who) => tokens.verify(who) }),
  sessionsOf: (userId) => `/users/${userId}/sessions`,
  session: (_userId, ref) => `/sessions/${ref}`,
  listed: (body) => (body as { sessions: { id: string }[] }).sessions,
  minutes: (session_lifetime_in_minutes) => ({ session_lifetime_in_minutes }),
  minutesIn: (body) => (body as { session_lifetime: number }).session_lifetime * 60,
  forbidden: [
    [{ session_lifetime: 0 }, 400],
    [{ session_lifetime: "1" }, 400],
    [{ session_lifetime: 1, session_cookie: { mode: 1 } }, 400],
  ],
  isError: (body, status) =>
    hasTexts(body, "error", "message", "errorCode") && (body as { statusCode: number }).statusCode === status,
  deniedStatus: 403,
};

const DIALECTS = [LOOKER, AUTH0];

interface Site extends TestApp {
  ask(method: "get" | "patch" | "delete", path: string, body?: object, token?: string): Promise<Response>;
  readonly root: string;
  readonly clerk: string;
}

async function start(
  played: Played,
  { requestsPerMinute = 600, ...options }: TestAppOptions & { readonly requestsPerMinute?: number } = {},
): Promise<Site> {
  const site = await startApp({
    ...options,
    configure: (app, curfew) => {
      const tokens = curfew.bearer();
      app.post("/token/:userId", (who, response, next) => {
        const { userId } = who.params;
        const scopes = userId === "root" ? SCOPES : [];
        tokens.issue(who, { userId, scopes }).then(({ token }) => response.json(token), next);
      });
      for (const each of DIALECTS) app.use(each.base, each.mount(curfew, tokens, requestsPerMinute));
    },
  });
  const tokenOf = async (userId: string) =>
    (await request(site.server).post(`/token/${userId}`)).body as string;
  const [root, clerk] = [await tokenOf("root"), await tokenOf("clerk")];
  return {
    ...site,
    root,
    clerk,
    ask: async (method, path, body, token = root) => {
      const sent = request(site.server)[method](played.base + path);
      if (token !== "") sent.set("Authorization", `Bearer ${token}`);
      return body === undefined ? sent : sent.send(body);
    },
  };
}

const settingsOf = async (site: Site): Promise<Settings> => (await site.curfew.settings.get()).settings;

describe.each(DIALECTS)("$name's API", (played) => {
  it("A1, L10: refuses a request without a token, or without rights, and changes nothing", async () => {
    const site = await start(played);
    const ann = await site.signedIn("ann");
    const [{ ref } = { ref: "" }] = (await site.curfew.sessions.list({ userId: "ann" })).sessions;
    const requests = [
      ["get", played.settings],
      ["patch", played.settings, played.minutes(60)],
      ["get", played.sessionsOf("ann")],
      ["get", played.session("ann", ref)],
      ["delete", played.session("ann", ref)],
    ] as const;
    for (const [method, path, body] of requests)
      for (const [token, status] of [
        ["", 401],
        ["guess", 401],
        [site.clerk, played.deniedStatus],
      ] as const) {
        const answer = await site.ask(method, path, body, token);
        expect([method, path, answer.status]).toEqual([method, path, status]);
        expect(played.isError(answer.body, status)).toBe(true);
        expect(answer.text).not.toContain(ref);
      }
    expect(await ann.standing()).toBe("in");
    expect((await site.curfew.settings.get()).version).toBe(0);
  });

  it("L1, L2, L13, A8: a change applies from the next request, and the answer has all settings", async () => {
    const site = await start(played);
    const ann = await site.signedIn("ann");
    const changed = await site.ask("patch", played.settings, played.minutes(12));
    expect([changed.status, played.minutesIn(changed.body)]).toEqual([200, 12]);
    expect(await ann.status()).toMatchObject({ remainingMs: 12 * 60_000 });
    const read = await site.ask("get", played.settings);
    expect([read.body, read.get("ETag")]).toEqual([changed.body, changed.get("ETag")]);
    expect(await site.curfew.settings.history()).toMatchObject([{ actor: "root" }]);
  });

  it("A9: shows what the other vendor's API has saved", async () => {
    const site = await start(played);
    for (const other of DIALECTS) {
      const minutes = other === played ? 60 : 120;
      await request(site.server)
        .patch(other.base + other.settings)
        .set("Authorization", `Bearer ${site.root}`)
        .send(other.minutes(minutes))
        .expect(200);
      expect(played.minutesIn((await site.ask("get", played.settings)).body)).toBe(minutes);
    }
  });

  it("a change with If-Match does not overwrite another", async () => {
    const site = await start(played);
    const change = (minutes: number, etag: string) =>
      request(site.server)
        .patch(played.base + played.settings)
        .set({ Authorization: `Bearer ${site.root}`, "If-Match": etag })
        .send(played.minutes(minutes));
    expect((await change(60, '"0"')).status).toBe(200);
    const late = await change(90, '"0"');
    expect([late.status, played.isError(late.body, 412)]).toEqual([412, true]);
    expect((await change(90, "W/x")).status).toBe(412);
    expect((await settingsOf(site)).sessionMinutes).toBe(60);
  });

  it("L3 to L8, Q21: a forbidden body changes nothing", async () => {
    const site = await start(played);
    for (const [body, status] of played.forbidden) {
      const answer = await site.ask("patch", played.settings, body);
      expect([body, answer.status]).toEqual([body, status]);
      expect(played.isError(answer.body, status)).toBe(true);
    }
    expect((await site.curfew.settings.get()).version).toBe(0);
  });

  it.each([
    ["broken JSON", "application/json", '{"', 400],
    ["an array", "application/json", "[]", 400],
    ["a text", "application/json", '"x"', 400],
    ["a form", "application/x-www-form-urlencoded", "a=b", 415],
    ["a body of 20 kB", "application/json", JSON.stringify({ x: "x".repeat(20_000) }), 413],
  ])("V16, L9: refuses %s and changes nothing", async (_name, type, text, status) => {
    const site = await start(played);
    const answer = await request(site.server)
      .patch(played.base + played.settings)
      .set({ Authorization: `Bearer ${site.root}`, "Content-Type": type })
      .send(text);
    expect([answer.status, played.isError(answer.body, status)]).toEqual([status, true]);
    expect((await site.curfew.settings.get()).version).toBe(0);
  });

  it("a badly encoded path is 400 in the vendor's words", async () => {
    const site = await start(played);
    const paths = [played.sessionsOf("%ff"), played.session("ann", "%ff")];
    for (const [method, path] of [
      ...paths.map((each) => ["get", each] as const),
      ["delete", played.session("ann", "%ff")] as const,
    ]) {
      const answer = await site.ask(method, path);
      expect([answer.status, played.isError(answer.body, 400)]).toEqual([400, true]);
      expect(answer.text).toContain("The address can't be read.");
    }
  });

  it("R1 to R3, R6: lists, reads and ends a session, with its actor", async () => {
    const site = await start(played);
    const [ann, other] = [await site.signedIn("ann"), await site.signedIn("ann")];
    const listed = played.listed((await site.ask("get", played.sessionsOf("ann"))).body);
    expect(listed).toHaveLength(2);
    const [first] = (await site.curfew.sessions.list({ userId: "ann" })).sessions;
    const path = played.session("ann", first?.ref ?? "");
    expect((await site.ask("get", path)).body).toMatchObject({ id: first?.ref });
    const ended = await site.ask("delete", path);
    expect([ended.status, ended.text, ended.get("Content-Type")]).toEqual([204, "", undefined]);
    expect([await ann.standing(), await other.standing()]).toEqual(["revoked_by_admin", "in"]);
    expect(site.told("ended")).toMatchObject([{ ref: first?.ref, actor: "root" }]);
    const gone = await site.ask("get", path);
    expect([gone.status, played.isError(gone.body, 404)]).toEqual([404, true]);
  });

  it("an unknown path is 404 in the vendor's words, and no answer may be stored", async () => {
    const site = await start(played);
    const unknown = await site.ask("get", "/unknown");
    expect([unknown.status, played.isError(unknown.body, 404)]).toEqual([404, true]);
    for (const answer of [unknown, await site.ask("get", played.settings)]) {
      expect(answer.get("Cache-Control")).toBe("no-store");
      expect(answer.get("Vary")).toContain("Authorization");
    }
  });

  it("G1: refuses another site's change", async () => {
    const site = await start(played);
    const answer = await request(site.server)
      .patch(played.base + played.settings)
      .set({
        Authorization: `Bearer ${site.root}`,
        Origin: "https://evil.example",
        "Sec-Fetch-Site": "cross-site",
      })
      .send(played.minutes(60));
    expect(answer.status).toBe(403);
    expect((await site.curfew.settings.get()).version).toBe(0);
  });

  it("L11: too many requests of an address are 429 with Retry-After", async () => {
    const site = await start(played, { requestsPerMinute: 2 });
    const answers = [];
    for (let n = 0; n < 3; n++) answers.push(await site.ask("get", played.settings));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(Number(answers[2]?.get("Retry-After"))).toBeGreaterThan(0);
    expect(played.isError(answers[2]?.body, 429)).toBe(true);
  });

  it("Q26: without Redis it is 503 with Retry-After, and names no host", async () => {
    const redis = await startRedis();
    const site = await start(played, { redis: redis.url, timeoutMs: 200 });
    await redis.stop();
    const answer = await site.ask("get", played.settings);
    expect([answer.status, answer.get("Retry-After"), played.isError(answer.body, 503)]).toEqual([
      503,
      "1",
      true,
    ]);
    expect(answer.text).not.toContain("127.0.0.1");
  });
});
