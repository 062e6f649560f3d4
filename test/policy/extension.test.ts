import { describe, expect, it } from "vitest";

import {
  extension,
  type Extension,
  type ExtensionOptions,
  type SessionFacts,
  type Settings,
  type SystemLimits,
} from "../../src/policy/index.js";
import {
  aPersistentSession,
  aSession,
  at,
  days,
  effectiveWith,
  ended,
  minutes,
  Site,
  T,
} from "../harness/policy-fixtures.js";

interface Asked extends ExtensionOptions {
  readonly settings?: Partial<Settings>;
  readonly limits?: Partial<SystemLimits>;
}
const ask = (session: SessionFacts, now: number, { settings, limits, ...options }: Asked = {}): Extension =>
  extension(session, effectiveWith(settings, limits), now, options);
const reauthenticate = { outcome: "reauthentication_required" };

describe("an extension", () => {
  it.each([
    [5, 5],
    [29, 29],
    [30, 30],
    [31, 30],
    [1_440, 30],
    [43_200, 30],
  ])("D5: of a session of %d minutes adds %d from the click", (sessionMinutes, added) => {
    const end = T + minutes(sessionMinutes);
    const limits = { absoluteMinutes: 525_600 };
    const answer = ask(aSession({ expiresAt: end }), end - minutes(1), {
      settings: { sessionMinutes },
      limits,
    });
    const newEnd = end + minutes(added - 1);
    expect(answer).toEqual({ outcome: "extended", expiresAt: newEnd, endsAt: newEnd });
  });

  it("Q29: is granted at two minutes before the end exactly", () => {
    expect(ask(aSession(), at("28:00")).outcome).toBe("extended");
    expect(ask(aSession(), at("27:59.999"))).toEqual({ outcome: "too_early", opensAt: at("28:00") });
  });

  it("Q8: before the warning is refused with the time at which it opens", () => {
    expect(ask(aSession(), at("10:00"))).toEqual({ outcome: "too_early", opensAt: at("28:00") });
    expect(ask(aSession(), at("10:00"), { allowEarly: false }).outcome).toBe("too_early");
  });

  it("Q8: before the warning is granted if the app allows it", () => {
    const answer = ask(aSession(), at("10:00"), { allowEarly: true });
    expect(answer).toEqual({ outcome: "extended", expiresAt: at("40:00"), endsAt: at("40:00") });
  });

  it("Q7: never shortens: an early extension of an hour leaves the hour", () => {
    const session = aSession({ expiresAt: at("60:00") });
    const answer = ask(session, at("10:00"), { allowEarly: true, settings: { sessionMinutes: 60 } });
    expect(answer).toEqual({ outcome: "extended", expiresAt: at("60:00"), endsAt: at("60:00") });
  });

  it("Q7: counts from the click, not from the old end", () => {
    expect(ask(aSession(), at("28:30"))).toMatchObject({ endsAt: at("58:30") });
  });

  it("D6: has the length of the settings at the click", () => {
    expect(ask(aSession(), at("29:00"), { settings: { sessionMinutes: 600 } })).toMatchObject({
      endsAt: at("59:00"),
    });
    const short = aSession({ expiresAt: at("10:00") });
    expect(ask(short, at("9:00"), { settings: { sessionMinutes: 20 } })).toMatchObject({
      endsAt: at("29:00"),
    });
  });

  it("D6: of a session whose duration was lowered counts from its live end, and keeps its own end", () => {
    const session = aSession({ expiresAt: at("60:00") });
    const lowered = { settings: { sessionMinutes: 20 } };
    expect(ask(session, at("17:00"), lowered)).toEqual({ outcome: "too_early", opensAt: at("18:00") });
    expect(ask(session, at("19:00"), lowered)).toEqual({
      outcome: "extended",
      expiresAt: at("60:00"),
      endsAt: at("39:00"),
    });
  });

  it("D7: can be repeated, each time two minutes before the end", () => {
    const visit = new Site().signIn(T);
    let end = at("30:00");
    for (let count = 1; count <= 50; count++) {
      expect(visit.extend(end - minutes(2) - 1)).toEqual({ outcome: "too_early", opensAt: end - minutes(2) });
      end += minutes(28);
      expect(visit.extend(end - minutes(30))).toMatchObject({ outcome: "extended", endsAt: end });
      expect(visit.facts.extendedCount).toBe(count);
    }
    expect(ended(visit.facts, end).reason).toBe("absolute");
  });

  it("D8: moves only the end", () => {
    const session = Object.freeze(aSession());
    expect(Object.keys(ask(session, at("29:00"))).toSorted()).toEqual(["endsAt", "expiresAt", "outcome"]);
    expect(session).toEqual(aSession());
  });

  it("D11: after the end is refused by the verdict, with the reason", () => {
    const visit = new Site().signIn(T);
    expect(visit.extend(at("30:00"))).toMatchObject({ state: "ended", reason: "absolute" });
    expect(visit.facts).toMatchObject({ expiresAt: at("30:00"), extendedAt: null });
  });
});

describe("when more time needs a new authentication", () => {
  it("Q9: a persistent session is not extendable at its end", () => {
    expect(ask(aPersistentSession(), T + days(30) - minutes(1))).toEqual(reauthenticate);
    expect(ask(aPersistentSession(), at("1:00"), { allowEarly: true })).toEqual(reauthenticate);
  });

  it("Q16: a once persistent session is extendable when persistence is off", () => {
    const answer = ask(aPersistentSession(), at("29:00"), { settings: { allowPersistentSessions: false } });
    expect(answer).toMatchObject({ outcome: "extended", endsAt: at("59:00") });
  });

  it("N13: API and embedded sessions are not extendable", () => {
    expect(ask(aSession({ kind: "api" }), at("29:00"))).toEqual(reauthenticate);
    expect(ask(aSession({ kind: "embed" }), at("29:00"))).toEqual(reauthenticate);
  });

  it("Q10: an extension reaches the system limit but never passes it", () => {
    const limits = { absoluteMinutes: 45 };
    expect(ask(aSession(), at("29:00"), { limits })).toMatchObject({
      outcome: "extended",
      endsAt: at("45:00"),
    });
    expect(ask(aSession(), at("10:00"), { limits, allowEarly: true })).toMatchObject({ endsAt: at("40:00") });
  });

  it("Q10: by default the limit is 30 days from the last authentication", () => {
    const end = T + days(30);
    const late = aSession({ expiresAt: end - minutes(10), extendedAt: end - minutes(38) });
    expect(ask(late, end - minutes(11))).toMatchObject({ outcome: "extended", endsAt: end });
    const again = { ...late, signedInAt: T + days(1) };
    expect(ask(again, end - minutes(11))).toMatchObject({ endsAt: end + minutes(19) });
  });

  it("Q10: at the system limit nothing is extended", () => {
    const limits = { absoluteMinutes: 30 };
    expect(ask(aSession(), at("29:00"), { limits })).toEqual(reauthenticate);
  });

  it("Q10: at the system limit nothing is extended early either", () => {
    const limits = { absoluteMinutes: 30 };
    expect(ask(aSession(), at("29:00"), { limits, allowEarly: true })).toEqual(reauthenticate);
    expect(ask(aSession(), at("10:00"), { limits, allowEarly: true })).toEqual(reauthenticate);
  });
});

describe("with inactivity logout on", () => {
  const settings = { inactivityLogout: true, sessionMinutes: 300 } as const;
  const session = (lastActivityAt: number) => aSession({ expiresAt: at("300:00"), lastActivityAt });

  it("N4: asking for more time only counts as activity", () => {
    expect(ask(session(T), at("14:00"), { settings })).toEqual({ outcome: "touched" });
    expect(ask(session(T), at("1:00"), { settings })).toEqual({ outcome: "touched" });
  });

  it("N7: the absolute deadline cannot be extended", () => {
    expect(ask(session(at("297:00")), at("299:00"), { settings })).toEqual(reauthenticate);
    expect(ask(session(at("297:00")), at("299:00"), { settings, allowEarly: true })).toEqual(reauthenticate);
  });

  it("N10: a touch cannot help if both deadlines coincide", () => {
    expect(ask(session(at("285:00")), at("299:00"), { settings })).toEqual(reauthenticate);
    expect(ask(session(at("284:59.999")), at("299:00"), { settings })).toEqual({ outcome: "touched" });
  });
});
