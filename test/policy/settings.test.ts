import { describe, expect, it } from "vitest";

import {
  DEFAULT_LIMITS,
  DEFAULT_SETTINGS,
  effectiveSettings,
  PERSISTENT_SESSION_MINUTES,
} from "../../src/policy/index.js";
import { limitsWith, settingsWith } from "../harness/policy-fixtures.js";

describe("the settings of a fresh store", () => {
  it("L12: persistent sessions are allowed, 30 minutes, any number of browsers, no inactivity logout", () => {
    expect(DEFAULT_SETTINGS).toMatchObject({
      allowPersistentSessions: true,
      sessionMinutes: 30,
      maxSessionsPerUser: null,
      inactivityLogout: false,
    });
  });

  it("Q20: places are not tracked", () => {
    expect(DEFAULT_SETTINGS.trackLocation).toBe(false);
  });

  it("N1: the idle time is 15 minutes", () => {
    expect(DEFAULT_SETTINGS.idleMinutes).toBe(15);
  });

  it("C11: at a limit the oldest session ends", () => {
    expect(DEFAULT_SETTINGS.whenLimitReached).toBe("end_oldest");
  });

  it("A3: the system limits are 30 days absolute and three days idle", () => {
    expect(DEFAULT_LIMITS).toEqual({ absoluteMinutes: 43_200, idleMinutes: 4_320 });
  });

  it("are frozen", () => {
    expect(Object.isFrozen(DEFAULT_SETTINGS)).toBe(true);
    expect(Object.isFrozen(DEFAULT_LIMITS)).toBe(true);
  });
});

describe("the settings in effect", () => {
  it("A4: a duration above the system limit counts as the limit, and one at the limit as itself", () => {
    const minutesInEffect = (sessionMinutes: number): number =>
      effectiveSettings(settingsWith({ sessionMinutes }), limitsWith({ absoluteMinutes: 600 }))
        .sessionMinutes;
    expect([599, 600, 601, 525_600].map(minutesInEffect)).toEqual([599, 600, 600, 600]);
  });

  it("A4: an idle time above the system limit counts as the limit", () => {
    const minutesInEffect = (idleMinutes: number): number =>
      effectiveSettings(settingsWith({ idleMinutes }), limitsWith({ idleMinutes: 60 })).idleMinutes;
    expect([59, 60, 61].map(minutesInEffect)).toEqual([59, 60, 60]);
  });

  it("P2: a persistent session lasts 43,200 minutes", () => {
    expect(PERSISTENT_SESSION_MINUTES).toBe(43_200);
    expect(
      effectiveSettings(DEFAULT_SETTINGS, limitsWith({ absoluteMinutes: 525_600 })).persistentMinutes,
    ).toBe(43_200);
  });

  it("Q10: a persistent session does not pass a shorter system limit either", () => {
    const effective = effectiveSettings(DEFAULT_SETTINGS, limitsWith({ absoluteMinutes: 1_440 }));
    expect(effective).toMatchObject({ persistentMinutes: 1_440, limitMinutes: 1_440 });
  });

  it("Q21: the saved settings are not changed by the limit", () => {
    const saved = Object.freeze(settingsWith({ sessionMinutes: 60_000, idleMinutes: 5_000 }));
    const effective = effectiveSettings(saved, DEFAULT_LIMITS);
    expect(saved).toMatchObject({ sessionMinutes: 60_000, idleMinutes: 5_000 });
    expect(effective).toMatchObject({ sessionMinutes: 43_200, idleMinutes: 4_320 });
  });

  it("keep every other setting as saved", () => {
    const saved = settingsWith({
      maxSessionsPerUser: 3,
      whenLimitReached: "refuse_newest",
      trackLocation: true,
    });
    expect(effectiveSettings(saved, DEFAULT_LIMITS)).toMatchObject(saved);
  });
});
