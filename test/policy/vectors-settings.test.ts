import { describe, expect, it } from "vitest";

import { deadlines, effectiveSettings, parseStoredSettings, type Settings } from "../../src/policy/index.js";
import { aSession, days, limitsWith, save, settingsWith, T } from "../harness/policy-fixtures.js";

/** `p` allows persistent sessions, `m` is the session duration in minutes, `i` is inactivity logout. */
const NAMES: Readonly<Record<string, keyof Settings>> = {
  p: "allowPersistentSessions",
  m: "sessionMinutes",
  i: "inactivityLogout",
};
type Body = Readonly<Record<string, unknown>>;
const bodyOf = (short: Body): Body =>
  Object.fromEntries(Object.entries(short).map(([name, value]) => [NAMES[name] ?? name, value]));

type Triple = readonly [p: boolean, m: number, i: boolean];
const settingsOf = ([p, m, i]: Triple): Settings =>
  settingsWith({ allowPersistentSessions: p, sessionMinutes: m, inactivityLogout: i });

const FRESH: Triple = [true, 30, false];
const ON: Triple = [false, 300, true];
const t = true;
const f = false;

const ACCEPTED: readonly (readonly [
  id: string,
  behaviour: string,
  before: Triple,
  body: Body,
  after: Triple,
])[] = [
  ["V1", "inactivity logout excludes persistence and sets one day", FRESH, { i: t }, [f, 1_440, t]],
  ["V2", "turning it on sets one day over a duration that would do", [t, 300, f], { i: t }, [f, 1_440, t]],
  ["V3", "a duration named with it is kept", FRESH, { i: t, m: 300 }, [f, 300, t]],
  ["V4", "15 minutes are the least that is kept", FRESH, { i: t, m: 15 }, [f, 15, t]],
  ["V4", "1,440 minutes are the most that is kept", FRESH, { i: t, m: 1_440 }, [f, 1_440, t]],
  ["V5", "14 minutes become one day", FRESH, { i: t, m: 14 }, [f, 1_440, t]],
  ["V5", "1,441 minutes become one day", FRESH, { i: t, m: 1_441 }, [f, 1_440, t]],
  ["V5", "43,200 minutes become one day", FRESH, { i: t, m: 43_200 }, [f, 1_440, t]],
  ["V7", "10 minutes become one day while it is on", ON, { m: 10 }, [f, 1_440, t]],
  ["V8", "persistence stays off while it is on", ON, { p: t }, ON],
  ["V9", "turning on what is on changes nothing", ON, { i: t }, ON],
  ["V10", "turning it off restores nothing", ON, { i: f }, [f, 300, f]],
  ["V11", "turning it off in the same body frees the others", ON, { i: f, m: 10, p: t }, [t, 10, f]],
  ["V14", "`can` is ignored", FRESH, { can: { update: false }, m: 60 }, [t, 60, f]],
  ["V15", "an empty body changes nothing", FRESH, {}, FRESH],
];

const REFUSED: readonly (readonly [
  id: string,
  behaviour: string,
  body: Body,
  fields: readonly (keyof Settings)[],
])[] = [
  ["V6", "4 minutes are refused with inactivity logout, too", { i: t, m: 4 }, ["sessionMinutes"]],
  ["V6", "43,201 minutes are refused with inactivity logout, too", { i: t, m: 43_201 }, ["sessionMinutes"]],
  ["V12", "a number as text is refused", { m: "30" }, ["sessionMinutes"]],
  ["V12", "a fraction is refused", { m: 30.5 }, ["sessionMinutes"]],
  ["V12", "a duration of null is refused", { m: null }, ["sessionMinutes"]],
  ["V12", "persistence of null is refused", { p: null }, ["allowPersistentSessions"]],
  ["V12", "inactivity logout of 1 is refused", { i: 1 }, ["inactivityLogout"]],
  ["V13", "two bad fields are two problems", { m: 3, p: "x" }, ["allowPersistentSessions", "sessionMinutes"]],
];

describe("settings vectors", () => {
  it.each(ACCEPTED)("%s: %s", (_id, _behaviour, before, body, after) => {
    expect(save(settingsOf(before), bodyOf(body))).toEqual({ ok: true, settings: settingsOf(after) });
  });

  it.each(REFUSED)("%s: %s, and nothing changes", (_id, _behaviour, body, fields) => {
    const before = settingsOf(FRESH);
    const saved = save(before, bodyOf(body));
    expect(saved.ok ? [] : saved.problems.map(({ field }) => field).toSorted()).toEqual(fields);
    expect(saved.settings).toEqual(before);
  });

  it("V18: 181 minutes, saved by another dialect, are readable", () => {
    const stored = settingsWith({ sessionMinutes: 181 });
    expect(parseStoredSettings(JSON.parse(JSON.stringify(stored)))).toEqual(stored);
  });

  it("V19: 1,000 hours are stored as given and take effect as 720", () => {
    const stored = parseStoredSettings(settingsWith({ sessionMinutes: 60_000 }));
    if (!stored) throw new Error("expected readable settings");
    const effective = effectiveSettings(stored, limitsWith());
    expect([stored.sessionMinutes, effective.sessionMinutes]).toEqual([60_000, 43_200]);
    const session = aSession({ expiresAt: T + days(300) });
    expect(deadlines(session, effective).absoluteAt).toBe(T + days(30));
  });
});
