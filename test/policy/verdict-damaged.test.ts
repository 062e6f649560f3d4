import { describe, expect, it } from "vitest";

import { type SessionFacts, type Settings, type SystemLimits } from "../../src/policy/index.js";
import {
  aSession,
  at,
  aUser,
  ended,
  judge,
  limitsWith,
  settingsWith,
  T,
} from "../harness/policy-fixtures.js";

/** Values that a broken writer, a wrong parser or a flipped bit leaves instead of a number. */
const GARBAGE: readonly unknown[] = [NaN, Infinity, -Infinity, undefined, "abc", "", {}];
const now = at("10:00");
const stateOf = (session: Partial<Record<keyof SessionFacts, unknown>>, settings?: Settings): string =>
  judge({ ...aSession(), ...session } as SessionFacts, now, settings ? { settings } : {}).state;

describe("a damaged record", () => {
  const REQUIRED = ["signedInAt", "lastActivityAt", "expiresAt", "number"] as const;
  const cases = [
    ...REQUIRED.flatMap((field) => [...GARBAGE, null].map((value) => ({ field, value }))),
    ...GARBAGE.map((value) => ({ field: "extendedAt" as const, value })),
  ];

  it.each(cases)("F2: with $value as $field ends the session", ({ field, value }) => {
    expect(stateOf({ [field]: value })).toBe("ended");
    expect(stateOf({ [field]: value }, settingsWith({ inactivityLogout: true }))).toBe("ended");
  });

  it.each(["signedInAt", "lastActivityAt", "extendedAt"] as const)(
    "F2: with %s in the future ends the session",
    (field) => {
      const future = { ...aSession({ expiresAt: at("600:00") }), [field]: now + 60_001 };
      expect(ended(future, now, { settings: settingsWith({ sessionMinutes: 600 }) })).toEqual({
        state: "ended",
        reason: "unknown",
        at: now,
        by: null,
      });
    },
  );

  it.each(["signedInAt", "lastActivityAt", "extendedAt"] as const)(
    "F2: with %s ahead by at most a minute is a clock set back, and ends nothing",
    (field) => {
      expect(stateOf({ [field]: now + 60_000 })).toBe("active");
    },
  );

  it("F2: with an end in the year 275760 lives no longer than the settings allow", () => {
    const session = aSession({ expiresAt: 8.64e15 });
    expect(judge(session, at("29:59.999")).state).toBe("active");
    expect(ended(session, at("30:00")).reason).toBe("absolute");
  });

  it.each([
    { floor: T + 1, floorReason: "revoked", floorAt: NaN },
    { replacedAt: NaN },
    { groupEnd: { reason: "revoked_by_admin", at: NaN, actor: null } },
  ] as const)("F2: ends at a time that makes sense, also if the user's times are damaged: %j", (user) => {
    expect(ended(aSession(), now, { user: aUser(user) })).toEqual({
      state: "ended",
      reason: "unknown",
      at: now,
      by: null,
    });
  });

  it("F2: names no reason that cannot be known", () => {
    expect(ended(aSession({ expiresAt: NaN }), now)).toEqual({
      state: "ended",
      reason: "unknown",
      at: now,
      by: null,
    });
  });
});

describe("a damaged user key", () => {
  it.each(["floor", "evictedBelow", "newerBrowsers"] as const)(
    "F2: ends the session if %s is not a number",
    (field) => {
      for (const value of [...GARBAGE, null]) {
        const user = { ...aUser(), [field]: value };
        expect(ended(aSession(), now, { user }).reason).toBe("unknown");
      }
    },
  );
});

describe("settings and limits that are not numbers", () => {
  const NO_NUMBERS: readonly unknown[] = [NaN, undefined, "abc", {}];
  const onTop = (field: keyof Settings, value: unknown, rest: Partial<Settings> = {}): Settings => ({
    ...settingsWith(rest),
    [field]: value,
  });

  it("F2: end a session by its duration rather than free it", () => {
    for (const value of NO_NUMBERS) expect(stateOf({}, onTop("sessionMinutes", value))).toBe("ended");
  });

  it("F2: end a session by its idle time rather than free it", () => {
    for (const value of NO_NUMBERS)
      expect(stateOf({}, onTop("idleMinutes", value, { inactivityLogout: true }))).toBe("ended");
  });

  it("F2: end the older of two browsers by the number of sessions rather than free it", () => {
    const user = aUser({ newerBrowsers: 1, latestNumber: at("5:00") });
    const states = NO_NUMBERS.map(
      (value) => judge(aSession(), now, { user, settings: onTop("maxSessionsPerUser", value) }).state,
    );
    expect(states).toEqual(NO_NUMBERS.map(() => "ended"));
  });

  it("F2: end a session by a system limit rather than free it", () => {
    for (const value of NO_NUMBERS) {
      const limits = { ...limitsWith(), absoluteMinutes: value } as SystemLimits;
      expect(judge(aSession(), now, { limits }).state).toBe("ended");
    }
  });
});

describe("a number that no sign-in has received", () => {
  it("F2: ends the session, because no revocation could reach it", () => {
    expect(stateOf({ number: T + 1 })).toBe("ended");
  });

  it.each(GARBAGE)("F2: ends the session if the user's latest number is %s", (latestNumber) => {
    const user = { ...aUser(), latestNumber: latestNumber as number };
    expect(judge(aSession(), now, { user }).state).toBe("ended");
  });
});

describe("a damaged clock", () => {
  it.each([NaN, Infinity, -Infinity])("F2: a time of %d keeps no session alive", (time) => {
    expect(judge(aSession(), time).state).toBe("ended");
  });

  it("F2: a clock set back by a minute ends no session, a clock set back further does", () => {
    const session = aSession({ lastActivityAt: T });
    expect(judge(session, T - 60_000).state).toBe("active");
    expect(ended(session, T - 60_001).reason).toBe("unknown");
  });
});
