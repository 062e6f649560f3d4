import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CLASS_LIMIT_NAMES,
  CLASS_LIMITS,
  DEVICE_CLASSES,
  NO_CLASS_LIMITS,
  totalLimit,
  type ClassLimits,
  type DeviceClass,
  type Settings,
} from "../../src/policy/index.js";
import { aSession, at, aUser, judge, settingsWith, T } from "../harness/policy-fixtures.js";

const limit = fc.option(fc.integer({ min: 1, max: 6 }));
const settings = fc
  .record({
    maxSessionsPerUser: limit,
    maxDesktopsPerUser: limit,
    maxPhonesPerUser: limit,
    maxTabletsPerUser: limit,
    maxOtherDevicesPerUser: limit,
  })
  .map((limits): Settings => settingsWith(limits));
const devices = fc.array(fc.constantFrom(...DEVICE_CLASSES), { maxLength: 20 });

/** Returns the devices whose sessions live, of a user who signed in from these, oldest first. */
function livingOf(claimed: readonly DeviceClass[], under: Settings): DeviceClass[] {
  return claimed.filter((deviceClass, index) => {
    const newer = claimed.slice(index + 1);
    const newerOfClass = newer.filter((each) => each === deviceClass).length;
    const user = aUser({
      ...{ deviceClass, newerOfClass, newerBrowsers: newer.length, latestNumber: T + claimed.length },
    });
    return judge(aSession({ number: T + index }), at("5:00"), { settings: under, user }).state === "active";
  });
}

describe("limits of classes of devices", () => {
  it("C12: only narrow: no session lives that would not live without them", () => {
    fc.assert(
      fc.property(devices, settings, (claimed, under) => {
        const living = livingOf(claimed, under);
        const without = livingOf(claimed, { ...under, ...NO_CLASS_LIMITS });
        expect(living.length).toBeLessThanOrEqual(without.length);
        for (const name of CLASS_LIMIT_NAMES)
          expect(
            livingOf(claimed, { ...under, [name]: null, maxSessionsPerUser: totalLimit(under) }),
          ).toEqual(expect.arrayContaining(living));
        for (const each of DEVICE_CLASSES)
          expect(living.filter((one) => one === each).length).toBeLessThanOrEqual(
            under[CLASS_LIMITS[each]] ?? Infinity,
          );
      }),
      { numRuns: 2_000 },
    );
  });

  it("C13: give no client more sessions than the limit of all browsers, also with made-up devices", () => {
    fc.assert(
      fc.property(devices, settings, (claimed, under) => {
        expect(livingOf(claimed, under).length).toBeLessThanOrEqual(totalLimit(under) ?? Infinity);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<[Partial<ClassLimits & Pick<Settings, "maxSessionsPerUser">>, number | null]>([
    [{}, null],
    [{ maxSessionsPerUser: 5 }, 5],
    [{ maxSessionsPerUser: 5, maxPhonesPerUser: 1 }, 5],
    [{ maxSessionsPerUser: 1, maxPhonesPerUser: 9 }, 1],
    [{ maxPhonesPerUser: 1 }, 1],
    [{ maxPhonesPerUser: 1, maxDesktopsPerUser: 2, maxTabletsPerUser: 3, maxOtherDevicesPerUser: 4 }, 10],
    [{ maxPhonesPerUser: 100, maxDesktopsPerUser: 100 }, 100],
  ])("C13: %o allow %s browsers", (limits, total) => {
    expect(totalLimit(settingsWith(limits))).toBe(total);
  });
});
