/**
 * The rules about saving settings as one table. Three drivers play each vector: the pure policy, Looker's API over HTTP,
 * and two processes that share a Redis (case E7 of the battery). A driver knows the names of the fields. It knows no rule.
 */

/** Settings: persistent sessions allowed, session minutes, inactivity logout. */
export type Triple = readonly [persistent: boolean, minutes: number, inactivity: boolean];

/** Fields of a change: `p`, `m` and `i` are the three of {@link Triple}. All other fields have no short name. */
export type ShortPatch = Readonly<Record<string, unknown>>;

/** Short name of a field that a change can have wrong. */
export type ShortField = "p" | "m" | "i";

/** One vector: a change of settings, and the settings after it. */
export interface SettingsVector {
  readonly title: string;
  readonly before: Triple;
  readonly patch: ShortPatch;
  readonly after: Triple;
  /** The wrong fields, if the change is refused. @default none */
  readonly refused: readonly ShortField[];
}

/** A driver's names of the fields. */
export type FieldNames = Readonly<Record<ShortField, string>>;

/** Returns the settings under a driver's names. */
export function settingsUnder<Names extends FieldNames>(names: Names, [p, m, i]: Triple): Named<Names> {
  return { [names.p]: p, [names.m]: m, [names.i]: i } as Named<Names>;
}

/** The settings of a {@link Triple} under a driver's names. */
export type Named<Names extends FieldNames> = Record<Names["p"] | Names["i"], boolean> &
  Record<Names["m"], number>;

/** Returns a change under a driver's names, in the order of its fields. */
export function patchUnder(names: FieldNames, patch: ShortPatch): Record<string, unknown> {
  const named = (name: string): string => (name in names ? names[name as ShortField] : name);
  return Object.fromEntries(Object.entries(patch).map(([name, value]) => [named(name), value]));
}

const t = true;
const f = false;
const OFF: Triple = [t, 30, f];
const ON: Triple = [f, 300, t];
const ONE_DAY: Triple = [f, 1_440, t];

const saved = (title: string, before: Triple, patch: ShortPatch, after: Triple): SettingsVector => ({
  title,
  before,
  patch,
  after,
  refused: [],
});
const refused = (
  title: string,
  before: Triple,
  patch: ShortPatch,
  ...fields: ShortField[]
): SettingsVector => ({ title, before, patch, after: before, refused: fields });

/** All vectors. */
export const SETTINGS_VECTORS: readonly SettingsVector[] = [
  saved(
    "V1, I1, I2: turning inactivity logout on ends persistence, and sets one day",
    OFF,
    { i: t },
    ONE_DAY,
  ),
  saved("I1: turning it on sets one day if persistence is off", [f, 30, f], { i: t }, ONE_DAY),
  saved("V2, I2, Q2: turning it on replaces a duration that would do", [t, 300, f], { i: t }, ONE_DAY),
  saved("Q2: turning it on replaces the shortest duration that would do", [t, 15, f], { i: t }, ONE_DAY),
  saved("Q2: turning it on leaves one day as it is", [t, 1_440, f], { i: t }, ONE_DAY),
  saved("I2: turning it on replaces the shortest duration", [t, 5, f], { i: t }, ONE_DAY),
  saved("I2: turning it on replaces the longest duration", [t, 43_200, f], { i: t }, ONE_DAY),

  saved("V3, I3: turning it on keeps a duration in the same body", OFF, { i: t, m: 300 }, [f, 300, t]),
  saved("I11: the order of the fields does not matter", OFF, { m: 300, i: t }, [f, 300, t]),
  saved("V4, I4: turning it on keeps 15 minutes, the least", OFF, { i: t, m: 15 }, [f, 15, t]),
  saved("I3: turning it on keeps 16 minutes", OFF, { i: t, m: 16 }, [f, 16, t]),
  saved("I3: turning it on keeps the earlier minutes if the body names them", OFF, { i: t, m: 30 }, [
    f,
    30,
    t,
  ]),
  saved("I3: turning it on keeps 1,439 minutes", OFF, { i: t, m: 1_439 }, [f, 1_439, t]),
  saved("V4, I4: turning it on keeps 1,440 minutes, the most", OFF, { i: t, m: 1_440 }, ONE_DAY),
  saved("V5, I6: turning it on makes one day of 5 minutes", OFF, { i: t, m: 5 }, ONE_DAY),
  saved("V5, I5, I6: turning it on makes one day of 14 minutes", OFF, { i: t, m: 14 }, ONE_DAY),
  saved("V5, I5, I6: turning it on makes one day of 1,441 minutes", OFF, { i: t, m: 1_441 }, ONE_DAY),
  saved("V5, I5, I6: turning it on makes one day of 43,200 minutes", OFF, { i: t, m: 43_200 }, ONE_DAY),

  saved("I7: turning it on wins over persistence in the same body", OFF, { i: t, p: t }, ONE_DAY),
  saved("I1: turning it on agrees with persistence off in the same body", OFF, { i: t, p: f }, ONE_DAY),
  saved("I7: turning it on keeps 300 minutes, and no persistence", OFF, { i: t, p: t, m: 300 }, [f, 300, t]),
  saved("I7: turning it on keeps 60 minutes, and no persistence", OFF, { i: t, p: t, m: 60 }, [f, 60, t]),
  saved("I3: turning it on keeps 16 minutes with persistence off", OFF, { i: t, p: f, m: 16 }, [f, 16, t]),
  saved(
    "I6: turning it on with persistence makes one day of 14 minutes",
    OFF,
    { i: t, p: t, m: 14 },
    ONE_DAY,
  ),

  saved("V7, I5: while it is on, 10 minutes become one day", ON, { m: 10 }, ONE_DAY),
  saved("I5: while it is on, 5 minutes become one day", ON, { m: 5 }, ONE_DAY),
  saved("I5: while it is on, 14 minutes become one day", ON, { m: 14 }, ONE_DAY),
  saved("I4: while it is on, 15 minutes are kept", ON, { m: 15 }, [f, 15, t]),
  saved("I4: while it is on, 16 minutes are kept", ON, { m: 16 }, [f, 16, t]),
  saved("I4: while it is on, 600 minutes are kept", ON, { m: 600 }, [f, 600, t]),
  saved("I4: while it is on, 1,439 minutes are kept", ON, { m: 1_439 }, [f, 1_439, t]),
  saved("I4: while it is on, 1,440 minutes are kept", ON, { m: 1_440 }, ONE_DAY),
  saved("I5: while it is on, 1,441 minutes become one day", ON, { m: 1_441 }, ONE_DAY),
  saved("I5: while it is on, 43,200 minutes become one day", ON, { m: 43_200 }, ONE_DAY),
  saved("V8, I7: while it is on, persistence stays off", ON, { p: t }, ON),
  saved("I7: while it is on, turning persistence off changes nothing", ON, { p: f }, ON),
  saved("I7: while it is on, a duration is kept and persistence stays off", ON, { p: t, m: 20 }, [f, 20, t]),
  saved("I5: while it is on, 10 minutes with persistence become one day", ON, { p: t, m: 10 }, ONE_DAY),
  saved("V9, I9: turning it on again changes nothing", ON, { i: t }, ON),
  saved("I9: turning it on again keeps the shortest duration", [f, 15, t], { i: t }, [f, 15, t]),
  saved("I4: turning it on again keeps a duration in the same body", ON, { i: t, m: 60 }, [f, 60, t]),
  saved("I7: turning it on again with persistence changes nothing", ON, { i: t, p: t }, ON),

  saved("V10, Q3: turning it off restores nothing", ON, { i: f }, [f, 300, f]),
  saved("Q3: turning it off leaves one day", ONE_DAY, { i: f }, [f, 1_440, f]),
  saved("I8: turning it off frees the duration in the same body", ON, { i: f, m: 10 }, [f, 10, f]),
  saved("I8: turning it off frees the longest duration", ON, { i: f, m: 43_200 }, [f, 43_200, f]),
  saved("I8: turning it off frees persistence in the same body", ON, { i: f, p: t }, [t, 300, f]),
  saved("I11: turning it off frees persistence in front of it, too", ON, { p: t, i: f }, [t, 300, f]),
  saved("V11, I8: turning it off frees both in the same body", ON, { i: f, m: 10, p: t }, [t, 10, f]),
  saved("I11: turning it off frees both in another order", ON, { p: t, m: 10, i: f }, [t, 10, f]),

  saved("L3: 5 minutes are the least", OFF, { m: 5 }, [t, 5, f]),
  saved("L3: 43,200 minutes are the most", OFF, { m: 43_200 }, [t, 43_200, f]),
  saved("L2: turning persistence off keeps the others", OFF, { p: f }, [f, 30, f]),
  saved("Q5: turning off what is off changes nothing", OFF, { i: f }, OFF),
  saved("V15, Q5: an empty body changes nothing", OFF, {}, OFF),
  saved("Q5: an empty body changes nothing while inactivity logout is on", ON, {}, ON),
  saved("V14, L6: can is ignored", OFF, { can: { update: false }, m: 60 }, [t, 60, f]),

  refused("V6, L3, Q1: 4 minutes are refused when it is turned on, too", OFF, { i: t, m: 4 }, "m"),
  refused("V6, L3, Q1: 43,201 minutes are refused when it is turned on, too", OFF, { i: t, m: 43_201 }, "m"),
  refused("L3: 0 minutes are refused", OFF, { m: 0 }, "m"),
  refused("L3: -1 minutes are refused", OFF, { m: -1 }, "m"),
  refused("Q1: 3 minutes are refused while it is on", ON, { m: 3 }, "m"),
  refused("Q1: 0 minutes are refused while it is on", ON, { m: 0 }, "m"),
  refused("V12, L4: minutes as text are refused", OFF, { m: "30" }, "m"),
  refused("V12, L4: a fraction of minutes is refused", OFF, { m: 30.5 }, "m"),
  refused("L4: a fraction is refused when it is turned on, too", OFF, { m: 30.5, i: t }, "m"),
  refused("L4: true as minutes is refused", OFF, { m: true }, "m"),
  refused("V12, Q4: null as minutes is refused", OFF, { m: null }, "m"),
  refused("V12, L5: null as persistence is refused", OFF, { p: null }, "p"),
  refused("L5: a text as persistence is refused", OFF, { p: "true" }, "p"),
  refused("V12, L5: 1 as inactivity logout is refused", OFF, { i: 1 }, "i"),
  refused("L5: null as inactivity logout is refused, with good minutes", ON, { i: null, m: 20 }, "i"),
  refused("V13, L7, L8: two wrong fields are two problems", OFF, { m: 3, p: "x" }, "p", "m"),
];
