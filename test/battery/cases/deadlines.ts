/** Cases D1 and D2: the idle limit and the absolute limit, to the millisecond. */
import { range, Tally, type AppPair, type BatteryCase, type Stage } from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";
import type { Answer } from "../../harness/http.js";

const MINUTE_MS = 60_000;

async function signInCrowd(app: AppPair, name: string, size: number): Promise<Browser[]> {
  const browsers = range(size).map(() => new Browser());
  await Promise.all(
    browsers.map((browser, index) => browser.at(app.port(index)).trySignIn(`${name}-${index}`)),
  );
  return browsers;
}

const askAll = (app: AppPair, browsers: readonly Browser[], turn: number): Promise<Answer[]> =>
  Promise.all(browsers.map((browser, index) => browser.at(app.port(index + turn)).get("/me")));

const countOf = (answers: readonly Answer[], status: number, reason?: string): number =>
  answers.filter((answer) => answer.status === status && answer.json["reason"] === reason).length;

/** D1. */
export const idleLimit: BatteryCase = {
  id: "D1",
  title: "The idle limit of 15:00.000",
  passesAt:
    "14:59.9 after the last activity: 100 responses 200; at 15:00.1: 100 responses 401 with the reason `idle`",
  async run(stage) {
    const app = await stage.startApp({
      hasTestClock: true,
      defaults: { inactivityLogout: true, sessionMinutes: 300 },
    });
    const size = stage.count(100);
    const start = Date.now();
    await stage.setClock(start);
    const [early, late] = [await signInCrowd(app, "early", size), await signInCrowd(app, "late", size)];
    const lastActivityAt = start + 5 * MINUTE_MS;
    await stage.setClock(lastActivityAt);
    await askAll(app, [...early, ...late], 1);
    await stage.setClock(lastActivityAt + 15 * MINUTE_MS - 100);
    const onTime = countOf(await askAll(app, early, 0), 200);
    await stage.setClock(lastActivityAt + 15 * MINUTE_MS + 100);
    const tooLate = countOf(await askAll(app, late, 0), 401, "idle");
    const stillIn = countOf(await askAll(app, early, 1), 200);
    return new Tally()
      .exactly("200 at 14:59.9", onTime, size)
      .exactly("401 idle at 15:00.1", tooLate, size)
      .exactly("still in by that activity", stillIn, size).outcome;
  },
};

interface Limit {
  readonly name: string;
  readonly minutes: number;
  readonly isIdleLimitOn: boolean;
  readonly isPersistent: boolean;
}

const LIMITS: readonly Limit[] = [
  { name: "5 min", minutes: 5, isIdleLimitOn: false, isPersistent: false },
  { name: "15 min", minutes: 15, isIdleLimitOn: false, isPersistent: false },
  { name: "15 min with idle limit", minutes: 15, isIdleLimitOn: true, isPersistent: false },
  { name: "1,440 min", minutes: 1_440, isIdleLimitOn: false, isPersistent: false },
  { name: "1,440 min with idle limit", minutes: 1_440, isIdleLimitOn: true, isPersistent: false },
  { name: "43,200 min", minutes: 43_200, isIdleLimitOn: false, isPersistent: false },
  { name: "43,200 min, persistent", minutes: 43_200, isIdleLimitOn: false, isPersistent: true },
];

/** Stays active until the limit. @returns requests refused too early, and sessions that outlive the limit */
async function outlast(stage: Stage, app: AppPair, limit: Limit): Promise<{ early: number; late: number }> {
  const start = Date.now();
  const limitMs = limit.minutes * MINUTE_MS;
  await stage.setClock(start);
  await new Browser().at(app.port(0)).post("/control/settings", {
    inactivityLogout: limit.isIdleLimitOn,
    sessionMinutes: limit.isPersistent ? 30 : limit.minutes,
    allowPersistentSessions: limit.isPersistent,
  });
  const browsers = range(stage.count(20)).map(() => new Browser());
  for (const [index, browser] of browsers.entries())
    await browser.at(app.port(index)).trySignIn(`${limit.name} ${index}`, { persistent: limit.isPersistent });
  const stepMs = Math.min(limitMs / 50, limit.isIdleLimitOn ? 14 * MINUTE_MS : limitMs);
  let early = 0;
  for (let step = 1; step * stepMs < limitMs; step += 1) {
    await stage.setClock(start + Math.floor(step * stepMs));
    early += browsers.length - countOf(await askAll(app, browsers, step), 200);
  }
  await stage.setClock(start + limitMs - 1);
  early += browsers.length - countOf(await askAll(app, browsers, 0), 200);
  await stage.setClock(start + limitMs);
  const late = browsers.length - countOf(await askAll(app, browsers, 1), 401, "absolute");
  return { early, late };
}

/** D2. */
export const absoluteLimit: BatteryCase = {
  id: "D2",
  title: "The absolute limit under constant activity, 5 to 43,200 minutes",
  passesAt: "each session ends within 1 s after the limit, never earlier",
  async run(stage) {
    const app = await stage.startApp({ hasTestClock: true });
    const tally = new Tally();
    for (const limit of LIMITS) {
      const { early, late } = await outlast(stage, app, limit);
      tally.none(`${limit.name}: ended early`, early).none(`${limit.name}: alive at the limit`, late);
    }
    return tally.outcome;
  },
};
