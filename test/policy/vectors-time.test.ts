import { describe, expect, it } from "vitest";

import { isActivity } from "../../src/policy/index.js";
import {
  aSession,
  at,
  days,
  minutes,
  settingsWith,
  Site,
  T,
  type Visit,
} from "../harness/policy-fixtures.js";

const lives = { state: "active" };
const over = (reason: string) => ({ state: "ended", reason });
const site = (changes: Parameters<typeof settingsWith>[0] = {}): Site => new Site(settingsWith(changes));
const fiveHoursIdle = {
  inactivityLogout: true,
  allowPersistentSessions: false,
  sessionMinutes: 300,
} as const;

/** Acts every ten minutes until `end`, and at `end`. */
function actUntil(visit: Visit, end: number): void {
  for (let now = visit.facts.lastActivityAt + minutes(10); now < end; now += minutes(10)) visit.act(now);
  visit.act(end);
}

describe("time vectors, inactivity logout off", () => {
  it("W1: half an hour warns at 28:00 and ends at 30:00 exactly", () => {
    const visit = site().signIn(T);
    expect(visit.request(T)).toMatchObject({ warnAt: at("28:00"), endsAt: at("30:00"), persistent: false });
    expect(visit.request(at("29:59.999"))).toMatchObject(lives);
    expect(visit.request(at("30:00"))).toMatchObject(over("absolute"));
  });

  it("W2: a request at 29:00 without an extension moves nothing", () => {
    const visit = site().signIn(T);
    expect(visit.act(at("29:00"))).toMatchObject({ endsAt: at("30:00") });
    expect(visit.request(at("30:00"))).toMatchObject(over("absolute"));
  });

  it("W3: five minutes, extended at 3:30, end at 8:30 and warn at 6:30", () => {
    const visit = site({ sessionMinutes: 5 }).signIn(T);
    expect(visit.extend(at("3:30"))).toMatchObject({ outcome: "extended", endsAt: at("8:30") });
    expect(visit.facts.extendedCount).toBe(1);
    expect(visit.request(at("4:00"))).toMatchObject({ endsAt: at("8:30"), warnAt: at("6:30") });
    expect(visit.request(at("8:30"))).toMatchObject(over("absolute"));
  });

  it("W4: one day, extended at 1439:00, ends at 1469:00 and continues in half hours", () => {
    const visit = site({ sessionMinutes: 1_440 }).signIn(T);
    for (let click = at("1439:00"); click < at("3000:00"); click += minutes(29))
      expect(visit.extend(click)).toMatchObject({ outcome: "extended", endsAt: click + minutes(30) });
    expect(visit.facts.signedInAt).toBe(T);
  });

  it("W5: an extension at 10:00 is too early and says that it opens at 28:00", () => {
    const visit = site().signIn(T);
    expect(visit.extend(at("10:00"))).toEqual({ outcome: "too_early", opensAt: at("28:00") });
    expect(visit.request(at("30:00"))).toMatchObject(over("absolute"));
  });

  it("W6: an extension at 30:01 is refused as absolute, whether or not a request has recorded the end", () => {
    const visit = site().signIn(T);
    expect(visit.extend(at("30:01"))).toMatchObject(over("absolute"));
    expect(visit.extend(at("30:02"))).toMatchObject(over("absolute"));
  });

  it("W7: with the box ticked the user is signed in on day 29, and signed out at exactly 30 days", () => {
    const visit = site().signIn(T, { persistent: true });
    expect(visit.request(T + days(29))).toMatchObject({ state: "active", persistent: true });
    expect(visit.request(T + days(30) - 1)).toMatchObject(lives);
    expect(visit.request(T + days(30))).toMatchObject(over("absolute"));
  });
});

describe("time vectors, inactivity logout on", () => {
  it("W8: idle from the start, the warning comes at 13:00 and the end at 15:00", () => {
    const visit = site(fiveHoursIdle).signIn(T);
    expect(visit.request(at("14:59.999"))).toMatchObject({ warnAt: at("13:00"), action: "stay" });
    expect(visit.request(at("15:00"))).toMatchObject(over("idle"));
  });

  it("W9, N5: a click at 14:59 in another tab moves the one deadline to 29:59", () => {
    const visit = site(fiveHoursIdle).signIn(T);
    visit.act(at("14:59"));
    expect(visit.request(at("15:00"))).toMatchObject({ endsAt: at("29:59"), warnAt: at("27:59") });
    expect(visit.request(at("29:59"))).toMatchObject(over("idle"));
  });

  it("W10: polls each minute keep no user signed in", () => {
    const poll = { method: "POST", headers: { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" } };
    const visit = site(fiveHoursIdle).signIn(T);
    for (let now = at("1:00"); now < at("15:00"); now += minutes(1))
      expect(isActivity(poll) ? visit.act(now) : visit.request(now)).toMatchObject(lives);
    expect(visit.request(at("15:00"))).toMatchObject(over("idle"));
  });

  it("W11: with activity until 290:00 the re-authentication is requested at 298:00 and the end is absolute", () => {
    const visit = site(fiveHoursIdle).signIn(T);
    actUntil(visit, at("290:00"));
    expect(visit.request(at("298:00"))).toMatchObject({ action: "reauthenticate", warnAt: at("298:00") });
    expect(visit.request(at("299:59.999"))).toMatchObject(lives);
    expect(visit.request(at("300:00"))).toMatchObject(over("absolute"));
  });

  it("W12: with activity until 284:00, staying at 298:30 turns the idle warning into a re-authentication", () => {
    const visit = site(fiveHoursIdle).signIn(T);
    actUntil(visit, at("284:00"));
    expect(visit.request(at("297:00"))).toMatchObject({
      action: "stay",
      warnAt: at("297:00"),
      endsAt: at("299:00"),
    });
    expect(visit.extend(at("298:30"))).toEqual({ outcome: "touched" });
    expect(visit.request(at("298:30"))).toMatchObject({ action: "reauthenticate", endsAt: at("300:00") });
    expect(visit.request(at("300:00"))).toMatchObject(over("absolute"));
  });
});

describe("time vectors, settings changed during the session", () => {
  it("W13: turned on at 20:00 it ends a session whose last click was at 2:00", () => {
    const where = site();
    const visit = where.signIn(T);
    visit.act(at("2:00"));
    where.save({ inactivityLogout: true });
    expect(visit.request(at("20:05"))).toMatchObject(over("idle"));
  });

  it("W13: a session whose last click was at 10:00 lives until 30:00, without an extension", () => {
    const where = site();
    const visit = where.signIn(T);
    visit.act(at("10:00"));
    where.save({ inactivityLogout: true });
    expect(where.settings.sessionMinutes).toBe(1_440);
    expect(visit.act(at("20:05"))).toMatchObject({
      action: "reauthenticate",
      warnAt: at("28:00"),
      endsAt: at("30:00"),
    });
    expect(visit.extend(at("29:00"))).toEqual({ outcome: "reauthentication_required" });
    expect(visit.request(at("30:00"))).toMatchObject(over("absolute"));
  });

  it("W14: lowered to 10 minutes at 20:00 the session has ended", () => {
    const where = site({ sessionMinutes: 60 });
    const visit = where.signIn(T);
    expect(visit.request(at("20:00"))).toMatchObject(lives);
    where.save({ sessionMinutes: 10 });
    expect(visit.request(at("20:05"))).toMatchObject({ ...over("absolute"), at: at("10:00") });
  });

  it("W15: raised to 600 minutes at 20:00 it still ends at 60:00, and the next sign-in gets 600", () => {
    const where = site({ sessionMinutes: 60 });
    const visit = where.signIn(T);
    where.save({ sessionMinutes: 600 });
    expect(visit.request(at("20:05"))).toMatchObject({ endsAt: at("60:00") });
    expect(where.signIn(at("20:05")).request(at("20:05"))).toMatchObject({ endsAt: at("620:05") });
    expect(visit.request(at("60:00"))).toMatchObject(over("absolute"));
  });

  it("W20: with persistence turned off the cookie ends with the browser and the session at its duration", () => {
    const where = site();
    const visit = where.signIn(T, { persistent: true });
    const later = where.signIn(T, { persistent: true });
    where.save({ allowPersistentSessions: false });
    expect(visit.request(at("29:00"))).toMatchObject({
      state: "active",
      persistent: false,
      endsAt: at("30:00"),
    });
    expect(later.request(T + days(2))).toMatchObject({ ...over("absolute"), at: at("30:00") });
  });
});

describe("time vectors, one session at a time", () => {
  const one = { maxSessionsPerUser: 1, sessionMinutes: 600 } as const;

  it("W16: the earlier of two browsers is refused as evicted, the later browser stays signed in", () => {
    const where = site(one);
    const a = where.signIn(T);
    const b = where.signIn(at("5:00"));
    expect(a.request(at("6:00"))).toMatchObject({ ...over("evicted"), at: at("5:00") });
    expect(b.request(at("6:00"))).toMatchObject(lives);
  });

  it("W17, C7: of 50 sign-ins in one millisecond only the last lives", () => {
    const where = site(one);
    const visits = Array.from({ length: 50 }, () => where.signIn(T));
    const states = visits.map((visit) => visit.request(at("0:01")));
    expect(states.filter(({ state }) => state === "active")).toHaveLength(1);
    expect(states.at(-1)).toMatchObject(lives);
    for (const state of states.slice(0, -1)) expect(state).toMatchObject(over("evicted"));
  });

  it("W18: a 30-day cookie does not bring an evicted session back", () => {
    const where = site(one);
    const a = where.signIn(T, { persistent: true });
    where.signIn(at("5:00"));
    expect(a.request(at("6:00"))).toMatchObject(over("evicted"));
    expect(a.request(T + days(3))).toMatchObject(over("evicted"));
  });

  it("W19: a slow request that writes its facts after the revocation revives no session", () => {
    const visit = site(one).signIn(T);
    const end = { reason: "revoked", at: at("5:00"), by: null } as const;
    visit.facts = aSession({ ...visit.facts, end, lastActivityAt: at("6:00"), extendedAt: at("6:00") });
    expect(visit.request(at("6:00"))).toMatchObject(over("revoked"));
    expect(visit.extend(at("6:00"))).toMatchObject(over("revoked"));
  });

  it("C6: sign-ins of API and embedded sessions evict no browser", () => {
    const where = site(one);
    const browser = where.signIn(T);
    where.signIn(at("1:00"), { kind: "api" });
    where.signIn(at("2:00"), { kind: "embed" });
    expect(browser.request(at("3:00"))).toMatchObject(lives);
  });
});
