import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  checkPatch,
  DEFAULT_SETTINGS,
  NO_CLASS_LIMITS,
  parseStoredSettings,
  SETTING_NAMES,
  storedSettings,
  type Settings,
} from "../../src/policy/index.js";
import { settingsWith } from "../harness/policy-fixtures.js";

const badFields = (body: Readonly<Record<string, unknown>>): string[] => {
  const check = checkPatch(body);
  return check.ok ? [] : check.problems.map(({ field }) => field);
};
const problemWith = (field: keyof Settings, value: unknown): string | undefined => {
  const check = checkPatch({ [field]: value });
  return check.ok ? undefined : check.problems[0]?.problem;
};
const NO_NUMBERS = [NaN, Infinity, -Infinity, "30", "", true, [], {}, [30], undefined];
/** The settings of the first versions, which every stored text has. */
const OLD_NAMES = SETTING_NAMES.filter((name) => !Object.hasOwn(NO_CLASS_LIMITS, name));
const FLAGS = ["allowPersistentSessions", "inactivityLogout", "trackLocation"] as const;

describe("checking a patch", () => {
  it.each([5, 6, 15, 30, 1_440, 43_199, 43_200])("L3: sessionMinutes %d is accepted", (sessionMinutes) => {
    expect(checkPatch({ sessionMinutes })).toEqual({ ok: true, patch: { sessionMinutes } });
  });

  it.each([4, 3, 0, -0, -1, 43_201, 525_600, Number.MAX_SAFE_INTEGER])(
    "L3: sessionMinutes %d is refused, with the range in words",
    (sessionMinutes) => {
      expect(problemWith("sessionMinutes", sessionMinutes)).toBe("must be between 5 and 43200");
    },
  );

  it.each([...NO_NUMBERS, 30.5])("L4: sessionMinutes %j is of the wrong type", (value) => {
    expect(problemWith("sessionMinutes", value)).toBe("must be a whole number");
  });

  it("Q4: sessionMinutes null is invalid", () => {
    const problem = "must be a whole number";
    const problems = [{ field: "sessionMinutes", code: "invalid", problem }];
    expect(checkPatch({ sessionMinutes: null })).toEqual({ ok: false, problems });
  });

  it("Q1: a duration outside both ranges is refused although inactivity logout is turned on with it", () => {
    expect(badFields({ inactivityLogout: true, sessionMinutes: 3 })).toEqual(["sessionMinutes"]);
    expect(badFields({ inactivityLogout: true, sessionMinutes: 43_201 })).toEqual(["sessionMinutes"]);
  });

  it("I5: a duration outside the inactivity range alone is accepted", () => {
    expect(badFields({ inactivityLogout: true, sessionMinutes: 14 })).toEqual([]);
    expect(badFields({ inactivityLogout: true, sessionMinutes: 1_441 })).toEqual([]);
  });

  it.each(FLAGS)("L5: %s takes only true and false", (field) => {
    expect([true, false].map((value) => problemWith(field, value))).toEqual([undefined, undefined]);
    for (const value of [null, "true", "", 1, 0, [], {}, undefined])
      expect(problemWith(field, value)).toBe("must be true or false");
  });

  it("C11: the number of sessions is 1 to 100, or null for no limit", () => {
    for (const value of [1, 2, 99, 100, null])
      expect(problemWith("maxSessionsPerUser", value)).toBeUndefined();
    for (const value of [0, -1, 101, 1.5, ...NO_NUMBERS])
      expect(problemWith("maxSessionsPerUser", value)).toBe(
        "must be a whole number between 1 and 100, or null for no limit",
      );
  });

  it("C11: at the limit the oldest ends or the newest is refused; there is no third choice", () => {
    for (const value of ["end_oldest", "refuse_newest"])
      expect(problemWith("whenLimitReached", value)).toBeUndefined();
    for (const value of ["", "END_OLDEST", null, true, 1, undefined, ["end_oldest"]])
      expect(problemWith("whenLimitReached", value)).toBe('must be "end_oldest" or "refuse_newest"');
  });

  it("A3: the idle time is 1 to 144,000 whole minutes", () => {
    for (const value of [1, 15, 144_000]) expect(problemWith("idleMinutes", value)).toBeUndefined();
    for (const value of [0, -0, -15, 144_001])
      expect(problemWith("idleMinutes", value)).toBe("must be between 1 and 144000");
    for (const value of [15.5, null, ...NO_NUMBERS])
      expect(problemWith("idleMinutes", value)).toBe("must be a whole number");
  });

  it("L7: every bad field is reported at once", () => {
    const everything = Object.fromEntries(SETTING_NAMES.map((name) => [name, "x"]));
    expect(badFields(everything).toSorted()).toEqual(Object.keys(DEFAULT_SETTINGS).toSorted());
    expect(badFields({ sessionMinutes: 3, allowPersistentSessions: "x", trackLocation: true })).toHaveLength(
      2,
    );
  });

  it("L8: one bad field also refuses the good fields", () => {
    expect(checkPatch({ trackLocation: true, sessionMinutes: 4 }).ok).toBe(false);
  });

  it("L6: `can` and other read-only names are ignored and never stored", () => {
    const body = { can: { update: false }, url: "/x", sessionMinutes: 60 };
    expect(checkPatch(body)).toEqual({ ok: true, patch: { sessionMinutes: 60 } });
  });

  it("Q5: unknown fields and an empty body are accepted and change nothing", () => {
    expect(checkPatch({})).toEqual({ ok: true, patch: {} });
    expect(checkPatch({ session_minutes: 3, __v: 1, SessionMinutes: 2 })).toEqual({ ok: true, patch: {} });
  });

  it("G5: `__proto__` and `constructor` in a body neither count as settings nor reach a prototype", () => {
    const hidden = '{"sessionMinutes":5,"inactivityLogout":true}';
    const body = `{"__proto__":${hidden},"constructor":{"prototype":${hidden}},"prototype":${hidden}}`;
    const check = checkPatch(JSON.parse(body) as Record<string, unknown>);
    expect(check).toEqual({ ok: true, patch: {} });
    expect(checkPatch(Object.create({ sessionMinutes: 5 }) as Record<string, unknown>)).toEqual(check);
    expect(checkPatch(Object.create({ sessionMinutes: 3 }) as Record<string, unknown>)).toEqual(check);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>)["sessionMinutes"]).toBeUndefined();
  });

  it("G5: 924 bodies that aim at a prototype give no patch and change no prototype", () => {
    const paths = [
      "__proto__",
      "constructor",
      "prototype",
      "__defineGetter__",
      "constructor.prototype",
      "toString",
    ];
    const values = ["5", "true", "false", "null", '"end_oldest"', "[]", "{}"];
    const nested = (path: string, text: string): string[] => [
      `{"${path}":${text}}`,
      `{"constructor":{"${path}":${text}}}`,
    ];
    const bodies = paths.flatMap((path) =>
      SETTING_NAMES.flatMap((name) => values.flatMap((value) => nested(path, `{"${name}":${value}}`))),
    );
    expect(bodies).toHaveLength(924);
    for (const text of bodies) {
      const body = JSON.parse(text) as Record<string, unknown>;
      expect(checkPatch(body)).toEqual({ ok: true, patch: {} });
      expect(parseStoredSettings(body)).toBeNull();
    }
    expect(SETTING_NAMES.filter((name) => name in {})).toEqual([]);
  });

  it("E3: every body gives either a valid patch or named problems, never an exception", () => {
    const name = fc.oneof(fc.constantFrom(...SETTING_NAMES, "__proto__", "constructor", "can"), fc.string());
    fc.assert(
      fc.property(fc.dictionary(name, fc.oneof(fc.anything(), fc.integer(), fc.boolean())), (body) => {
        const check = checkPatch(body);
        if (check.ok) {
          expect(Object.keys(check.patch).every((key) => key in DEFAULT_SETTINGS)).toBe(true);
          expect(parseStoredSettings({ ...DEFAULT_SETTINGS, ...check.patch })).not.toBeNull();
        } else {
          expect(check.problems.length).toBeGreaterThan(0);
          for (const { field, code } of check.problems) {
            expect(Object.hasOwn(body, field)).toBe(true);
            expect(code).toBe("invalid");
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("reading stored settings", () => {
  it("Q27: a complete record is read back as it was saved", () => {
    const saved = settingsWith({
      sessionMinutes: 300,
      maxSessionsPerUser: 1,
      whenLimitReached: "refuse_newest",
    });
    expect(parseStoredSettings(JSON.parse(JSON.stringify(saved)))).toEqual(saved);
  });

  it.each([null, undefined, "x", 1, true, [], [DEFAULT_SETTINGS], {}])("Q27: %j is unreadable", (stored) => {
    expect(parseStoredSettings(stored)).toBeNull();
  });

  it("Q27: an array that carries every setting is unreadable, too", () => {
    expect(parseStoredSettings(Object.assign([], DEFAULT_SETTINGS))).toBeNull();
  });

  it.each(OLD_NAMES)("Q27: a record without %s is unreadable as a whole", (name) => {
    const incomplete = Object.fromEntries(Object.entries(DEFAULT_SETTINGS).filter(([key]) => key !== name));
    expect(parseStoredSettings(incomplete)).toBeNull();
    const inherited: unknown = Object.setPrototypeOf({ ...incomplete }, DEFAULT_SETTINGS);
    expect(parseStoredSettings(inherited)).toBeNull();
  });

  it("C12: a record from before the limits of classes has none of them", () => {
    const old = Object.fromEntries(OLD_NAMES.map((name) => [name, DEFAULT_SETTINGS[name]]));
    expect(parseStoredSettings(old)).toEqual(DEFAULT_SETTINGS);
    expect(parseStoredSettings(Object.setPrototypeOf({ ...old }, { maxPhonesPerUser: 1 }))).toEqual(
      DEFAULT_SETTINGS,
    );
  });

  it("C12: limits of classes that are not in use take no room in the text that every request reads", () => {
    const saved = settingsWith({ maxPhonesPerUser: 2 });
    expect(Object.keys(storedSettings(DEFAULT_SETTINGS)).sort()).toEqual([...OLD_NAMES].sort());
    expect(storedSettings(saved)).toEqual({ ...storedSettings(DEFAULT_SETTINGS), maxPhonesPerUser: 2 });
    expect(parseStoredSettings(storedSettings(saved))).toEqual(saved);
  });

  it.each(SETTING_NAMES)("Q27: a record with garbage in %s is unreadable as a whole", (name) => {
    for (const garbage of ["abc", NaN, {}, [], -1, Infinity, undefined])
      expect(parseStoredSettings({ ...DEFAULT_SETTINGS, [name]: garbage })).toBeNull();
  });

  it("Q27: names that are not settings are dropped", () => {
    expect(parseStoredSettings({ ...DEFAULT_SETTINGS, can: {}, limit: 1 })).toEqual(DEFAULT_SETTINGS);
  });

  it("Q23: a duration of another dialect's range is readable: 1 to 525,600 minutes", () => {
    const readable = (sessionMinutes: number): boolean =>
      parseStoredSettings(settingsWith({ sessionMinutes })) !== null;
    expect([0, 1, 4, 43_201, 525_600, 525_601].map(readable)).toEqual([false, true, true, true, true, false]);
  });

  it("Q22: inactivity logout beside persistent sessions and long durations is readable, as another dialect saves it", () => {
    const saved = settingsWith({ inactivityLogout: true, idleMinutes: 4_320, sessionMinutes: 10_080 });
    expect(parseStoredSettings(saved)).toEqual(saved);
  });
});
