import { describe, expect, it } from "vitest";

import { CLASS_LIMITS, DEVICE_CLASSES, END_REASONS, type UserStanding } from "../../src/policy/index.js";
import {
  aPersistentSession,
  aSession,
  at,
  aUser,
  days,
  ended,
  judge,
  settingsWith,
  T,
} from "../harness/policy-fixtures.js";

const oneOnly = settingsWith({ maxSessionsPerUser: 1 });

describe("ends by the session itself and by other people", () => {
  it("C9, C10: a recorded end stays, regardless of settings, times and numbers", () => {
    const by = { device: "Firefox on Linux", place: "Lyon, France", at: at("5:00") };
    for (const reason of END_REASONS) {
      const end = { reason, at: at("5:00"), by };
      const session = aSession({ end, expiresAt: at("600:00"), lastActivityAt: at("6:00") });
      const found = judge(session, at("6:00"), { settings: settingsWith({ sessionMinutes: 600 }) });
      expect(found).toEqual({ state: "ended", ...end });
    }
  });

  it("C10: a recorded end also stays in a record with other damage", () => {
    const end = { reason: "signed_out", at: at("5:00"), by: null } as const;
    expect(ended(aSession({ end, signedInAt: NaN }), at("6:00")).reason).toBe("signed_out");
  });

  it("C10: revoking all ends the sessions that began before it, with its reason and time", () => {
    const revoked = { floor: T + 1, floorReason: "revoked_by_admin", floorAt: at("5:00") } as const;
    const found = ended(aSession(), at("6:00"), { user: aUser(revoked) });
    expect(found).toEqual({ state: "ended", reason: "revoked_by_admin", at: at("5:00"), by: null });
    expect(
      judge(aSession({ number: T + 1 }), at("6:00"), { user: aUser({ ...revoked, latestNumber: T + 1 }) })
        .state,
    ).toBe("active");
    expect(ended(aSession({ kind: "api" }), at("6:00"), { user: aUser(revoked) }).reason).toBe(
      "revoked_by_admin",
    );
  });

  it("C10: revoking all others spares only the session that asked", () => {
    const user = aUser({ floor: T + 10, floorAt: at("5:00"), sparedNumber: T, latestNumber: T + 9 });
    expect(judge(aSession(), at("6:00"), { user }).state).toBe("active");
    expect(ended(aSession({ number: T + 1 }), at("6:00"), { user }).reason).toBe("revoked");
  });

  it("C10: works the same under a limit on sessions", () => {
    const user = aUser({ floor: T + 1, floorAt: at("5:00") });
    expect(ended(aSession(), at("6:00"), { user, settings: oneOnly }).reason).toBe("revoked");
  });

  it("D2: an own end before the revocation is the end that is reported", () => {
    const user = aUser({ floor: T + 1, floorAt: at("45:00") });
    expect(ended(aSession(), at("50:00"), { user }).reason).toBe("absolute");
  });

  it("C1: without a limit any number of newer browsers ends nothing", () => {
    expect(judge(aSession(), at("5:00"), { user: aUser({ newerBrowsers: 999 }) }).state).toBe("active");
  });

  it("C2: under a limit of one a single newer browser ends it, from that sign-in", () => {
    const user = aUser({ newerBrowsers: 1, latestNumber: at("5:00") });
    const found = ended(aSession(), at("6:00"), { user, settings: oneOnly });
    const limit = "maxSessionsPerUser";
    expect(found).toEqual({ state: "ended", reason: "evicted", at: at("5:00"), by: null, limit });
    expect(judge(aSession(), at("6:00"), { settings: oneOnly }).state).toBe("active");
  });

  it("C2: a session that was over before the newer sign-in was not evicted by that sign-in", () => {
    const user = aUser({ newerBrowsers: 1, latestNumber: at("40:00") });
    expect(ended(aSession(), at("50:00"), { user, settings: oneOnly })).toMatchObject({
      reason: "absolute",
      at: at("30:00"),
    });
  });

  it.each([1, 2, 10, 1_000])(
    "C11: under a limit of %d a session lives while fewer browsers are newer",
    (maxSessionsPerUser) => {
      const settings = settingsWith({ maxSessionsPerUser });
      const stateWith = (newerBrowsers: number): string =>
        judge(aSession(), at("5:00"), { settings, user: aUser({ newerBrowsers }) }).state;
      expect([maxSessionsPerUser - 1, maxSessionsPerUser, maxSessionsPerUser + 1].map(stateWith)).toEqual([
        "active",
        "ended",
        "ended",
      ]);
    },
  );

  it("Q11: a limit set later applies at once", () => {
    const user = aUser({ newerBrowsers: 1, latestNumber: at("5:00") });
    expect(judge(aSession(), at("6:00"), { user }).state).toBe("active");
    expect(ended(aSession(), at("6:00"), { user, settings: oneOnly }).reason).toBe("evicted");
  });

  it("C9: an evicted session stays out after the winner is gone and the limit is lifted", () => {
    const user = aUser({ evictedBelow: T + 1, newerBrowsers: 0, latestNumber: at("5:00") });
    expect(ended(aSession(), at("6:00"), { user }).reason).toBe("evicted");
    expect(judge(aSession({ number: T + 1 }), at("6:00"), { user }).state).toBe("active");
  });

  it("C8: a persistent session is evicted like any other", () => {
    const user = aUser({ newerBrowsers: 1, latestNumber: T + days(1) });
    expect(ended(aPersistentSession(), T + days(2), { user, settings: oneOnly }).reason).toBe("evicted");
  });

  it("C6: newer browsers never evict API and embedded sessions", () => {
    const user = aUser({ newerBrowsers: 5 });
    for (const kind of ["api", "embed"] as const)
      expect(judge(aSession({ kind }), at("5:00"), { user, settings: oneOnly }).state).toBe("active");
  });

  it.each(DEVICE_CLASSES)(
    "C12: the limit of %s ends a session like the limit of all browsers",
    (deviceClass) => {
      const name = CLASS_LIMITS[deviceClass];
      const settings = settingsWith({ maxSessionsPerUser: 9, [name]: 2 });
      const stateWith = (changes: Partial<UserStanding>) =>
        judge(aSession(), at("5:00"), { settings, user: aUser({ deviceClass, ...changes }) });
      expect(stateWith({ newerBrowsers: 8, newerOfClass: 1 }).state).toBe("active");
      expect(stateWith({ newerBrowsers: 2, newerOfClass: 2 })).toMatchObject({
        reason: "evicted",
        limit: name,
      });
      expect(stateWith({ newerBrowsers: 9, newerOfClass: 1 })).toMatchObject({ limit: "maxSessionsPerUser" });
    },
  );

  it("C12: a class without a limit of its own is narrowed by no other class", () => {
    const settings = settingsWith({ maxSessionsPerUser: 9, maxPhonesPerUser: 1 });
    const user = aUser({ deviceClass: "tablet", newerBrowsers: 8, newerOfClass: 8 });
    expect(judge(aSession(), at("5:00"), { settings, user }).state).toBe("active");
  });

  it("C12: a number of newer browsers of the class that makes no sense ends the session", () => {
    expect(ended(aSession(), at("5:00"), { user: aUser({ newerOfClass: NaN }) }).reason).toBe("unknown");
  });

  it("C15: a browser without a place in its user's order has been evicted, unless something else ended it", () => {
    const user = aUser({ hasPlace: false, latestNumber: at("5:00") });
    expect(ended(aSession(), at("6:00"), { user })).toMatchObject({ reason: "evicted", at: at("5:00") });
    expect(ended(aSession(), at("30:00"), { user }).reason).toBe("absolute");
    const revoked = { floor: T + 1, floorReason: "revoked", floorAt: at("5:30") } as const;
    expect(ended(aSession(), at("6:00"), { user: { ...user, ...revoked } }).reason).toBe("revoked");
  });

  it("M36: API and embedded sessions that fell off their order are evicted", () => {
    const user = aUser({ evictedBelow: T + 1 });
    for (const kind of ["api", "embed"] as const)
      expect(ended(aSession({ kind }), at("5:00"), { user }).reason).toBe("evicted");
  });
});
