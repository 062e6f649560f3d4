import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { EndReason, Settings, SystemLimits } from "../../src/policy/index.js";
import { anyLimits, settingsChange } from "../harness/policy-arbitraries.js";
import { days, minutes, settingsWith, Site, T } from "../harness/policy-fixtures.js";

/** Time of a step: after the previous step, or relative to the known end. */
type Wait = { readonly ms: number } | { readonly fromTheEnd: number };
type Happening =
  | { readonly what: "request" | "act" | "extend" | "another browser" }
  | { readonly what: "save"; readonly body: Partial<Settings> };
const wait: fc.Arbitrary<Wait> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ ms: fc.integer({ min: 0, max: minutes(12) }) }) },
  {
    weight: 6,
    arbitrary: fc.record({ fromTheEnd: fc.constantFrom(-minutes(2) - 1, -minutes(2), -minutes(1), -1) }),
  },
  { weight: 1, arbitrary: fc.record({ fromTheEnd: fc.constantFrom(0, 1) }) },
  {
    weight: 1,
    arbitrary: fc.record({ ms: fc.constantFrom(0, minutes(15), minutes(29), days(1), days(29)) }),
  },
);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ what: fc.constantFrom("request", "act", "act", "extend", "extend") }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("another browser") }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("save"), body: settingsChange }) },
);

interface History {
  readonly settings: Partial<Settings>;
  readonly limits: SystemLimits;
  readonly persistent: boolean;
  readonly steps: [Wait, Happening][];
}

/** Histories that random runs have found. */
const FOUND: readonly History[] = [
  {
    // An extension at the end of 30 days while persistence was off. Persistence is then on again.
    settings: {},
    limits: { absoluteMinutes: 525_600, idleMinutes: 10 },
    persistent: true,
    steps: [
      [
        { fromTheEnd: -minutes(2) - 1 },
        { what: "save", body: { allowPersistentSessions: false, sessionMinutes: 43_200 } },
      ],
      [{ fromTheEnd: -1 }, { what: "extend" }],
      [{ fromTheEnd: -minutes(2) - 1 }, { what: "save", body: { allowPersistentSessions: true } }],
      [{ ms: 0 }, { what: "request" }],
    ],
  },
];

/**
 * The rules a second time, written from their prose: a list of all ends, each computed alone.
 * It uses no code of the sources.
 */
class Oracle {
  ownEnd: number;
  lastActivity = T;
  lastExtension: number | null = null;
  newer: number[] = [];

  constructor(
    private readonly ticked: boolean,
    private readonly site: Site,
  ) {
    const { allowPersistentSessions, sessionMinutes } = site.settings;
    this.ticked = ticked && allowPersistentSessions; // P2, P4
    this.ownEnd = T + 60_000 * Math.min(this.ticked ? 43_200 : sessionMinutes, site.limits.absoluteMinutes); // D1, Q10
  }

  ends(): { reason: EndReason; at: number }[] {
    const { settings, limits } = this.site;
    const after = (start: number, count: number) => ({
      reason: "absolute" as const,
      at: start + count * 60_000,
    });
    const ends: { reason: EndReason; at: number }[] = [{ reason: "absolute", at: this.ownEnd }]; // D1, P7, Q12
    ends.push(after(T, limits.absoluteMinutes)); // Q10
    const extended = this.lastExtension !== null && !settings.inactivityLogout; // Q15
    if (this.ticked && settings.allowPersistentSessions) {
      ends.push(after(T, 43_200)); // P2, Q9: also for a session that was extended while it was not persistent
    } else {
      // Q12, Q16; in an extension Q13
      const base = after(T, settings.sessionMinutes);
      const extra = after(this.lastExtension ?? T, Math.min(settings.sessionMinutes, 30));
      ends.push(extended && extra.at > base.at ? extra : base);
    }
    if (settings.inactivityLogout) {
      const idle = Math.min(settings.idleMinutes, limits.idleMinutes); // N1, A4
      ends.push({ reason: "idle", at: this.lastActivity + idle * 60_000 });
    }
    const { maxSessionsPerUser } = settings;
    if (maxSessionsPerUser !== null && this.newer.length >= maxSessionsPerUser)
      ends.push({ reason: "evicted", at: this.newer.at(-1) ?? T }); // C2, C11
    return ends;
  }

  passed(now: number): { reason: EndReason; at: number }[] {
    const passed = this.ends().filter((end) => end.at <= now || end.reason === "evicted"); // D2, Q29
    const first = Math.min(...passed.map((end) => end.at));
    return passed.filter((end) => end.at === first);
  }

  /** Returns the end that the session reaches if nothing more happens. */
  next(reasons: readonly EndReason[] = ["absolute", "idle"]): number {
    return Math.min(
      ...this.ends()
        .filter((end) => reasons.includes(end.reason))
        .map((end) => end.at),
    );
  }

  extend(now: number): string {
    const { settings, limits } = this.site;
    const end = this.next(["absolute"]);
    if (settings.inactivityLogout) {
      if (this.next(["idle"]) >= end) return "reauthentication_required"; // N7, N10
      this.lastActivity = Math.max(this.lastActivity, now); // N4
      return "touched";
    }
    if (this.ticked && settings.allowPersistentSessions) return "reauthentication_required"; // Q9
    if (end - now > 120_000) return "too_early"; // Q8
    const limit = T + limits.absoluteMinutes * 60_000;
    if (end === limit) return "reauthentication_required"; // Q10
    const newEnd = Math.min(limit, Math.max(end, now + Math.min(settings.sessionMinutes, 30) * 60_000)); // D5, Q7
    this.ownEnd = Math.max(this.ownEnd, newEnd);
    this.lastExtension = now;
    return "extended";
  }
}

describe("any history of a session", () => {
  const history: fc.Arbitrary<History> = fc.record({
    settings: settingsChange,
    limits: anyLimits,
    persistent: fc.boolean(),
    steps: fc.array(fc.tuple(wait, happening), { minLength: 1, maxLength: 25 }),
  });

  it("D2, N8, P7, Q10: a session lives exactly as long as the rules say, and never again once its end is recorded", () => {
    const seen = new Map<string, number>();
    const note = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
    fc.assert(
      fc.property(history, ({ settings, limits, persistent, steps }) => {
        const site = new Site(settingsWith(), limits);
        site.save(settings);
        const visit = site.signIn(T, { persistent });
        const oracle = new Oracle(persistent, site);
        let now = T;
        for (const [waited, happened] of steps) {
          now = Math.max(now, "ms" in waited ? now + waited.ms : oracle.next() + waited.fromTheEnd);
          if (happened.what === "save") site.save(happened.body);
          if (happened.what === "another browser") oracle.newer.push(site.signIn(now).facts.number);
          const { end } = visit.facts;
          const passed = oracle.passed(now);
          const found =
            happened.what === "extend" ? null : happened.what === "act" ? visit.act(now) : visit.request(now);
          const answer = found ?? visit.extend(now);
          if (end !== null) {
            note("stays ended");
            expect(answer).toEqual({ state: "ended", ...end });
          } else if (passed.length > 0) {
            expect(answer).toMatchObject({ state: "ended" });
            if ("reason" in answer) {
              note(answer.reason);
              expect(passed.map(({ reason }) => reason)).toContain(answer.reason);
            }
          } else if ("outcome" in answer) {
            note(answer.outcome);
            expect(answer.outcome).toBe(oracle.extend(now));
          } else {
            if (happened.what === "act") oracle.lastActivity = now;
            note("lives");
            expect(answer).toMatchObject({
              state: "active",
              endsAt: oracle.next(),
              warnAt: oracle.next() - 120_000,
            });
          }
        }
      }),
      { numRuns: 1_000, examples: FOUND.map((found) => [found]) },
    );
    const everything = ["lives", "stays ended", "absolute", "idle", "evicted"];
    for (const what of [...everything, "extended", "too_early", "touched", "reauthentication_required"])
      expect(seen.get(what) ?? 0, what).toBeGreaterThan(10);
  });
});
