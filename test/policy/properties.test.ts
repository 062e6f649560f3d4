import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  deadlines,
  effectiveSettings,
  extension,
  limitAt,
  signInTerms,
  type Settings,
} from "../../src/policy/index.js";
import { anyLimits, anySettings, duration, settingsChange } from "../harness/policy-arbitraries.js";
import { aSession, days, minutes, save, settingsWith, Site, T } from "../harness/policy-fixtures.js";

describe("any sequence of saved settings", () => {
  const hostile = fc.dictionary(
    fc.constantFrom("allowPersistentSessions", "sessionMinutes", "inactivityLogout", "can", "__proto__"),
    fc.oneof(fc.boolean(), fc.integer({ min: 0, max: 50_000 }), fc.constantFrom(null, "30", NaN, 30.5)),
  );
  const patches = fc.array(fc.oneof(settingsChange, settingsChange, hostile), { maxLength: 12 });

  it("I10: leaves them consistent after every step", () => {
    fc.assert(
      fc.property(patches, (bodies) => {
        let settings = settingsWith();
        for (const body of bodies) {
          settings = save(settings, body).settings;
          expect(settings.sessionMinutes).toBeGreaterThanOrEqual(settings.inactivityLogout ? 15 : 5);
          expect(settings.sessionMinutes).toBeLessThanOrEqual(settings.inactivityLogout ? 1_440 : 43_200);
          expect(settings.inactivityLogout && settings.allowPersistentSessions).toBe(false);
          expect(Object.keys(settings).toSorted()).toEqual(Object.keys(settingsWith()).toSorted());
        }
      }),
      { numRuns: 400 },
    );
  });

  it("I11: gives the same result for every order of each body's fields", () => {
    const shuffled = patches.chain((bodies) =>
      fc.tuple(
        fc.constant(bodies),
        fc.tuple(
          ...bodies.map((body) => {
            const entries = Object.entries(body);
            return fc
              .shuffledSubarray(entries, { minLength: entries.length })
              .map((all) => Object.fromEntries(all));
          }),
        ),
      ),
    );
    const outcome = (bodies: readonly Readonly<Record<string, unknown>>[]): Settings =>
      bodies.reduce((settings, body) => save(settings, body).settings, settingsWith());
    fc.assert(
      fc.property(shuffled, ([written, reordered]) => {
        expect(outcome(reordered)).toEqual(outcome(written));
      }),
      { numRuns: 300 },
    );
  });

  it("I9: gives the same result when saved twice", () => {
    fc.assert(
      fc.property(anySettings, settingsChange, (before, body) => {
        const once = save(before, body).settings;
        expect(save(once, body).settings).toEqual(once);
      }),
      { numRuns: 300 },
    );
  });
});

describe("any extension", () => {
  it("Q7, Q10: never shortens a session and never passes the system limit", () => {
    const asked = fc.record({
      settings: anySettings,
      limits: anyLimits,
      ownMinutes: duration,
      extendedAfter: fc.option(fc.integer({ min: 0, max: 43_200 })),
      sinceMs: fc.integer({ min: 0, max: days(31) }),
      nearTheEnd: fc.boolean(),
      persistent: fc.boolean(),
      allowEarly: fc.boolean(),
    });
    let granted = 0;
    fc.assert(
      fc.property(
        asked,
        ({ settings, limits, ownMinutes, extendedAfter, sinceMs, nearTheEnd, persistent, allowEarly }) => {
          const extendedAt = extendedAfter === null ? null : T + minutes(extendedAfter);
          const session = aSession({
            expiresAt: (extendedAt ?? T) + minutes(ownMinutes),
            extendedAt,
            persistent,
          });
          const effective = effectiveSettings(settings, limits);
          const { absoluteAt } = deadlines(session, effective);
          const now = nearTheEnd ? absoluteAt - (sinceMs % minutes(2)) - 1 : T + sinceMs;
          fc.pre(now < absoluteAt && now >= (extendedAt ?? T));
          const answer = extension(session, effective, now, { allowEarly });
          if (answer.outcome !== "extended") return;
          granted++;
          const { expiresAt } = answer;
          const after = deadlines({ ...session, expiresAt, extendedAt: now }, effective).absoluteAt;
          expect(after).toBe(answer.endsAt);
          expect(after).toBeGreaterThanOrEqual(absoluteAt);
          expect(after).toBeLessThanOrEqual(limitAt(session, effective));
          expect(expiresAt).toBeGreaterThanOrEqual(session.expiresAt);
          if (!allowEarly) expect(after).toBeGreaterThan(absoluteAt);
        },
      ),
      { numRuns: 600 },
    );
    expect(granted).toBeGreaterThan(50);
  });
});

describe("any raise of the session duration", () => {
  it("Q12: never lengthens an open session, extended or not", () => {
    fc.assert(
      fc.property(
        anySettings,
        anyLimits,
        duration,
        fc.boolean(),
        fc.boolean(),
        (settings, limits, raised, persistent, extend) => {
          const site = new Site(settings, limits);
          const visit = site.signIn(T, { persistent });
          const before = deadlines(visit.facts, effectiveSettings(settings, limits)).absoluteAt;
          if (extend) visit.extend(before - minutes(1));
          const end = deadlines(visit.facts, effectiveSettings(settings, limits)).absoluteAt;
          const sessionMinutes = Math.max(settings.sessionMinutes, raised);
          const now = deadlines(
            visit.facts,
            effectiveSettings({ ...settings, sessionMinutes }, limits),
          ).absoluteAt;
          expect(now).toBe(end);
        },
      ),
      { numRuns: 400 },
    );
  });

  it("Q12: never lengthens a session past its own end, regardless of the other settings saved", () => {
    fc.assert(
      fc.property(
        anySettings,
        anySettings,
        anyLimits,
        anyLimits,
        fc.boolean(),
        (first, second, limits, otherLimits, persistent) => {
          const { facts } = new Site(first, limits).signIn(T, { persistent });
          expect(deadlines(facts, effectiveSettings(second, otherLimits)).absoluteAt).toBeLessThanOrEqual(
            facts.expiresAt,
          );
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("any lifetime that an app names", () => {
  it("Q25: ends a session on a whole millisecond, after its sign-in and within the system limit", () => {
    const lifetimeMinutes = fc.oneof(
      fc.double({ min: Number.MIN_VALUE, noNaN: true }),
      fc.double({ min: 1e-9, max: 1e6, noNaN: true }),
      fc.constantFrom(1 / 7, 100 / 7, 0.1 + 0.2, Infinity),
    );
    const kind = fc.constantFrom("browser", "api", "embed");
    fc.assert(
      fc.property(
        kind,
        lifetimeMinutes,
        fc.boolean(),
        anySettings,
        anyLimits,
        (kind, own, persistent, settings, limits) => {
          const request = { kind, persistent, lifetimeMinutes: own };
          const { expiresAt } = signInTerms(request, effectiveSettings(settings, limits), T);
          expect(Number.isInteger(expiresAt)).toBe(true);
          expect(expiresAt).toBeGreaterThan(T);
          expect(expiresAt).toBeLessThanOrEqual(T + minutes(limits.absoluteMinutes));
        },
      ),
      { numRuns: 400 },
    );
  });
});
