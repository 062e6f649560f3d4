import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  applyRule,
  CLASS_LIMIT_NAMES,
  deadlines,
  DEFAULT_LIMITS,
  DEFAULT_SETTINGS,
  effectiveSettings,
  explainSettings,
  strictest,
  totalLimit,
  verdict,
  type RuleSettings,
  type SessionFacts,
  type Settings,
} from "../../src/policy/index.js";
import { duration } from "../harness/policy-arbitraries.js";
import { aPersistentSession, aSession, aUser, minutes, settingsWith, T } from "../harness/policy-fixtures.js";

const ruleBody = fc.record(
  {
    allowPersistentSessions: fc.boolean(),
    sessionMinutes: duration,
    maxSessionsPerUser: fc.option(fc.integer({ min: 1, max: 5 })),
    ...Object.fromEntries(CLASS_LIMIT_NAMES.map((name) => [name, fc.option(fc.integer({ min: 1, max: 5 }))])),
    whenLimitReached: fc.constantFrom("end_oldest" as const, "refuse_newest" as const),
    inactivityLogout: fc.boolean(),
    idleMinutes: fc.integer({ min: 1, max: 90 }),
  },
  { requiredKeys: [] },
);
const rule = ruleBody.map((body): RuleSettings => applyRule(body).settings);
const general = fc
  .tuple(ruleBody, fc.boolean())
  .map(([body, trackLocation]): Settings => settingsWith({ ...body, trackLocation }));
const minutesAfter = fc.integer({ min: 0, max: 43_000 }).map((count) => T + minutes(count));
const session = fc
  .record({
    persistent: fc.boolean(),
    extended: fc.option(minutesAfter),
    active: minutesAfter,
    life: duration,
  })
  .map(({ persistent, extended, active, life }): SessionFacts => {
    const facts = { lastActivityAt: active, extendedAt: extended, expiresAt: T + minutes(life) };
    return persistent ? aPersistentSession({ lastActivityAt: active }) : aSession(facts);
  });

const inForce = (settings: Settings, rules: readonly RuleSettings[]) =>
  effectiveSettings(strictest(settings, rules), DEFAULT_LIMITS);

const endOf = (facts: SessionFacts, settings: Settings, rules: readonly RuleSettings[]): number => {
  const { absoluteAt, idleAt } = deadlines(facts, inForce(settings, rules));
  return Math.min(absoluteAt, idleAt ?? Infinity);
};

describe("several rules for one session", () => {
  it("gives no session more time than any one of them allows", () => {
    fc.assert(
      fc.property(session, general, fc.array(rule, { maxLength: 5 }), (facts, settings, rules) => {
        const together = endOf(facts, settings, rules);
        expect(together).toBeLessThanOrEqual(endOf(facts, settings, []));
        for (const each of rules) expect(together).toBeLessThanOrEqual(endOf(facts, settings, [each]));
      }),
      { numRuns: 3_000 },
    );
  });

  it("allows no more browsers than any one of them, and refuses if one refuses", () => {
    const browsers = (settings: Settings) => totalLimit(settings) ?? Infinity;
    fc.assert(
      fc.property(general, fc.array(rule, { maxLength: 5 }), (settings, rules) => {
        const together = strictest(settings, rules);
        for (const alone of [settings, ...rules.map((each) => strictest(settings, [each]))]) {
          expect(browsers(together)).toBeLessThanOrEqual(browsers(alone));
          for (const name of CLASS_LIMIT_NAMES)
            expect(together[name] ?? Infinity).toBeLessThanOrEqual(alone[name] ?? Infinity);
          if (alone.whenLimitReached === "refuse_newest")
            expect(together.whenLimitReached).toBe("refuse_newest");
        }
      }),
    );
  });

  it("C13: sums the classes of each source alone, so that a rule for a further class adds no browsers", () => {
    const settings = settingsWith({ maxDesktopsPerUser: 2 });
    const rules = [{ maxPhonesPerUser: 3 }, { maxPhonesPerUser: 1, maxTabletsPerUser: 4 }];
    expect(strictest(settings, rules)).toMatchObject({
      ...{ maxSessionsPerUser: 2, maxDesktopsPerUser: 2, maxPhonesPerUser: 1, maxTabletsPerUser: 4 },
    });
  });

  it("has the same result in every order", () => {
    fc.assert(
      fc.property(general, fc.array(rule, { minLength: 2, maxLength: 5 }), (settings, rules) => {
        expect(strictest(settings, rules.toReversed())).toEqual(strictest(settings, rules));
      }),
    );
  });

  it("is not undone by any order of changes: a session never outlives the rules in force at a request", () => {
    const step = fc.record({
      rules: fc.array(rule, { maxLength: 3 }),
      wait: fc.integer({ min: 1, max: 400 }),
    });
    fc.assert(
      fc.property(general, fc.array(step, { minLength: 1, maxLength: 6 }), (settings, steps) => {
        const facts = aSession({ expiresAt: T + minutes(settings.sessionMinutes) });
        let now = T;
        let lives = true;
        for (const { rules, wait } of steps) {
          now += minutes(wait);
          const judged = verdict(facts, aUser(), inForce(settings, rules), now);
          const allowed = [settings, ...rules].every((each) => now < endOf(facts, settings, [each]));
          if (!allowed) expect(judged.state).toBe("ended");
          lives &&= judged.state === "active";
          // The end that a request finds is recorded, so later rules do not revive the session.
          if (!lives) break;
          expect(judged).toMatchObject({ endsAt: endOf(facts, settings, rules) });
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("the idle time", () => {
  it("of the general settings does not count while their inactivity logout is off", () => {
    const settings = settingsWith({ inactivityLogout: false, idleMinutes: 5 });
    const admins = applyRule({ inactivityLogout: true, idleMinutes: 30 }).settings;
    expect(strictest(settings, [admins])).toMatchObject({ inactivityLogout: true, idleMinutes: 30 });
  });

  it("is the lowest of all that have one", () => {
    const settings = settingsWith({ inactivityLogout: true, idleMinutes: 20 });
    expect(strictest(settings, [{ idleMinutes: 30 }]).idleMinutes).toBe(20);
    expect(strictest(settings, [{ idleMinutes: 10 }, { idleMinutes: 12 }]).idleMinutes).toBe(10);
  });
});

describe("saving a rule", () => {
  it("I1, I2: inactivity logout forbids persistent sessions, sets one day and has its own idle time", () => {
    expect(applyRule({ inactivityLogout: true }).settings).toEqual({
      inactivityLogout: true,
      allowPersistentSessions: false,
      sessionMinutes: 1_440,
      idleMinutes: 15,
    });
  });

  it("I3, I5: keeps a duration of 15 to 1,440 minutes, and reports a replaced one", () => {
    expect(applyRule({ inactivityLogout: true, sessionMinutes: 480 }).settings.sessionMinutes).toBe(480);
    const { settings, coercions } = applyRule({ inactivityLogout: true, sessionMinutes: 10 });
    expect(settings.sessionMinutes).toBe(1_440);
    expect(coercions).toEqual([{ field: "sessionMinutes", saved: 1_440, because: "inactivity_logout" }]);
  });

  it("leaves out values that limit nothing", () => {
    const settings = { allowPersistentSessions: true, maxSessionsPerUser: null, inactivityLogout: false };
    expect(applyRule({ ...settings, whenLimitReached: "end_oldest" }).settings).toEqual({});
  });
});

describe("explaining", () => {
  const admins = { for: { role: "admin" }, settings: applyRule({ inactivityLogout: true }).settings };
  const acme = { for: { tenant: "acme" }, settings: { sessionMinutes: 600, maxSessionsPerUser: 1 } };

  it("names the rule that gave each value", () => {
    const everyone = { ...DEFAULT_SETTINGS, sessionMinutes: 43_200 };
    const { effective, sources } = explainSettings(everyone, [acme, admins], DEFAULT_LIMITS);
    expect(effective).toMatchObject({ sessionMinutes: 600, idleMinutes: 15, maxSessionsPerUser: 1 });
    expect(sources).toEqual({
      allowPersistentSessions: { from: "rule", for: { role: "admin" } },
      sessionMinutes: { from: "rule", for: { tenant: "acme" } },
      maxSessionsPerUser: { from: "rule", for: { tenant: "acme" } },
      maxDesktopsPerUser: { from: "general" },
      maxPhonesPerUser: { from: "general" },
      maxTabletsPerUser: { from: "general" },
      maxOtherDevicesPerUser: { from: "general" },
      whenLimitReached: { from: "general" },
      inactivityLogout: { from: "rule", for: { role: "admin" } },
      idleMinutes: { from: "rule", for: { role: "admin" } },
      trackLocation: { from: "general" },
    });
  });

  it("C13: names the source of a limit of all browsers that is a sum of classes", () => {
    const phones = { for: { role: "guest" }, settings: { maxPhonesPerUser: 1 } };
    const classes = settingsWith({ maxDesktopsPerUser: 1, maxPhonesPerUser: 2 });
    const general = explainSettings(classes, [], DEFAULT_LIMITS);
    expect([general.effective.maxSessionsPerUser, general.sources.maxSessionsPerUser]).toEqual([
      3,
      { from: "general" },
    ]);
    const { effective, sources } = explainSettings(classes, [phones], DEFAULT_LIMITS);
    expect(effective).toMatchObject({ maxSessionsPerUser: 1, maxPhonesPerUser: 1, maxDesktopsPerUser: 1 });
    expect(sources).toMatchObject({
      maxSessionsPerUser: { from: "rule", for: { role: "guest" } },
      maxPhonesPerUser: { from: "rule", for: { role: "guest" } },
      maxDesktopsPerUser: { from: "general" },
    });
  });

  it("A4: names a limit of the app that is stricter than all rules", () => {
    const limits = { absoluteMinutes: 300, idleMinutes: 10 };
    const { effective, sources } = explainSettings(
      settingsWith({ sessionMinutes: 900 }),
      [acme, admins],
      limits,
    );
    expect(effective).toMatchObject({ sessionMinutes: 300, idleMinutes: 10 });
    expect(sources.sessionMinutes).toEqual({ from: "limits.absoluteMinutes" });
    expect(sources.idleMinutes).toEqual({ from: "limits.idleMinutes" });
  });
});
