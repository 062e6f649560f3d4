/** Auth0's tenant settings, on real Redis. */
import { describe, expect, it } from "vitest";
import type { TenantSettings } from "../../../src/dialects/auth0/index.js";
import { minutes } from "../../harness/policy-fixtures.js";
import { ask, lookerConfig, patchLooker, SETTINGS, start } from "./support.js";

const ENTERPRISE = { limits: { absoluteMinutes: 525_600, idleMinutes: 144_000 } };

describe("GET tenants/settings", () => {
  it("A2, N: shows hours, and no idle lifetime while inactivity logout is off", async () => {
    const site = await start();
    const answer = await ask(site, "get", SETTINGS);
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        session_lifetime: 0.5,
        ephemeral_session_lifetime: 72,
        idle_ephemeral_session_lifetime: 24,
        session_cookie: { mode: "persistent" },
        effective: { session_lifetime: 0.5 },
      },
    ]);
  });

  it("shows the members of fields, or all others with include_fields=false", async () => {
    const site = await start();
    const named = (query: string) =>
      ask(site, "get", `${SETTINGS}?${query}`).then(({ body }) => body as object);
    expect(await named("fields=session_lifetime,session_cookie")).toEqual({
      session_lifetime: 0.5,
      session_cookie: { mode: "persistent" },
    });
    expect(Object.keys(await named("fields=session_lifetime,effective&include_fields=false"))).toEqual([
      "ephemeral_session_lifetime",
      "idle_ephemeral_session_lifetime",
      "session_cookie",
    ]);
    expect((await ask(site, "get", `${SETTINGS}?include_fields=maybe`)).body).toMatchObject({
      statusCode: 400,
      errorCode: "invalid_query_string",
    });
  });
});

describe("PATCH tenants/settings", () => {
  it("A8: changes only what the body names, and answers with all settings", async () => {
    const site = await start({}, ENTERPRISE);
    const first = await ask(site, "patch", SETTINGS, { session_lifetime: 168, idle_session_lifetime: 72 });
    expect([first.status, first.body]).toMatchObject([
      200,
      { session_lifetime: 168, idle_session_lifetime: 72, session_cookie: { mode: "persistent" } },
    ]);
    const second = await ask(site, "patch", SETTINGS, { session_cookie: { mode: "non-persistent" } });
    expect(second.body).toMatchObject({
      session_lifetime: 168,
      idle_session_lifetime: 72,
      session_cookie: { mode: "non-persistent" },
    });
    expect((await ask(site, "get", SETTINGS)).body).toEqual(second.body);
    const third = await ask(site, "patch", SETTINGS, { session_cookie: null });
    expect(third.body).toMatchObject({ session_cookie: { mode: "persistent" } });
  });

  it("V18, A9, Q24: 181 minutes are 3.0166666666666666 hours, and 181 minutes in Looker's API", async () => {
    const site = await start();
    const body = {
      session_cookie: { mode: "non-persistent" },
      session_lifetime_in_minutes: 181,
      idle_session_lifetime_in_minutes: 60,
    };
    const answer = await ask(site, "patch", SETTINGS, body);
    expect(answer.body).toMatchObject({
      session_lifetime: 3.0166666666666666,
      idle_session_lifetime: 1,
      session_cookie: { mode: "non-persistent" },
    });
    expect(Object.keys(answer.body as object).filter((name) => name.endsWith("_in_minutes"))).toEqual([]);
    expect((await lookerConfig(site)).body).toMatchObject({
      session_minutes: 181,
      allow_persistent_sessions: false,
    });
  });

  it("V19, A4, Q21: above the plan's limit the value is saved, and the limit applies", async () => {
    const site = await start();
    const answer = await ask(site, "patch", SETTINGS, {
      session_lifetime: 1_000,
      idle_session_lifetime: 100,
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      session_lifetime: 1_000,
      idle_session_lifetime: 100,
      effective: { session_lifetime: 720, idle_session_lifetime: 72 },
    });
    expect(answer.get("X-Curfew-Clamped")).toBe("session_lifetime, idle_session_lifetime");
    const looker = await lookerConfig(site);
    expect([looker.get("X-Curfew-Clamped"), looker.body]).toMatchObject([
      "session_minutes",
      { session_minutes: 43_200 },
    ]);
    const browser = await site.signedIn("ann");
    expect(await browser.status()).toMatchObject({
      absoluteRemainingMs: minutes(720 * 60),
      idleRemainingMs: minutes(72 * 60),
    });
  });

  it("A3: the limits of an enterprise plan apply in place of the default", async () => {
    const site = await start({}, ENTERPRISE);
    const most = { session_lifetime: 8_760, idle_session_lifetime: 2_400 };
    const answer = await ask(site, "patch", SETTINGS, most);
    expect(answer.body).toMatchObject({ ...most, effective: most });
    expect(answer.get("X-Curfew-Clamped")).toBeUndefined();
  });

  it("A6: a longer lifetime does not lengthen open sessions", async () => {
    const site = await start();
    const browser = await site.signedIn("ann");
    await ask(site, "patch", SETTINGS, { session_lifetime: 10 });
    expect(await browser.status()).toMatchObject({ absoluteRemainingMs: minutes(30) });
  });

  it("A5: the lifetime ends a session in use, and the idle lifetime an unused one", async () => {
    const site = await start();
    await ask(site, "patch", SETTINGS, { session_lifetime: 2, idle_session_lifetime: 1 });
    const [used, unused] = [await site.signedIn("ann"), await site.signedIn("bob")];
    for (const time of ["50:00", "100:00", "119:59"]) {
      site.at(time);
      await used.act();
    }
    expect(await unused.standing()).toBe("idle");
    site.at("120:00");
    expect(await used.standing()).toBe("absolute");
  });

  it("Q22: an idle lifetime turns inactivity logout on, and adjusts no other setting", async () => {
    const site = await start();
    const answer = await ask(site, "patch", SETTINGS, { session_lifetime: 168, idle_session_lifetime: 72 });
    expect(answer.body).toMatchObject({ session_cookie: { mode: "persistent" }, session_lifetime: 168 });
    expect((await lookerConfig(site)).body).toMatchObject({
      use_inactivity_based_logout: true,
      allow_persistent_sessions: true,
      session_minutes: 168 * 60,
    });
    // A change that names none of the coupled settings adjusts nothing. A change that names any of them adjusts all.
    expect((await patchLooker(site, { track_session_location: true })).body).toMatchObject({
      allow_persistent_sessions: true,
      session_minutes: 168 * 60,
    });
    expect((await patchLooker(site, { use_inactivity_based_logout: true })).body).toMatchObject({
      allow_persistent_sessions: false,
      session_minutes: 1_440,
    });
    // It was on already, so its time stays.
    expect((await ask(site, "get", SETTINGS)).body).toMatchObject({ idle_session_lifetime: 72 });
  });

  it("N: Looker's logout from off is after 15 minutes, also after another idle lifetime", async () => {
    const site = await start();
    await ask(site, "patch", SETTINGS, { idle_session_lifetime: 72 });
    await patchLooker(site, { use_inactivity_based_logout: false });
    expect((await ask(site, "get", SETTINGS)).body).not.toHaveProperty("idle_session_lifetime");
    await patchLooker(site, { use_inactivity_based_logout: true });
    expect((await ask(site, "get", SETTINGS)).body).toMatchObject({ idle_session_lifetime: 0.25 });
  });

  it("stores and returns the values without effect, and a change of them alone is a version", async () => {
    const site = await start();
    const answer = await ask(site, "patch", SETTINGS, {
      ephemeral_session_lifetime_in_minutes: 90,
      idle_ephemeral_session_lifetime: 2,
      sessions: { oidc_logout_prompt_enabled: false },
    });
    expect([answer.status, answer.get("ETag"), answer.body]).toMatchObject([
      200,
      '"1"',
      {
        session_lifetime: 0.5,
        ephemeral_session_lifetime: 1.5,
        idle_ephemeral_session_lifetime: 2,
        sessions: { oidc_logout_prompt_enabled: false },
      },
    ]);
    await ask(site, "patch", SETTINGS, { session_lifetime: 2 });
    await patchLooker(site, { session_minutes: 60 });
    const { settings, extra } = await site.curfew.settings.get();
    expect(settings).toMatchObject({ sessionMinutes: 60, inactivityLogout: false });
    expect(extra).toEqual({ ephemeralMinutes: 90, ephemeralIdleMinutes: 120, oidcLogoutPrompt: false });
    expect((await ask(site, "get", SETTINGS)).body).toMatchObject({ ephemeral_session_lifetime: 1.5 });
  });
});

describe("a refused PATCH", () => {
  const PROPERTY = "on property session_lifetime (Number of hours a session will stay valid)";
  const cases: readonly [string, object, string][] = [
    ["V20, Q21", { session_lifetime: 20_160 }, `'Value 20160 is greater than maximum 8760' ${PROPERTY}`],
    ["A3", { session_lifetime: 0 }, `'Value 0 is less than minimum 1' ${PROPERTY}`],
    ["Q24", { session_lifetime: 1.5 }, `'Expected type integer but found type number' ${PROPERTY}`],
    ["Q24", { session_lifetime: "24" }, `'Expected type integer but found type string' ${PROPERTY}`],
    ["Q24", { session_lifetime: null }, `'Expected type integer but found type null' ${PROPERTY}`],
    ["A3", { idle_session_lifetime: 2_401 }, "'Value 2401 is greater than maximum 2400'"],
    ["A7", { idle_session_lifetime_in_minutes: 144_001 }, "'Value 144001 is greater than maximum 144000'"],
    [
      "V17, A7",
      { session_lifetime: 1, session_lifetime_in_minutes: 60 },
      "'Cannot be specified together with",
    ],
    ["Q5", { foo: 1 }, "'Additional properties not allowed: foo'"],
    ["Q5", { friendly_name: "x", session_lifetime: 2 }, "'Additional properties not allowed: friendly_name'"],
    ["Q5, V15", {}, "'Too few properties defined (0), minimum 1'"],
    ["A1", { session_cookie: { mode: "sticky" } }, `'No enum match for: "sticky"'`],
    ["A1", { session_cookie: { mode: "persistent", x: 1 } }, "'Additional properties not allowed: x'"],
    ["A1", { session_cookie: "persistent" }, "'Expected type object but found type string'"],
    ["A1", { sessions: { oidc_logout_prompt_enabled: 1 } }, "'Expected type boolean but found type number'"],
  ];

  it.each(cases)("%s: %j is 400 and changes nothing", async (_rule, body, problem) => {
    const site = await start();
    const answer = await ask(site, "patch", SETTINGS, body);
    expect([answer.status, answer.body]).toEqual([
      400,
      {
        statusCode: 400,
        error: "Bad Request",
        message: expect.stringContaining(`Payload validation error: ${problem}`) as string,
        errorCode: "invalid_body",
      },
    ]);
    expect((await site.curfew.settings.get()).version).toBe(0);
  });

  it("A8: a wrong query is 400 and changes nothing", async () => {
    const site = await start();
    const answer = await ask(site, "patch", `${SETTINGS}?include_fields=maybe`, { session_lifetime: 2 });
    expect([answer.status, answer.body]).toMatchObject([400, { errorCode: "invalid_query_string" }]);
    expect((await site.curfew.settings.get()).version).toBe(0);
  });

  it("Q21: one wrong member beside good members changes nothing", async () => {
    const site = await start();
    const before = (await ask(site, "get", SETTINGS)).body as TenantSettings;
    const body = { session_lifetime: 2, ephemeral_session_lifetime: 3, idle_session_lifetime: 9_999 };
    expect((await ask(site, "patch", SETTINGS, body)).status).toBe(400);
    expect((await ask(site, "get", SETTINGS)).body).toEqual(before);
  });
});
