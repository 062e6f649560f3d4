import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ceilingOf,
  effectiveSettings,
  extension,
  signInTerms,
  type SessionFacts,
} from "../../src/policy/index.js";
import {
  active,
  aPersistentSession,
  aSession,
  at,
  days,
  effectiveWith,
  ended,
  judge,
  limitsWith,
  minutes,
  settingsWith,
  T,
} from "../harness/policy-fixtures.js";

const tenMinutes = (changes: Partial<SessionFacts> = {}): SessionFacts =>
  aSession({ ceilingAt: at("10:00"), expiresAt: at("10:00"), ...changes });

describe("M9: the app's own limit for a session", () => {
  it("is the earlier of its lifetime and its end", () => {
    expect(ceilingOf(null, null, T)).toBeNull();
    expect(ceilingOf(10, null, T)).toBe(at("10:00"));
    expect(ceilingOf(null, at("5:00"), T)).toBe(at("5:00"));
    expect(ceilingOf(10, at("5:00"), T)).toBe(at("5:00"));
    expect(ceilingOf(10, at("15:00"), T)).toBe(at("10:00"));
    expect(ceilingOf(Number.MAX_VALUE, null, T)).toBe(8.64e15);
  });

  it("is a whole millisecond, also where the claim of an identity provider has a fraction", () => {
    expect(ceilingOf(null, at("5:00") + 0.5, T)).toBe(at("5:00"));
    expect(ceilingOf(10, at("5:00") + 0.5, T)).toBe(at("5:00"));
    expect(ceilingOf(10, at("15:00") + 0.5, T)).toBe(at("10:00"));
  });

  it("shortens the terms of every kind, and lengthens none", () => {
    const terms = (kind: SessionFacts["kind"], ceilingAt: number) =>
      signInTerms({ kind, persistent: false, lifetimeMinutes: null, ceilingAt }, effectiveWith(), T)
        .expiresAt;
    expect(["browser", "api", "embed"].map((kind) => terms(kind as "api", at("3:00")))).toEqual(
      Array(3).fill(at("3:00")),
    );
    expect(terms("browser", at("90:00"))).toBe(at("30:00"));
  });

  it("ends the session exactly then, although the session's own end is later", () => {
    const session = tenMinutes({ expiresAt: at("30:00") });
    expect(active(session, at("9:59.999")).endsAt).toBe(at("10:00"));
    expect(ended(session, at("10:00"))).toMatchObject({ reason: "absolute", at: at("10:00") });
  });

  it.each<[string, SessionFacts, object]>([
    ["a plain session", tenMinutes(), {}],
    ["a persistent session", aPersistentSession({ ceilingAt: at("10:00") }), {}],
    ["a session with inactivity logout", tenMinutes(), { inactivityLogout: true, sessionMinutes: 300 }],
  ])(
    "offers a new sign-in to %s, and neither an extension nor a re-authentication",
    (_title, session, changes) => {
      const settings = effectiveWith(changes);
      expect(active(session, at("9:00"), { settings })).toMatchObject({
        action: "sign_in",
        limit: "absolute",
      });
      expect(extension(session, settings, at("9:00"))).toEqual({ outcome: "sign_in_required" });
    },
  );

  it("lets an extension reach the limit but not pass it", () => {
    const session = aSession({ ceilingAt: at("40:00") });
    expect(active(session, at("29:00")).action).toBe("extend");
    const granted = extension(session, effectiveWith(), at("29:00"));
    expect(granted).toEqual({ outcome: "extended", expiresAt: at("40:00"), endsAt: at("40:00") });
  });

  it("leaves idle logout and the system limit unchanged", () => {
    const settings = settingsWith({ inactivityLogout: true, sessionMinutes: 300, idleMinutes: 15 });
    const idle = aSession({ ceilingAt: at("100:00"), expiresAt: at("100:00") });
    expect(active(idle, at("13:00"), { settings })).toMatchObject({ action: "stay", endsAt: at("15:00") });
    const limited = aSession({ ceilingAt: at("100:00"), expiresAt: at("60:00"), extendedAt: at("30:00") });
    const limits = limitsWith({ absoluteMinutes: 60 });
    expect(active(limited, at("59:00"), { limits }).action).toBe("reauthenticate");
  });

  it("offers programs no action, and ends a session whose limit is not a number", () => {
    expect(active(tenMinutes({ kind: "api" }), at("9:00")).action).toBe("none");
    expect(ended(tenMinutes({ ceilingAt: Number.NaN }), at("1:00")).reason).toBe("unknown");
  });

  it("is never passed by settings, limits, extensions or sign-ins (property)", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 0, max: 100_000 }),
        fc.integer({ min: 5, max: 43_200 }),
        fc.boolean(),
        fc.boolean(),
        (ceilingMinutes, nowMinutes, sessionMinutes, persistent, inactivityLogout) => {
          const ceilingAt = T + minutes(ceilingMinutes);
          const now = T + minutes(nowMinutes);
          const settings = settingsWith({ sessionMinutes, inactivityLogout });
          const limits = limitsWith({ absoluteMinutes: 525_600 });
          const session = aSession({ ceilingAt, persistent, expiresAt: T + days(365), lastActivityAt: now });
          const judged = judge(session, now, { settings, limits });
          if (judged.state === "ended") return;
          expect(judged.endsAt).toBeLessThanOrEqual(ceilingAt);
          const granted = extension(session, effectiveSettings(settings, limits), now, { allowEarly: true });
          if (granted.outcome === "extended") expect(granted.endsAt).toBeLessThanOrEqual(ceilingAt);
        },
      ),
    );
  });
});
