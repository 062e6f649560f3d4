import { describe, expect, it } from "vitest";

import {
  active,
  aPersistentSession,
  aSession,
  at,
  days,
  ended,
  judge,
  limitsWith,
  minutes,
  settingsWith,
  T,
} from "../harness/policy-fixtures.js";

const inactivity = { settings: settingsWith({ inactivityLogout: true, sessionMinutes: 300 }) };
const fiveHours = aSession({ expiresAt: at("300:00") });

describe("the end of a session", () => {
  it("D2, Q29: comes exactly at the deadline, not a millisecond earlier", () => {
    expect(judge(aSession(), at("29:59.999")).state).toBe("active");
    expect(ended(aSession(), at("30:00"))).toEqual({
      state: "ended",
      reason: "absolute",
      at: at("30:00"),
      by: null,
    });
  });

  it.each([5, 15, 1_440, 43_200])("D1: comes after %d minutes of constant activity", (sessionMinutes) => {
    const settings = settingsWith({ sessionMinutes });
    const end = T + minutes(sessionMinutes);
    const busy = aSession({ expiresAt: end, lastActivityAt: end - 1 });
    expect(judge(busy, end - 1, { settings }).state).toBe("active");
    expect(ended(busy, end, { settings }).reason).toBe("absolute");
  });

  it("N1, Q29: comes after exactly 15:00 without activity", () => {
    expect(active(fiveHours, at("14:59.900"), inactivity).endsAt).toBe(at("15:00"));
    expect(judge(fiveHours, at("14:59.999"), inactivity).state).toBe("active");
    expect(ended(fiveHours, at("15:00"), inactivity)).toMatchObject({ reason: "idle", at: at("15:00") });
    expect(ended(fiveHours, at("15:00.100"), inactivity).reason).toBe("idle");
  });

  it("N7: comes at the absolute deadline although its user is active throughout", () => {
    const busy = aSession({ expiresAt: at("300:00"), lastActivityAt: at("299:59") });
    expect(ended(busy, at("300:00"), inactivity).reason).toBe("absolute");
  });

  it("N8: comes at the earlier of both deadlines", () => {
    const session = aSession({ expiresAt: at("300:00"), lastActivityAt: at("290:00") });
    expect(active(session, at("299:59"), inactivity)).toMatchObject({
      endsAt: at("300:00"),
      idleEndsAt: at("305:00"),
    });
    expect(ended(session, at("300:00"), inactivity).reason).toBe("absolute");
  });

  it("N11: is named absolute if both deadlines coincide", () => {
    const settings = settingsWith({ inactivityLogout: true, sessionMinutes: 15 });
    expect(ended(aSession({ expiresAt: at("15:00") }), at("15:00"), { settings }).reason).toBe("absolute");
  });

  it("N8: is named after the earlier of two passed deadlines", () => {
    expect(ended(fiveHours, at("400:00"), inactivity)).toMatchObject({ reason: "idle", at: at("15:00") });
  });

  it("Q14: counts idle time from the last activity, even before the setting was on", () => {
    const session = aSession({ lastActivityAt: at("2:00"), expiresAt: at("300:00") });
    expect(judge(session, at("20:05"), { settings: settingsWith({ sessionMinutes: 300 }) }).state).toBe(
      "active",
    );
    expect(ended(session, at("20:05"), inactivity)).toMatchObject({ reason: "idle", at: at("17:00") });
  });

  it("Q15: comes for an extended session when inactivity logout is turned on", () => {
    const extended = aSession({
      extendedAt: at("29:00"),
      expiresAt: at("59:00"),
      lastActivityAt: at("40:00"),
    });
    const settings = settingsWith({ inactivityLogout: true, sessionMinutes: 30 });
    expect(ended(extended, at("41:00"), { settings })).toMatchObject({ reason: "absolute", at: at("30:00") });
  });

  it("P7: comes at 30 days for a persistent session, regardless of use", () => {
    const used = aPersistentSession({ lastActivityAt: T + days(30) - 1 });
    expect(judge(used, T + days(30) - 1).state).toBe("active");
    expect(ended(used, T + days(30)).reason).toBe("absolute");
  });

  it("N13: does not come by idle time for API and embedded sessions", () => {
    for (const kind of ["api", "embed"] as const) {
      const session = aSession({ kind, expiresAt: at("60:00") });
      expect(active(session, at("59:59"), inactivity)).toMatchObject({ action: "none", idleEndsAt: null });
    }
  });

  it("Q28: depends only on the given time", () => {
    const longAgo = aSession({ number: 1, signedInAt: 0, lastActivityAt: 0, expiresAt: minutes(30) });
    expect(judge(longAgo, minutes(29)).state).toBe("active");
    expect(judge(longAgo, minutes(30)).state).toBe("ended");
  });
});

describe("the warning", () => {
  it("D3, Q29: opens two minutes before the end", () => {
    expect(active(aSession(), at("1:00"))).toMatchObject({ warnAt: at("28:00"), endsAt: at("30:00") });
  });

  it("D4: offers an extension before the session duration is over", () => {
    expect(active(aSession(), at("28:00"))).toMatchObject({ action: "extend", limit: "absolute" });
  });

  it("D9: of a session of five minutes opens at 3:00, and before the end of each extension", () => {
    const settings = settingsWith({ sessionMinutes: 5 });
    expect(active(aSession({ expiresAt: at("5:00") }), T, { settings }).warnAt).toBe(at("3:00"));
    const extended = aSession({ extendedAt: at("3:30"), expiresAt: at("8:30") });
    expect(active(extended, at("5:00"), { settings })).toMatchObject({
      warnAt: at("6:30"),
      action: "extend",
    });
  });

  it("N3: opens after 13:00 without activity and offers to stay", () => {
    expect(active(fiveHours, at("5:00"), inactivity)).toMatchObject({
      warnAt: at("13:00"),
      action: "stay",
      limit: "idle",
      absoluteEndsAt: at("300:00"),
    });
  });

  it("N7: offers a re-authentication before the absolute deadline while inactivity logout is on", () => {
    const session = aSession({ expiresAt: at("300:00"), lastActivityAt: at("297:00") });
    expect(active(session, at("298:00"), inactivity)).toMatchObject({
      action: "reauthenticate",
      limit: "absolute",
      warnAt: at("298:00"),
    });
  });

  it("N10: names the earlier deadline, and at a tie the absolute one", () => {
    const activeAt = (lastActivityAt: number) =>
      active(aSession({ expiresAt: at("300:00"), lastActivityAt }), at("290:00"), inactivity);
    expect(activeAt(at("284:59.999"))).toMatchObject({
      limit: "idle",
      action: "stay",
      endsAt: at("299:59.999"),
    });
    expect(activeAt(at("285:00"))).toMatchObject({
      limit: "absolute",
      action: "reauthenticate",
      endsAt: at("300:00"),
    });
    expect(activeAt(at("286:00"))).toMatchObject({ limit: "absolute", action: "reauthenticate" });
  });

  it("Q9: offers a re-authentication at the end of a persistent session", () => {
    const limits = limitsWith({ absoluteMinutes: 525_600 });
    expect(active(aPersistentSession(), T + days(29)).action).toBe("reauthenticate");
    expect(active(aPersistentSession(), T + days(29), { limits }).action).toBe("reauthenticate");
  });

  it("Q16: offers an extension to a once persistent session when persistence is off", () => {
    const settings = settingsWith({ allowPersistentSessions: false });
    expect(active(aPersistentSession(), at("28:00"), { settings })).toMatchObject({
      action: "extend",
      persistent: false,
    });
  });

  it("Q10: offers a re-authentication at the system limit", () => {
    const session = aSession({ expiresAt: at("60:00"), extendedAt: at("30:00") });
    expect(active(session, at("59:00"), { limits: limitsWith({ absoluteMinutes: 60 }) }).action).toBe(
      "reauthenticate",
    );
    expect(active(session, at("59:00"), { limits: limitsWith({ absoluteMinutes: 61 }) }).action).toBe(
      "extend",
    );
  });

  it("N13: offers nothing to API and embedded sessions", () => {
    expect(active(aSession({ kind: "api" }), at("28:00")).action).toBe("none");
    expect(active(aSession({ kind: "embed" }), at("28:00")).action).toBe("none");
  });
});

describe("the cookie", () => {
  it("D10: does not outlive the browser when the box was not ticked", () => {
    expect(active(aSession(), T).persistent).toBe(false);
  });

  it("P2: outlives it when the box was ticked", () => {
    expect(active(aPersistentSession(), T).persistent).toBe(true);
  });

  it("Q16, P6: does not outlive it once persistence or inactivity logout changed the settings", () => {
    const settings = settingsWith({
      allowPersistentSessions: false,
      inactivityLogout: true,
      sessionMinutes: 1_440,
    });
    expect(active(aPersistentSession(), at("1:00"), { settings }).persistent).toBe(false);
  });

  it("Q17: outlives it again when persistence is allowed again, if its user had ticked", () => {
    expect(active(aPersistentSession(), at("20:00"), { settings: settingsWith() }).persistent).toBe(true);
    expect(active(aSession(), at("20:00"), { settings: settingsWith() }).persistent).toBe(false);
  });
});
