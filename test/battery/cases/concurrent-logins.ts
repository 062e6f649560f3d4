/** Cases A4, A6, A11: the limit of sessions, and the revocation of all sessions, during sign-ins. */
import { inParallel, range, Tally, type AppPair, type BatteryCase } from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";
import type { Answer } from "../../harness/http.js";

const signInAll = (app: AppPair, user: string, browsers: readonly Browser[]): Promise<Answer[]> =>
  Promise.all(browsers.map((browser, index) => browser.at(app.port(index)).trySignIn(user)));

const askAll = async (app: AppPair, browsers: readonly Browser[]): Promise<Answer[]> =>
  Promise.all(browsers.map((browser, index) => browser.at(app.port(index + 1)).get("/me")));

const crowd = (size: number): Browser[] => range(size).map(() => new Browser());

/** Returns true if the answer names the eviction and the age of the newer sign-in. */
function tellsOfEviction({ status, json }: Answer, agoMs: number): boolean {
  const by = json["by"] as { agoMs?: unknown } | undefined;
  return status === 401 && json["reason"] === "evicted" && by?.agoMs === agoMs;
}

/** A4. */
export const simultaneousSignIns: BatteryCase = {
  id: "A4",
  title: "Simultaneous sign-ins under a limit of one",
  passesAt:
    "1,000 simultaneous sign-ins, 20 times: exactly 1 session stays; 999 get the reason `evicted` and its time",
  async run(stage) {
    const app = await stage.startApp({ hasTestClock: true, defaults: { maxSessionsPerUser: 1 } });
    const rounds = stage.count(20);
    const start = Date.now();
    let [wrongRounds, untold, failed] = [0, 0, 0];
    for (let round = 0; round < rounds; round += 1) {
      await stage.setClock(start);
      const browsers = crowd(1_000);
      const answers = await signInAll(app, `a4-${round}`, browsers);
      failed += answers.filter(({ status }) => status !== 200).length;
      await stage.setClock(start + 90_000);
      const asked = await askAll(app, browsers);
      if (asked.filter(({ status }) => status === 200).length !== 1) wrongRounds += 1;
      untold += asked.filter((answer) => answer.status !== 200 && !tellsOfEviction(answer, 90_000)).length;
      stage.report(`round ${round + 1} of ${rounds}`);
    }
    const tally = new Tally()
      .exactly("rounds with exactly one survivor", rounds - wrongRounds, rounds)
      .none("losers without reason and time", untold)
      .none("sign-ins that failed", failed);

    const naive = await stage.startApp({ kind: "naive" });
    let survivors = 0;
    const naiveRounds = stage.count(20);
    for (let round = 0; round < naiveRounds; round += 1) {
      const browsers = crowd(200);
      await signInAll(naive, `a4-naive-${round}`, browsers);
      survivors += (await askAll(naive, browsers)).filter(({ status }) => status === 200).length;
    }
    return tally.naiveFails("survivors", survivors, 200 * naiveRounds, 0.1);
  },
};

interface RevocationCount {
  survivors: number;
  unlistedLive: number;
  laterRefused: number;
}

/** Makes 200 sign-ins. The first half is under way or done when all sessions are revoked. */
async function revokeDuringSignIns(app: AppPair, user: string, count: RevocationCount): Promise<void> {
  const browsers = crowd(200);
  const isDone = new Set<Browser>();
  const isLater = new Set<Browser>();
  let isRevoked = false;
  let revocation: Promise<unknown> | undefined;
  let doneBefore: Browser[] = [];
  await inParallel(200, 50, async (index) => {
    const browser = browsers[index];
    if (!browser) return;
    if (index === 100) {
      doneBefore = [...isDone];
      revocation = browser
        .at(app.port(0))
        .post("/control/revoke-all", { user })
        .then(() => {
          isRevoked = true;
        });
    }
    if (isRevoked) isLater.add(browser);
    await browser.at(app.port(index)).trySignIn(user, { evicts: false });
    isDone.add(browser);
  });
  await revocation;
  const answers = await askAll(app, browsers);
  const isLive = (browser: Browser): boolean => answers[browsers.indexOf(browser)]?.status === 200;
  count.survivors += doneBefore.filter(isLive).length;
  count.laterRefused += [...isLater].filter((browser) => !isLive(browser)).length;
  const listed = (await new Browser().at(app.port(0)).get(`/control/sessions?user=${user}`)).json["count"];
  count.unlistedLive += Math.abs(browsers.filter(isLive).length - Number(listed));
}

/** A6. */
export const revocationDuringSignIns: BatteryCase = {
  id: "A6",
  title: "Revocation of all sessions during 200 simultaneous sign-ins",
  passesAt:
    "50 rounds: every session from before the revocation has ended; 0 living sessions outside the list",
  async run(stage) {
    const rounds = stage.count(50);
    const app = await stage.startApp();
    const count: RevocationCount = { survivors: 0, unlistedLive: 0, laterRefused: 0 };
    for (let round = 0; round < rounds; round += 1) {
      await revokeDuringSignIns(app, `a6-${round}`, count);
      stage.report(`round ${round + 1} of ${rounds}`);
    }
    const tally = new Tally()
      .exactly("rounds", rounds, stage.count(50))
      .none("alive though begun before", count.survivors)
      .none("unlisted live", count.unlistedLive)
      .none("refused though begun after", count.laterRefused);

    const naive = await stage.startApp({ kind: "naive" });
    let roundsMissed = 0;
    for (let round = 0; round < rounds; round += 1) {
      const byHand: RevocationCount = { survivors: 0, unlistedLive: 0, laterRefused: 0 };
      await revokeDuringSignIns(naive, `a6-naive-${round}`, byHand);
      if (byHand.unlistedLive + byHand.survivors > 0) roundsMissed += 1;
    }
    return tally.naiveFails("rounds with sessions missed", roundsMissed, rounds, 0.5);
  },
};

/** A11. */
export const limitLowered: BatteryCase = {
  id: "A11",
  title: "The limit changes from unlimited to one while every user has ten sessions",
  passesAt: "100 users: all sessions except the newest end at their next request",
  async run(stage) {
    const app = await stage.startApp();
    const users = stage.count(100);
    const sessions: Browser[][] = [];
    await inParallel(users, 10, async (index) => {
      const browsers = crowd(10);
      for (const [number, browser] of browsers.entries())
        await browser.at(app.port(number)).trySignIn(`a11-${index}`);
      sessions.push(browsers);
    });
    let [before, exceptions] = [0, 0];
    for (const browsers of sessions)
      before += (await askAll(app, browsers)).filter(({ status }) => status === 200).length;
    await new Browser().at(app.port(0)).post("/control/settings", { maxSessionsPerUser: 1 });
    for (const browsers of sessions) {
      const answers = await askAll(app, browsers);
      const isRight = answers.every(({ status, json }, number) =>
        number === 9 ? status === 200 : status === 401 && json["reason"] === "evicted",
      );
      if (!isRight) exceptions += 1;
    }
    return new Tally()
      .exactly("sessions alive before", before, users * 10)
      .none("users with an exception", exceptions).outcome;
  },
};
