import request, { type Response } from "supertest";
import { describe, expect, it } from "vitest";
import { lookerApi, type LookerApiOptions } from "../../../src/dialects/looker/index.js";
import { express4, startApp, type TestApp, type TestAppOptions } from "../../harness/app.js";
import { minutes } from "../../harness/policy-fixtures.js";
import { testRedis } from "../../harness/redis.js";
import { patchUnder, SETTINGS_VECTORS, settingsUnder, type Triple } from "../../harness/settings-vectors.js";

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

const NAMES = {
  p: "allow_persistent_sessions",
  m: "session_minutes",
  i: "use_inactivity_based_logout",
} as const;
const SETTINGS = { p: "allowPersistentSessions", m: "sessionMinutes", i: "inactivityLogout" } as const;
const [t, f] = [true, false];

const config = (settings: Triple): object => ({
  can: { show: true, update: true },
  ...settingsUnder(NAMES, settings),
  unlimited_sessions_per_user: true,
  track_session_location: false,
});

const error = (status: number, message: string, method = "patch"): object => ({
  message,
  documentation_url: `${DOC}/${status}/${method}/session_config`,
});

const validationErrors = (fields: readonly string[]): object => {
  const documentation_url = `${DOC}/422/patch/session_config`;
  const message = expect.stringMatching(/ must be /) as string;
  return {
    message: "Validation Failed",
    errors: fields.map((field) => ({ field, code: "invalid", message, documentation_url })),
    documentation_url,
  };
};

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
  it.each(SETTINGS_VECTORS)("$title", async ({ before, patch, after, refused }) => {
    const site = await start({}, { defaults: settingsUnder(SETTINGS, before) });
    // A good field beside wrong fields is not saved either (rule L8).
    const good = refused.length > 0 ? { track_session_location: true } : {};
    const answer = await site.patch({ ...patchUnder(NAMES, patch), ...good });
    const wrong = refused.map((field) => NAMES[field]);
    expect([answer.status, answer.body]).toEqual(
      wrong.length > 0 ? [422, validationErrors(wrong)] : [200, config(after)],
    );
    expect((await site.get()).body).toEqual(config(after));
    if (wrong.length > 0) expect((await site.curfew.settings.get()).version).toBe(0);
  });

  it("L6, Q5: stores neither can nor an unknown name", async () => {
    const site = await start();
    const answer = await site.patch({ can: { update: false }, session_minutes: 60, pet: "cat" });
    expect(answer.body).toEqual(config([t, 60, f]));
    const text = await (await testRedis()).get(`${site.prefix}settings`);
    const { settings } = JSON.parse(text ?? "{}") as { settings: object };
    expect(Object.keys(settings)).toContain("sessionMinutes");
    expect(Object.keys(settings)).not.toContain("can");
    expect(Object.keys(settings)).not.toContain("pet");
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
