import { describe, expect, it } from "vitest";

import { applyPatch, type SettingsPatch } from "../../src/policy/index.js";
import { settingsWith } from "../harness/policy-fixtures.js";

/** Persistent sessions allowed, session minutes, inactivity logout. */
type Triple = readonly [persistent: boolean, sessionMinutes: number, inactivity: boolean];

const settingsOf = ([allowPersistentSessions, sessionMinutes, inactivityLogout]: Triple) =>
  settingsWith({ allowPersistentSessions, sessionMinutes, inactivityLogout });
const after = (before: Triple, patch: SettingsPatch): Triple => {
  const { settings } = applyPatch(settingsOf(before), patch);
  return [settings.allowPersistentSessions, settings.sessionMinutes, settings.inactivityLogout];
};
const coercionsOf = (before: Triple, patch: SettingsPatch) => applyPatch(settingsOf(before), patch).coercions;

const OFF: Triple = [true, 30, false];
const ON: Triple = [false, 300, true];
const on = { inactivityLogout: true } as const;
const off = { inactivityLogout: false } as const;
const ticks = { allowPersistentSessions: true } as const;

describe("saving settings", () => {
  it("L2: fields left out keep their value, and all of them come back", () => {
    const before = settingsWith({ maxSessionsPerUser: 3, idleMinutes: 20, trackLocation: true });
    const { settings } = applyPatch(before, { sessionMinutes: 60 });
    expect(settings).toEqual({ ...before, sessionMinutes: 60 });
    expect(after(ON, { trackLocation: true })).toEqual(ON);
  });

  it("L2: turning inactivity logout on keeps the settings that it does not affect", () => {
    const before = settingsWith({
      maxSessionsPerUser: 1,
      whenLimitReached: "refuse_newest",
      idleMinutes: 20,
    });
    expect(applyPatch(before, on).settings).toEqual({
      ...before,
      inactivityLogout: true,
      allowPersistentSessions: false,
      sessionMinutes: 1_440,
    });
  });

  it("Q3: turning it off restores no replaced value", () => {
    const turnedOn = applyPatch(settingsWith({ sessionMinutes: 30 }), on).settings;
    const turnedOff = applyPatch(turnedOn, off).settings;
    expect(turnedOff).toMatchObject({
      allowPersistentSessions: false,
      sessionMinutes: 1_440,
      inactivityLogout: false,
    });
  });

  it("Q3: turning it off and on again sets one day again", () => {
    expect(after([false, 300, false], on)).toEqual([false, 1_440, true]);
  });

  it("I10: settings of another dialect become consistent with a patch that names a coupled field", () => {
    expect(after([true, 43_200, true], { inactivityLogout: true })).toEqual([false, 1_440, true]);
    expect(after([true, 60, true], { sessionMinutes: 90 })).toEqual([false, 90, true]);
    expect(after([true, 60, true], { allowPersistentSessions: true })).toEqual([false, 60, true]);
  });

  it("Q22: settings of another dialect stay with a patch of other fields, and with an uncoupled patch", () => {
    expect(after([true, 43_200, true], {})).toEqual([true, 43_200, true]);
    expect(after([true, 43_200, true], { trackLocation: true })).toEqual([true, 43_200, true]);
    const uncoupled = applyPatch(
      settingsOf([true, 300, false]),
      { inactivityLogout: true },
      {
        coupled: false,
      },
    );
    expect(uncoupled).toEqual({ settings: settingsOf([true, 300, true]), coercions: [] });
  });

  it("changes neither what was saved nor the patch", () => {
    const before = Object.freeze(settingsOf(OFF));
    const patch = Object.freeze({ ...on, ...ticks, sessionMinutes: 14 });
    expect(() => applyPatch(before, patch)).not.toThrow();
    expect(before).toEqual(settingsOf(OFF));
  });
});

describe("the coercions that an administrator sees", () => {
  const duration = { field: "sessionMinutes", saved: 1_440, because: "inactivity_logout" };
  const persistence = { field: "allowPersistentSessions", saved: false, because: "inactivity_logout" };

  it("I1, I2: turning inactivity logout on names both settings that it changed", () => {
    expect(coercionsOf(OFF, on)).toEqual([persistence, duration]);
  });

  it("I3: a value that was kept is not named", () => {
    expect(coercionsOf([false, 30, false], { ...on, sessionMinutes: 300 })).toEqual([]);
    expect(coercionsOf([false, 1_440, false], on)).toEqual([]);
    expect(coercionsOf(ON, on)).toEqual([]);
  });

  it("I5, I7: only the value that was adjusted is named", () => {
    expect(coercionsOf(ON, { sessionMinutes: 10 })).toEqual([duration]);
    expect(coercionsOf(ON, ticks)).toEqual([persistence]);
  });

  it("I8: nothing is named when it is off in the result", () => {
    expect(coercionsOf(ON, { ...off, ...ticks, sessionMinutes: 10 })).toEqual([]);
  });
});
