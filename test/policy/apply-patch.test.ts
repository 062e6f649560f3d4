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
const noTicks = { allowPersistentSessions: false } as const;

const TRANSITIONS: readonly (readonly [rule: string, before: Triple, patch: SettingsPatch, after: Triple])[] =
  [
    ["I1", OFF, on, [false, 1_440, true]],
    ["I2", [true, 300, false], on, [false, 1_440, true]],
    ["I2", [true, 43_200, false], on, [false, 1_440, true]],
    ["I2", [true, 5, false], on, [false, 1_440, true]],
    ["Q2", [true, 15, false], on, [false, 1_440, true]],
    ["Q2", [true, 1_440, false], on, [false, 1_440, true]],
    ["I1", [false, 30, false], on, [false, 1_440, true]],
    ["I6", OFF, { ...on, sessionMinutes: 5 }, [false, 1_440, true]],
    ["I6", OFF, { ...on, sessionMinutes: 14 }, [false, 1_440, true]],
    ["I3", OFF, { ...on, sessionMinutes: 15 }, [false, 15, true]],
    ["I3", OFF, { ...on, sessionMinutes: 16 }, [false, 16, true]],
    ["I3", OFF, { ...on, sessionMinutes: 30 }, [false, 30, true]],
    ["I3", OFF, { ...on, sessionMinutes: 300 }, [false, 300, true]],
    ["I3", OFF, { ...on, sessionMinutes: 1_439 }, [false, 1_439, true]],
    ["I3", OFF, { ...on, sessionMinutes: 1_440 }, [false, 1_440, true]],
    ["I6", OFF, { ...on, sessionMinutes: 1_441 }, [false, 1_440, true]],
    ["I6", OFF, { ...on, sessionMinutes: 43_200 }, [false, 1_440, true]],
    ["I7", OFF, { ...on, ...ticks }, [false, 1_440, true]],
    ["I1", OFF, { ...on, ...noTicks }, [false, 1_440, true]],
    ["I7", OFF, { ...on, ...ticks, sessionMinutes: 300 }, [false, 300, true]],
    ["I6", OFF, { ...on, ...ticks, sessionMinutes: 14 }, [false, 1_440, true]],
    ["I5", ON, { sessionMinutes: 5 }, [false, 1_440, true]],
    ["I5", ON, { sessionMinutes: 14 }, [false, 1_440, true]],
    ["I4", ON, { sessionMinutes: 15 }, [false, 15, true]],
    ["I4", ON, { sessionMinutes: 16 }, [false, 16, true]],
    ["I4", ON, { sessionMinutes: 1_439 }, [false, 1_439, true]],
    ["I4", ON, { sessionMinutes: 1_440 }, [false, 1_440, true]],
    ["I5", ON, { sessionMinutes: 1_441 }, [false, 1_440, true]],
    ["I5", ON, { sessionMinutes: 43_200 }, [false, 1_440, true]],
    ["I7", ON, ticks, ON],
    ["I7", ON, noTicks, ON],
    ["I9", ON, on, ON],
    ["I9", [false, 15, true], on, [false, 15, true]],
    ["I4", ON, { ...on, sessionMinutes: 60 }, [false, 60, true]],
    ["I5", ON, { ...ticks, sessionMinutes: 10 }, [false, 1_440, true]],
    ["L2", ON, { trackLocation: true }, ON],
    ["Q3", ON, off, [false, 300, false]],
    ["I8", ON, { ...off, sessionMinutes: 10 }, [false, 10, false]],
    ["I8", ON, { ...off, ...ticks }, [true, 300, false]],
    ["I8", ON, { ...off, ...ticks, sessionMinutes: 10 }, [true, 10, false]],
  ];

describe("saving settings, transition by transition", () => {
  it("E7: the table holds 40 transitions", () => {
    expect(TRANSITIONS).toHaveLength(40);
  });

  it.each(TRANSITIONS)("%s: %j with %j becomes %j", (_rule, before, patch, expected) => {
    expect(after(before, patch)).toEqual(expected);
  });
});

describe("saving settings", () => {
  it("L2: fields left out keep their value, and all of them come back", () => {
    const before = settingsWith({ maxSessionsPerUser: 3, idleMinutes: 20, trackLocation: true });
    const { settings } = applyPatch(before, { sessionMinutes: 60 });
    expect(settings).toEqual({ ...before, sessionMinutes: 60 });
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

  it("I11: the order of the fields does not matter", () => {
    const forwards = { inactivityLogout: true, sessionMinutes: 300, allowPersistentSessions: true };
    const backwards = { allowPersistentSessions: true, sessionMinutes: 300, inactivityLogout: true };
    expect(after(OFF, forwards)).toEqual(after(OFF, backwards));
  });

  it("I10: settings of another dialect become consistent with a patch that names a coupled field", () => {
    expect(after([true, 43_200, true], { inactivityLogout: true })).toEqual([false, 1_440, true]);
    expect(after([true, 60, true], { sessionMinutes: 90 })).toEqual([false, 90, true]);
    expect(after([true, 60, true], { allowPersistentSessions: true })).toEqual([false, 60, true]);
  });

  it("Q22: settings of another dialect stay with a patch of other fields, and with an uncoupled patch", () => {
    expect(after([true, 43_200, true], {})).toEqual([true, 43_200, true]);
    expect(after([true, 43_200, true], { trackLocation: true })).toEqual([true, 43_200, true]);
    const uncoupled = applyPatch(settingsOf([true, 300, false]), { inactivityLogout: true }, false);
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
