/** Random histories of sign-ins from made-up devices, on a real Redis (rules C12 to C15). */
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseOptions } from "../../src/options.js";
import {
  CLASS_LIMITS,
  DEVICE_CLASSES,
  totalLimit,
  type DeviceClass,
  type SettingsPatch,
} from "../../src/policy/index.js";
import { browserKeyOf } from "../../src/state/keys.js";
import { openStorage } from "../../src/state/open-storage.js";
import { newRef, newSecret } from "../../src/state/session-id.js";
import { endSession } from "../../src/state/sessions/end-session.js";
import { inspectAll, listSessions } from "../../src/state/sessions/list-sessions.js";
import { openSession } from "../../src/state/sessions/open-session.js";
import { verdictsOf } from "../../src/state/sessions/verdicts.js";
import { updateSettings } from "../../src/state/settings/settings-store.js";
import type { Storage } from "../../src/state/storage.js";
import { T } from "../harness/policy-fixtures.js";
import { appRedis, freshPrefix } from "../harness/redis.js";

type Step =
  | { readonly signIn: DeviceClass; readonly fromBrowser: number }
  | { readonly signOut: number }
  | { readonly save: SettingsPatch };

const limit = fc.constantFrom(null, 1, 2, 3);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      signIn: fc.constantFrom(...DEVICE_CLASSES),
      // The highest number is another browser each time.
      fromBrowser: fc.constantFrom(0, 1, 9, 9, 9),
    }),
  },
  { weight: 1, arbitrary: fc.record({ signOut: fc.nat(5) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      save: fc.record({
        maxSessionsPerUser: fc.constantFrom(null, 1, 2, 4),
        maxDesktopsPerUser: limit,
        maxPhonesPerUser: limit,
        maxTabletsPerUser: limit,
        whenLimitReached: fc.constantFrom("end_oldest" as const, "refuse_newest" as const),
      }),
    }),
  },
);

async function signIn(storage: Storage, deviceClass: DeviceClass, fromBrowser: number): Promise<string> {
  const ref = newRef();
  const { replaced, now } = await openSession(storage, {
    ...{ ref, secretHash: newSecret().secretHash, userId: "ann", kind: "browser", persistent: true },
    ...{ lifetimeMinutes: null, endsAt: null, authenticatedAt: null, credentialsType: null, labels: {} },
    ...{ agent: { browser: null, operatingSystem: null }, ip: null, sendsUser: false, data: "{}" },
    browserKey: browserKeyOf(fromBrowser === 9 ? randomUUID() : `browser ${String(fromBrowser)}`),
    deviceClass,
    locate: () => Promise.resolve({ city: null, state: null, country: null }),
  });
  // As `curfew.signIn` does (rule C3).
  await Promise.all(replaced.map((each) => endSession(storage, each, { reason: "signed_out", at: now })));
  return ref;
}

/** Returns the refs of living sessions, as requests with their cookies would find them. */
async function livingAmong(storage: Storage, refs: readonly string[]): Promise<string[]> {
  const found = await inspectAll(storage, refs);
  const verdicts = await verdictsOf(storage, found, storage.settings.current.inForce);
  return found.filter((_each, index) => verdicts[index]?.state === "active").map(({ ref }) => ref);
}

describe("any history of sign-ins, sign-outs and changed limits", () => {
  it("C12, C13, C15: keeps every limit, revives no session and never refuses the newest under end_oldest", async () => {
    const seen = { refused: 0, ended: 0, byClass: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 25 }), async (steps) => {
        let now = T;
        const prefix = freshPrefix("curfew");
        const options = { prefix, sessionPrefix: `${prefix}sess:`, clock: () => now, log: () => undefined };
        const opened = openStorage(parseOptions({ redis: await appRedis(), ...options }));
        onTestFinished(() => opened.close());
        const { storage } = opened;
        storage.events.on("ended", (event) => {
          if (event.reason !== "evicted") return;
          seen.ended++;
          if (event.limit !== null && event.limit !== "maxSessionsPerUser") seen.byClass++;
        });
        const gone = new Set<string>();
        const all: string[] = [];
        let known: string[] = [];
        for (const each of steps) {
          // Twins of one browser live beside each other for ten seconds.
          now += 15_000;
          let newest: string | null = null;
          if ("save" in each) await updateSettings(storage, each.save, {});
          else if ("signOut" in each) {
            const ref = known[each.signOut % Math.max(1, known.length)];
            if (ref !== undefined) await endSession(storage, ref, { reason: "signed_out", at: now });
          } else
            newest = await signIn(storage, each.signIn, each.fromBrowser).catch((error: unknown) => {
              expect(error).toMatchObject({ code: "too_many_sessions" });
              seen.refused++;
              return null;
            });
          const { sessions } = await listSessions(storage, { userId: "ann" });
          const settings = storage.settings.current.configured;
          const refs = sessions.map(({ ref }) => ref);
          for (const ref of refs) expect(gone).not.toContain(ref);
          expect(await livingAmong(storage, [...gone])).toEqual([]);
          if ("signIn" in each && settings.whenLimitReached === "end_oldest") {
            expect(refs).toContain(newest);
            all.push(newest ?? "");
            // A lowered limit is not recorded before a request or a sign-in finds the end.
            for (const ref of all) if (!refs.includes(ref)) gone.add(ref);
          }
          known = refs;
          expect(new Set(refs).size).toBeLessThanOrEqual(totalLimit(settings) ?? Infinity);
          for (const deviceClass of DEVICE_CLASSES) {
            const ofClass = sessions.filter((session) => session.deviceClass === deviceClass);
            expect(ofClass.length).toBeLessThanOrEqual(settings[CLASS_LIMITS[deviceClass]] ?? Infinity);
          }
        }
      }),
      { numRuns: 40 },
    );
    expect(seen.refused).toBeGreaterThan(3);
    expect(seen.ended).toBeGreaterThan(10);
    expect(seen.byClass).toBeGreaterThan(3);
  }, 60_000);
});
