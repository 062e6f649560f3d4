import request, { type Response } from "supertest";
import { describe, expect, it } from "vitest";
import { lookerApi, type LookerApiOptions } from "../../../src/dialects/looker/index.js";
import type { Settings } from "../../../src/index.js";
import { express4, startApp, type TestApp, type TestAppOptions } from "../../harness/app.js";
import { minutes } from "../../harness/policy-fixtures.js";
import { testRedis } from "../../harness/redis.js";

const PATH = "/api/4.0/session_config";
const DOC = "https://cloud.google.com/looker/docs/r/err/4.0";

interface Site extends TestApp {
  get(): Promise<Response>;
  patch(body: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** Starts an app whose Looker API allows every caller by default. */
async function start(options: Partial<LookerApiOptions> = {}, more: TestAppOptions = {}): Promise<Site> {
  const site = await startApp({
    ...more,
    configure: (app, curfew) => {
      app.use("/api/4.0", lookerApi(curfew, { authorize: () => true, ...options }));
    },
  });
  return {
    ...site,
    get: async () => request(site.server).get(PATH),
    patch: async (body, headers = {}) => {
      const patch = request(site.server).patch(PATH).type("json").set(headers);
      return patch.send(typeof body === "string" ? body : JSON.stringify(body));
    },
  };
}

type Triple = [p: boolean, m: number, i: boolean];
const [t, f] = [true, false];

const asSettings = ([p, m, i]: Triple): Partial<Settings> => ({
  allowPersistentSessions: p,
  sessionMinutes: m,
  inactivityLogout: i,
});

const config = ([p, m, i]: Triple): object => ({
  can: { show: true, update: true },
  allow_persistent_sessions: p,
  session_minutes: m,
  unlimited_sessions_per_user: true,
  use_inactivity_based_logout: i,
  track_session_location: false,
});

const patchOf = ({ p, m, i }: { p?: unknown; m?: unknown; i?: unknown }): object =>
  JSON.parse(
    JSON.stringify({ allow_persistent_sessions: p, session_minutes: m, use_inactivity_based_logout: i }),
  ) as object;

const error = (status: number, message: string, method = "patch"): object => ({
  message,
  documentation_url: `${DOC}/${status}/${method}/session_config`,
});

describe("GET /session_config", () => {
  it("L1, L12: gives all five settings and can", async () => {
    const answer = await (await start()).get();
    expect(answer.status).toBe(200);
    expect(answer.type).toBe("application/json");
    expect(answer.body).toEqual(config([t, 30, f]));
    expect(answer.get("ETag")).toBe('"0"');
    expect(answer.get("Cache-Control")).toBe("no-store");
    expect(answer.get("X-Curfew-Clamped")).toBeUndefined();
  });

  it("L6: shows the caller's rights in can", async () => {
    const site = await start({ authorize: (_request, operation) => operation === "show" });
    expect((await site.get()).body).toMatchObject({ can: { show: true, update: false } });
    expect((await site.patch({ session_minutes: 60 })).status).toBe(401);
  });

  it("C11: a larger limit reads as not unlimited", async () => {
    const site = await start();
    await site.curfew.settings.update({ maxSessionsPerUser: 7 });
    expect((await site.get()).body).toMatchObject({ unlimited_sessions_per_user: false });
    await site.patch({ unlimited_sessions_per_user: true });
    expect((await site.curfew.settings.get()).settings.maxSessionsPerUser).toBeNull();
    await site.patch({ unlimited_sessions_per_user: false });
    expect((await site.curfew.settings.get()).settings.maxSessionsPerUser).toBe(1);
  });

  it.each([
    [100_000, 43_200],
    [3, 5],
  ])("Q23: shows %i stored minutes as %i, and says that it is clamped", async (stored, shown) => {
    const site = await start();
    await site.curfew.settings.update({ trackLocation: true });
    const { settings } = await site.curfew.settings.get();
    const saved = { stamp: "another", version: 2, settings: { ...settings, sessionMinutes: stored } };
    await (await testRedis()).set(`${site.prefix}settings`, JSON.stringify(saved));
    const answer = await site.get();
    expect(answer.body).toMatchObject({ session_minutes: shown });
    expect(answer.get("X-Curfew-Clamped")).toBe("session_minutes");
  });
});

describe("PATCH /session_config", () => {
  it.each<[string, Triple, object, Triple]>([
    ["V1: I1, I2", [t, 30, f], { i: t }, [f, 1_440, t]],
    ["V2: I2, Q2", [t, 300, f], { i: t }, [f, 1_440, t]],
    ["V3: I3", [t, 30, f], { i: t, m: 300 }, [f, 300, t]],
    ["V4: I4", [t, 30, f], { i: t, m: 15 }, [f, 15, t]],
    ["V4: I4", [t, 30, f], { i: t, m: 1_440 }, [f, 1_440, t]],
    ["V5: I5, I6", [t, 30, f], { i: t, m: 14 }, [f, 1_440, t]],
    ["V5: I5, I6", [t, 30, f], { i: t, m: 1_441 }, [f, 1_440, t]],
    ["V5: I5, I6", [t, 30, f], { i: t, m: 43_200 }, [f, 1_440, t]],
    ["V7: I5", [f, 300, t], { m: 10 }, [f, 1_440, t]],
    ["V8: I7", [f, 300, t], { p: t }, [f, 300, t]],
    ["V9: I9", [f, 300, t], { i: t }, [f, 300, t]],
    ["V10: Q3", [f, 300, t], { i: f }, [f, 300, f]],
    ["V11: I8", [f, 300, t], { i: f, m: 10, p: t }, [t, 10, f]],
    ["V15: Q5", [t, 30, f], {}, [t, 30, f]],
    ["L3", [t, 30, f], { m: 5 }, [t, 5, f]],
    ["L3", [t, 30, f], { m: 43_200 }, [t, 43_200, f]],
  ])("%s: %j and %j make %j", async (_title, before, patch, after) => {
    const site = await start({}, { defaults: asSettings(before) });
    const answer = await site.patch(patchOf(patch));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(config(after));
    expect((await site.get()).body).toEqual(config(after));
  });

  it("I11: the order of fields does not matter", async () => {
    const bodies = [
      '{"use_inactivity_based_logout":false,"session_minutes":10,"allow_persistent_sessions":true}',
      '{"allow_persistent_sessions":true,"session_minutes":10,"use_inactivity_based_logout":false}',
    ];
    for (const body of bodies) {
      const site = await start({}, { defaults: asSettings([f, 300, t]) });
      expect((await site.patch(body)).body).toEqual(config([t, 10, f]));
    }
  });

  it("V14, L6: ignores can and unknown names, and stores neither", async () => {
    const site = await start();
    const answer = await site.patch({ can: { update: false }, session_minutes: 60, pet: "cat" });
    expect(answer.body).toEqual(config([t, 60, f]));
    const text = await (await testRedis()).get(`${site.prefix}settings`);
    const { settings } = JSON.parse(text ?? "{}") as { settings: object };
    expect(Object.keys(settings)).toContain("sessionMinutes");
    expect(Object.keys(settings)).not.toContain("can");
    expect(Object.keys(settings)).not.toContain("pet");
  });

  it.each<[string, object, string[]]>([
    ["V6: L3, Q1", { m: 4, i: t }, ["session_minutes"]],
    ["V6: L3", { m: 43_201, i: t }, ["session_minutes"]],
    ["L3", { m: 0 }, ["session_minutes"]],
    ["L3", { m: -1 }, ["session_minutes"]],
    ["V12: L4", { m: "30" }, ["session_minutes"]],
    ["V12: L4", { m: 30.5 }, ["session_minutes"]],
    ["L4", { m: true }, ["session_minutes"]],
    ["V12: Q4", { m: null }, ["session_minutes"]],
    ["V12: L5", { p: null }, ["allow_persistent_sessions"]],
    ["V12: L5", { i: 1 }, ["use_inactivity_based_logout"]],
    ["L5", { p: "true" }, ["allow_persistent_sessions"]],
    ["V13: L7", { m: 3, p: "x" }, ["allow_persistent_sessions", "session_minutes"]],
  ])("%s, L8: %j is refused with 422 and changes nothing", async (_title, patch, fields) => {
    const site = await start();
    const answer = await site.patch({ ...patchOf(patch), track_session_location: true });
    expect(answer.status).toBe(422);
    const documentation_url = `${DOC}/422/patch/session_config`;
    const text = expect.stringMatching(/ must be /) as string;
    expect(answer.body).toEqual({
      message: "Validation Failed",
      errors: fields.map((field) => ({ field, code: "invalid", message: text, documentation_url })),
      documentation_url,
    });
    expect((await site.get()).body).toEqual(config([t, 30, f]));
    expect((await site.curfew.settings.get()).version).toBe(0);
  });

  it("L5, L7: words each message by Looker's names", async () => {
    const site = await start();
    const answer = await site.patch({
      session_minutes: 4,
      unlimited_sessions_per_user: null,
      track_session_location: 1,
    });
    const { errors } = answer.body as { errors: { message: string }[] };
    expect(errors.map(({ message }) => message)).toEqual([
      "session_minutes must be between 5 and 43200",
      "unlimited_sessions_per_user must be true or false",
      "track_session_location must be true or false",
    ]);
  });

  it.each(["[]", '"x"', "null", "7", '{"session_minutes":', "{bad}"])(
    "V16, L9: %s is refused with 400 and changes nothing",
    async (body) => {
      const site = await start();
      const answer = await site.patch(body);
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual(error(400, expect.any(String) as string));
      expect((await site.get()).body).toEqual(config([t, 30, f]));
    },
  );

  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])(
    "G1: a body of %s is refused with 415",
    async (type) => {
      const site = await start();
      const answer = await request(site.server).patch(PATH).type(type).send('{"session_minutes":60}');
      expect(answer.status).toBe(415);
      expect((await site.get()).body).toEqual(config([t, 30, f]));
    },
  );

  it("E3: a body that is too long is refused with 413, __proto__ changes nothing, JSON with a charset is read", async () => {
    const site = await start();
    expect((await site.patch({ x: "x".repeat(20_000) })).status).toBe(413);
    expect((await site.patch('{"__proto__":{"session_minutes":60}}')).body).toEqual(config([t, 30, f]));
    const patch = request(site.server).patch(PATH).set("Content-Type", "application/json; charset=utf-8");
    expect((await patch.send('{"session_minutes":60}')).status).toBe(200);
  });

  it("E4: If-Match of another version is refused with 412, of this one and * taken", async () => {
    const site = await start();
    const first = await site.patch({ session_minutes: 60 }, { "If-Match": '"0"' });
    expect([first.status, first.get("ETag")]).toEqual([200, '"1"']);
    for (const stale of ['"0"', '"7"', 'W/"1"', "1", '"x"']) {
      const answer = await site.patch({ session_minutes: 70 }, { "If-Match": stale });
      expect(answer.status).toBe(412);
      expect(answer.body).toEqual(error(412, expect.any(String) as string));
    }
    expect((await site.patch({ session_minutes: 80 }, { "If-Match": "*" })).status).toBe(200);
    expect((await site.patch({ session_minutes: 90 }, { "If-Match": '"2"' })).status).toBe(200);
  });

  it("L13: holds on the next request, and the history names who changed it", async () => {
    const site = await start();
    const browser = await site.signedIn("ann");
    await browser.send(PATH, { method: "PATCH", body: { session_minutes: 20 } });
    expect(await browser.status()).toMatchObject({ remainingMs: minutes(20) });
    expect(await site.curfew.settings.history()).toMatchObject([{ actor: "ann", version: 1 }]);
  });

  it("works the same on Express 4", async () => {
    const site = await start({}, { express: express4 });
    expect((await site.patch({ use_inactivity_based_logout: true })).body).toEqual(config([f, 1_440, t]));
    expect((await site.patch("[]")).status).toBe(400);
    expect((await site.patch({ session_minutes: 4 })).status).toBe(422);
  });
});
