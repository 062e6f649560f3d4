import { describe, expect, it } from "vitest";

import {
  reportedActivityAt,
  signInTerms,
  type Settings,
  type SignInRequest,
  type SignInTerms,
  type SystemLimits,
} from "../../src/policy/index.js";
import { at, days, judge, aSession, effectiveWith, minutes, T } from "../harness/policy-fixtures.js";

const terms = (
  request: Partial<SignInRequest>,
  settings: Partial<Settings> = {},
  limits: Partial<SystemLimits> = {},
): SignInTerms =>
  signInTerms(
    { kind: "browser", persistent: false, lifetimeMinutes: null, ...request },
    effectiveWith(settings, limits),
    T,
  );

describe("the terms of a new session", () => {
  it.each([5, 30, 1_440, 43_200])(
    "D1: with a duration of %d minutes it ends that long after sign-in",
    (sessionMinutes) => {
      expect(terms({}, { sessionMinutes })).toEqual({
        persistent: false,
        expiresAt: T + minutes(sessionMinutes),
      });
    },
  );

  it("P2, P3: with the box ticked it ends 30 days after sign-in, regardless of the duration", () => {
    const thirtyDays = { persistent: true, expiresAt: T + days(30) };
    expect(terms({ persistent: true }, { sessionMinutes: 5 })).toEqual(thirtyDays);
    expect(terms({ persistent: true }, { sessionMinutes: 43_200 })).toEqual(thirtyDays);
  });

  it("P4: a forged tick is ignored while the option is off", () => {
    const answer = terms({ persistent: true }, { allowPersistentSessions: false });
    expect(answer).toEqual({ persistent: false, expiresAt: at("30:00") });
  });

  it("P5: without the option every session ends at the session duration", () => {
    const off = { allowPersistentSessions: false, sessionMinutes: 60 };
    expect(terms({ persistent: true }, off)).toEqual(terms({ persistent: false }, off));
  });

  it("P2: API and embedded sessions are never persistent", () => {
    expect(terms({ kind: "api", persistent: true }).persistent).toBe(false);
    expect(terms({ kind: "embed", persistent: true }).persistent).toBe(false);
  });

  it("Q25: API sessions last an hour and embedded sessions five minutes, regardless of the duration", () => {
    expect(terms({ kind: "api" }, { sessionMinutes: 5 }).expiresAt).toBe(at("60:00"));
    expect(terms({ kind: "embed" }, { sessionMinutes: 300 }).expiresAt).toBe(at("5:00"));
  });

  it("Q25: the app's own lifetime replaces that default, longer or shorter", () => {
    for (const kind of ["api", "embed"] as const) {
      expect(terms({ kind, lifetimeMinutes: 1 }).expiresAt).toBe(at("1:00"));
      expect(terms({ kind, lifetimeMinutes: 10_080 }).expiresAt).toBe(T + days(7));
    }
  });

  it("Q25: the app's own lifetime can only shorten a browser's session", () => {
    expect(terms({ lifetimeMinutes: 10 }).expiresAt).toBe(at("10:00"));
    expect(terms({ lifetimeMinutes: 31 }).expiresAt).toBe(at("30:00"));
    expect(terms({ persistent: true, lifetimeMinutes: 1_440 })).toEqual({
      persistent: true,
      expiresAt: T + days(1),
    });
  });

  it("Q10: no session passes the system limit", () => {
    const limits = { absoluteMinutes: 20 };
    expect(terms({}, {}, limits).expiresAt).toBe(at("20:00"));
    expect(terms({ persistent: true }, {}, limits).expiresAt).toBe(at("20:00"));
    expect(terms({ kind: "api", lifetimeMinutes: 600 }, {}, limits).expiresAt).toBe(at("20:00"));
    expect(terms({ kind: "embed", lifetimeMinutes: Infinity }, {}, limits).expiresAt).toBe(at("20:00"));
  });

  it("A4: a duration above the plan's limit is the limit", () => {
    expect(terms({}, { sessionMinutes: 60_000 }).expiresAt).toBe(T + days(30));
    expect(terms({}, { sessionMinutes: 60_000 }, { absoluteMinutes: 525_600 }).expiresAt).toBe(
      T + minutes(60_000),
    );
  });

  it("F2: an own lifetime that is not a number gives a session that is over", () => {
    for (const kind of ["browser", "api", "embed"] as const) {
      const { expiresAt } = terms({ kind, lifetimeMinutes: NaN });
      expect(judge(aSession({ kind, expiresAt }), T).state).toBe("ended");
    }
  });

  it("Q28: counts from the given time", () => {
    const request = { kind: "browser", persistent: false, lifetimeMinutes: null } as const;
    expect(signInTerms(request, effectiveWith(), 1_000).expiresAt).toBe(1_801_000);
  });
});

describe("activity that a browser reports", () => {
  const now = at("10:00");

  it("N2: lies as far back as the browser says", () => {
    expect(reportedActivityAt(30_000, T, now)).toBe(at("9:30"));
    expect(reportedActivityAt(0, T, now)).toBe(now);
  });

  it("N2: is never in the future, even if the browser says so", () => {
    expect(reportedActivityAt(-60_000, T, now)).toBe(now);
    expect(reportedActivityAt(-Infinity, T, now)).toBe(now);
  });

  it("N2: never takes back known activity", () => {
    expect(reportedActivityAt(minutes(11), at("5:00"), now)).toBe(at("5:00"));
    expect(reportedActivityAt(Infinity, at("5:00"), now)).toBe(at("5:00"));
    expect(reportedActivityAt(0, at("10:01"), now)).toBe(at("10:01"));
  });

  it("F2: is ignored if it is not a number", () => {
    expect(reportedActivityAt(NaN, at("5:00"), now)).toBe(at("5:00"));
    expect(reportedActivityAt(0, at("5:00"), NaN)).toBe(at("5:00"));
  });

  it("F2: does not repair a damaged stamp", () => {
    expect(reportedActivityAt(0, NaN, now)).toBeNaN();
  });
});
