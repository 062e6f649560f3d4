/**
 * The rules about time as one table. Three drivers play each vector: the pure policy, the steps on a real Redis, and
 * HTTP. A driver knows how to do a step. It knows no rule.
 */
import type { EndReason, SettingsPatch } from "../../src/policy/index.js";
import { at, days, minutes, T } from "./policy-fixtures.js";
import type { ExtensionAnswer, Living, SignInChoice, Step, TimeVector } from "./time-vector.js";

const idleFiveHours = {
  inactivityLogout: true,
  allowPersistentSessions: false,
  sessionMinutes: 300,
} as const;
const one = { maxSessionsPerUser: 1, sessionMinutes: 600 } as const;
const long = { sessionMinutes: 600 } as const;
const IN = {};

const look = (time: string, is: Partial<Living> | EndReason, session?: number): Step => ({
  at: at(time),
  is,
  ...(session === undefined ? {} : { session }),
});
const extend = (time: string, answer: ExtensionAnswer): Step => ({ at: at(time), extend: answer });
const act = (time: string): Step => ({ at: at(time), act: true });
const actUntil = (time: string): Step => ({ at: at(time), act: true, every: minutes(10) });
const save = (time: string, patch: SettingsPatch): Step => ({ at: at(time), save: patch });
const signIn = (time: string, choice: SignInChoice = {}): Step => ({ at: at(time), signIn: choice });

/** Clicks of W4: 29 minutes after each other, from 1439:00 on. */
const clicks = Array.from({ length: 9 }, (_, index) => at("1439:00") + index * minutes(29));

/** All vectors. */
export const TIME_VECTORS: readonly TimeVector[] = [
  {
    title: "W1: half an hour warns at 28:00, lets in at 29:59.999 and ends at 30:00 as absolute",
    steps: [
      look("0:00", { warnAt: at("28:00"), endsAt: at("30:00"), action: "extend", persistent: false }),
      look("29:59.999", IN),
      look("30:00", "absolute"),
    ],
  },
  {
    title: "W2: activity at 29:00 without an extension moves nothing",
    steps: [
      act("29:00"),
      look("29:00", { endsAt: at("30:00"), action: "extend" }),
      look("30:00", "absolute"),
    ],
  },
  {
    title: "W3, D9: five minutes, extended at 3:30, end at 8:30 and warn at 6:30",
    settings: { sessionMinutes: 5 },
    steps: [
      look("0:00", { warnAt: at("3:00") }),
      extend("3:30", "extended"),
      look("4:00", { endsAt: at("8:30"), warnAt: at("6:30"), extendedCount: 1, signedInAt: T }),
      look("8:29.999", IN),
      look("8:30", "absolute"),
    ],
  },
  {
    title: "W4: one day, extended at 1439:00, ends at 1469:00 and continues in half hours",
    settings: { sessionMinutes: 1_440 },
    steps: clicks.flatMap((now, index): Step[] => [
      { at: now, extend: "extended" },
      { at: now, is: { endsAt: now + minutes(30), extendedCount: index + 1, signedInAt: T } },
    ]),
  },
  {
    title: "W5, Q8: an extension at 10:00 is too early and moves nothing",
    steps: [extend("10:00", "too_early"), look("10:00", { endsAt: at("30:00") }), look("30:00", "absolute")],
  },
  {
    title: "W6, D11: an extension at 30:01 is refused as absolute, before and after the end is recorded",
    steps: [extend("30:01", "absolute"), extend("30:02", "absolute"), look("30:02", "absolute")],
  },
  {
    title: "W7, P2: with the box ticked the user is signed in on day 29, and signed out at exactly 30 days",
    first: { persistent: true },
    steps: [
      { at: T + days(29), is: { persistent: true } },
      { at: T + days(30) - 1, is: IN },
      { at: T + days(30), is: "absolute" },
    ],
  },
  {
    title: "W8: idle from the start, the warning comes at 13:00 and the end at 15:00",
    settings: idleFiveHours,
    steps: [
      look("0:00", { warnAt: at("13:00"), action: "stay" }),
      look("14:59.999", IN),
      look("15:00", "idle"),
    ],
  },
  {
    title: "W9, N5: a click at 14:59 moves the one deadline to 29:59",
    settings: idleFiveHours,
    steps: [
      act("14:59"),
      look("15:00", { endsAt: at("29:59"), warnAt: at("27:59"), action: "stay" }),
      look("29:59", "idle"),
    ],
  },
  {
    title: "W10: looks each minute keep no user signed in",
    settings: idleFiveHours,
    steps: [
      ...Array.from({ length: 14 }, (_, index): Step =>
        look(`${String(index + 1)}:00`, { endsAt: at("15:00") }),
      ),
      look("15:00", "idle"),
    ],
  },
  {
    title:
      "W11, N7: with activity until 290:00 the re-authentication is requested at 298:00 and the end is absolute",
    settings: idleFiveHours,
    steps: [
      actUntil("290:00"),
      look("290:00", { action: "reauthenticate", warnAt: at("298:00") }),
      extend("298:00", "reauthentication_required"),
      look("299:59.999", IN),
      look("300:00", "absolute"),
    ],
  },
  {
    title:
      "W12, N10: with activity until 284:00, staying at 298:30 turns the idle warning into a re-authentication",
    settings: idleFiveHours,
    steps: [
      actUntil("284:00"),
      look("297:00", { action: "stay", warnAt: at("297:00"), endsAt: at("299:00") }),
      extend("298:30", "touched"),
      look("298:30", { action: "reauthenticate", endsAt: at("300:00") }),
      look("300:00", "absolute"),
    ],
  },
  {
    title: "W13, Q14: turned on at 20:00, inactivity logout ends a session whose last click was at 2:00",
    steps: [act("2:00"), save("20:00", { inactivityLogout: true }), look("20:05", "idle")],
  },
  {
    title: "W13, Q14: a session whose last click was at 10:00 lives until 30:00, without an extension",
    steps: [
      act("10:00"),
      save("20:00", { inactivityLogout: true }),
      look("20:05", { endsAt: at("25:00"), action: "stay" }),
      act("20:05"),
      look("20:05", { action: "reauthenticate", warnAt: at("28:00"), endsAt: at("30:00") }),
      extend("29:00", "reauthentication_required"),
      look("30:00", "absolute"),
    ],
  },
  {
    title: "W14: lowered to 10 minutes at 20:00 the session has ended",
    settings: { sessionMinutes: 60 },
    steps: [look("20:00", IN), save("20:00", { sessionMinutes: 10 }), look("20:05", "absolute")],
  },
  {
    title: "W15, Q12: raised to 600 minutes at 20:00 it still ends at 60:00, and the next sign-in gets 600",
    settings: { sessionMinutes: 60 },
    steps: [
      save("20:00", { sessionMinutes: 600 }),
      look("20:05", { endsAt: at("60:00") }),
      signIn("20:05"),
      look("20:05", { endsAt: at("620:05") }, 1),
      look("59:59.999", IN),
      look("60:00", "absolute"),
    ],
  },
  {
    title: "W16: the earlier of two browsers ends as evicted, the later browser stays signed in",
    settings: one,
    steps: [signIn("5:00"), look("6:00", "evicted"), look("6:00", IN, 1)],
  },
  {
    title: "W17, C7: of 20 sign-ins in one millisecond only the last lives",
    settings: one,
    steps: [
      ...Array.from({ length: 19 }, () => signIn("0:00")),
      ...Array.from({ length: 19 }, (_, session) => look("0:01", "evicted", session)),
      look("0:01", IN, 19),
    ],
  },
  {
    title: "W18, C8: a 30-day cookie does not bring an evicted session back",
    settings: one,
    first: { persistent: true },
    steps: [signIn("5:00"), look("6:00", "evicted"), look("1000:00", "evicted")],
  },
  {
    title:
      "W20, Q16: with persistence turned off the session ends at its duration, and the cookie with the browser",
    first: { persistent: true },
    steps: [
      save("1:00", { allowPersistentSessions: false }),
      look("29:00", { persistent: false, endsAt: at("30:00") }),
      { at: T + days(2), is: "absolute" },
    ],
  },
  {
    title: "C6: sign-ins of API and embedded sessions evict no browser",
    settings: one,
    steps: [
      signIn("1:00", { kind: "api" }),
      signIn("2:00", { kind: "embed" }),
      look("3:00", IN),
      look("3:00", IN, 1),
    ],
  },
  {
    title: "W21, C12: a second phone ends the first under a limit of one, and other devices stay",
    settings: { ...long, maxSessionsPerUser: 3, maxPhonesPerUser: 1 },
    steps: [
      signIn("1:00", { deviceClass: "phone" }),
      signIn("2:00", { deviceClass: "tablet" }),
      signIn("3:00", { deviceClass: "phone" }),
      look("4:00", IN),
      look("4:00", "evicted", 1),
      look("4:00", IN, 2),
      look("4:00", IN, 3),
    ],
  },
  {
    title: "W22, C13: without a limit of all browsers the sum of the classes is the limit, for every class",
    settings: { ...long, maxDesktopsPerUser: 1, maxPhonesPerUser: 1 },
    first: { deviceClass: "tablet" },
    steps: [
      signIn("1:00", { deviceClass: "tablet" }),
      look("2:00", IN),
      signIn("3:00", { deviceClass: "other" }),
      look("4:00", "evicted"),
      look("4:00", IN, 1),
      look("4:00", IN, 2),
    ],
  },
  {
    title: "W23, C12: a limit of a class that is set later ends the oldest of the class at once",
    settings: long,
    steps: [
      signIn("1:00", { deviceClass: "phone" }),
      signIn("2:00", { deviceClass: "phone" }),
      save("3:00", { maxSessionsPerUser: 50, maxPhonesPerUser: 1 }),
      look("4:00", IN),
      look("4:00", "evicted", 1),
      look("4:00", IN, 2),
    ],
  },
  {
    title: "W24, C15: a session that lost by its class stays ended when the limit is lifted",
    settings: { ...long, maxPhonesPerUser: 1, maxSessionsPerUser: 50 },
    first: { deviceClass: "phone" },
    steps: [
      signIn("1:00", { deviceClass: "phone" }),
      save("2:00", { maxPhonesPerUser: null, maxSessionsPerUser: null }),
      look("3:00", "evicted"),
      look("3:00", IN, 1),
    ],
  },
  {
    title: "W25, C12: a session that loses by its class leaves its place among all to an older session",
    settings: { ...long, maxSessionsPerUser: 2, maxPhonesPerUser: 1 },
    steps: [
      signIn("1:00", { deviceClass: "phone" }),
      signIn("2:00", { deviceClass: "phone" }),
      look("3:00", IN),
      look("3:00", "evicted", 1),
      look("3:00", IN, 2),
    ],
  },
];
