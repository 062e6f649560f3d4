import { describe, expect, it } from "vitest";

import {
  deadlines,
  effectiveSettings,
  extensionMinutes,
  isPersistentNow,
  limitAt,
  type Deadlines,
  type SessionFacts,
  type Settings,
  type SystemLimits,
} from "../../src/policy/index.js";
import {
  aPersistentSession,
  aSession,
  at,
  days,
  limitsWith,
  minutes,
  settingsWith,
  T,
} from "../harness/policy-fixtures.js";

const under = (settings: Partial<Settings>, limits: Partial<SystemLimits> = {}) =>
  effectiveSettings(settingsWith(settings), limitsWith(limits));
const endOf = (session: SessionFacts, settings: Partial<Settings>, limits?: Partial<SystemLimits>): number =>
  deadlines(session, under(settings, limits)).absoluteAt;
const of = (session: SessionFacts, settings: Partial<Settings>): Deadlines =>
  deadlines(session, under(settings));

/** A session of 30 minutes, extended at 29:00, so that it ends at 59:00. */
const extended = aSession({ extendedAt: at("29:00"), expiresAt: at("59:00"), extendedCount: 1 });

describe("the absolute deadline", () => {
  it("D1: is sign-in plus the session duration, regardless of activity", () => {
    expect(endOf(aSession(), {})).toBe(at("30:00"));
    expect(endOf(aSession({ lastActivityAt: at("29:00") }), {})).toBe(at("30:00"));
  });

  it("Q12: a longer duration saved later does not move it", () => {
    expect(endOf(aSession(), { sessionMinutes: 600 })).toBe(at("30:00"));
  });

  it("Q12: a shorter duration saved later moves it to sign-in plus that duration", () => {
    expect(endOf(aSession(), { sessionMinutes: 10 })).toBe(at("10:00"));
  });

  it("Q13: in an extension a shorter duration counts from the extension", () => {
    expect(endOf(extended, { sessionMinutes: 30 })).toBe(at("59:00"));
    expect(endOf(extended, { sessionMinutes: 10 })).toBe(at("39:00"));
    expect(endOf(extended, { sessionMinutes: 5 })).toBe(at("34:00"));
  });

  it("Q13: in an extension a longer duration moves nothing", () => {
    expect(endOf(extended, { sessionMinutes: 1_440 })).toBe(at("59:00"));
  });

  it("Q13: an extension given early does not make an open window shorter", () => {
    const early = aSession({ expiresAt: at("60:00"), extendedAt: at("10:00") });
    expect(endOf(early, { sessionMinutes: 60 })).toBe(at("60:00"));
  });

  it("Q15: with inactivity logout on, extensions do not count", () => {
    expect(endOf(extended, { inactivityLogout: true, sessionMinutes: 30 })).toBe(at("30:00"));
    expect(endOf(extended, { inactivityLogout: true, sessionMinutes: 45 })).toBe(at("45:00"));
  });

  it("P2, P3: of a persistent session is 30 days after sign-in, regardless of the session duration", () => {
    expect(endOf(aPersistentSession(), { sessionMinutes: 5 })).toBe(T + days(30));
  });

  it("P7: of a persistent session does not slide with use", () => {
    expect(endOf(aPersistentSession({ lastActivityAt: T + days(29) }), {})).toBe(T + days(30));
  });

  it("P2: of a persistent session is never later than 30 days, even if its record says so", () => {
    expect(endOf(aPersistentSession({ expiresAt: T + days(90) }), {}, { absoluteMinutes: 525_600 })).toBe(
      T + days(30),
    );
  });

  it("Q16: of a persistent session follows the session duration once persistence is off", () => {
    expect(endOf(aPersistentSession(), { allowPersistentSessions: false })).toBe(at("30:00"));
  });

  it("Q17: of a session whose user did not tick stays short while persistence is on", () => {
    expect(endOf(aSession(), { allowPersistentSessions: true })).toBe(at("30:00"));
  });

  it("Q25: of API and embedded sessions is their own, regardless of the session duration", () => {
    for (const kind of ["api", "embed"] as const) {
      const session = aSession({ kind, expiresAt: at("600:00") });
      expect(endOf(session, { sessionMinutes: 5 })).toBe(at("600:00"));
    }
  });

  it("Q10: is never past the system limit, counted from the last authentication, for any kind", () => {
    for (const kind of ["browser", "api", "embed"] as const) {
      const session = aSession({ kind, persistent: true, expiresAt: T + days(30) });
      expect(endOf(session, {}, { absoluteMinutes: 20 })).toBe(at("20:00"));
    }
    expect(endOf(extended, {}, { absoluteMinutes: 45 })).toBe(at("45:00"));
  });

  it("N14: starts again with a re-authentication", () => {
    const again = aSession({ signedInAt: at("29:00"), expiresAt: at("59:00") });
    expect(endOf(again, {})).toBe(at("59:00"));
  });
});

describe("the idle deadline", () => {
  const on = { inactivityLogout: true, sessionMinutes: 300 } as const;

  it("N1: is 15 minutes after the last activity", () => {
    expect(of(aSession({ lastActivityAt: at("4:00") }), on).idleAt).toBe(at("19:00"));
  });

  it("N1: does not exist while inactivity logout is off", () => {
    expect(of(aSession(), { idleMinutes: 15 }).idleAt).toBeNull();
  });

  it("N13: does not exist for API and embedded sessions", () => {
    expect(of(aSession({ kind: "api" }), on).idleAt).toBeNull();
    expect(of(aSession({ kind: "embed" }), on).idleAt).toBeNull();
  });

  it("N9: does not move the absolute deadline", () => {
    const session = aSession({ lastActivityAt: at("290:00"), expiresAt: at("300:00") });
    expect(of(session, on)).toEqual({ absoluteAt: at("300:00"), idleAt: at("305:00") });
  });

  it("Q22: also holds for a persistent session, if both settings are on", () => {
    const both = { inactivityLogout: true, allowPersistentSessions: true } as const;
    expect(of(aPersistentSession(), both)).toEqual({ absoluteAt: T + days(30), idleAt: at("15:00") });
  });

  it("A4: follows the system limit if that limit is shorter", () => {
    const effective = under({ ...on, idleMinutes: 60 }, { idleMinutes: 10 });
    expect(deadlines(aSession(), effective).idleAt).toBe(at("10:00"));
  });
});

describe("the parts", () => {
  it.each([
    [5, 5],
    [29, 29],
    [30, 30],
    [31, 30],
    [1_440, 30],
    [43_200, 30],
  ])("D5: with a session duration of %d minutes an extension adds %d", (sessionMinutes, added) => {
    expect(extensionMinutes(under({ sessionMinutes }))).toBe(added);
  });

  it("Q17: a session is persistent if its user ticked and it is still allowed", () => {
    const allowed = under({ allowPersistentSessions: true });
    const forbidden = under({ allowPersistentSessions: false });
    expect(isPersistentNow(aPersistentSession(), allowed)).toBe(true);
    expect(isPersistentNow(aPersistentSession(), forbidden)).toBe(false);
    expect(isPersistentNow(aSession(), allowed)).toBe(false);
  });

  it("P2: only a browser's session is persistent", () => {
    expect(isPersistentNow(aPersistentSession({ kind: "api" }), under({}))).toBe(false);
    expect(isPersistentNow(aPersistentSession({ kind: "embed" }), under({}))).toBe(false);
  });

  it("Q10: the system limit counts from the last authentication", () => {
    const session = aSession({ signedInAt: at("10:00") });
    expect(limitAt(session, under({}))).toBe(at("10:00") + minutes(43_200));
    expect(limitAt(session, under({}, { absoluteMinutes: 60 }))).toBe(at("70:00"));
  });
});
