/** Case A2: sign-out, both expiries and an administrator's revocation, each while a request of the session writes. */
import { pause, range, Tally, type AppPair, type BatteryCase, type Stage } from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";

const MINUTE_MS = 60_000;
const BATCH = 100;
/** Duration of the writes in the first and the last batch. A busy machine needs longer to end that many sessions. */
const WRITE_MS = { first: 150, last: 2_400 };
const MAX_BATCHES_PER_RACE = 5;

interface Visitor {
  readonly user: string;
  readonly browser: Browser;
}

interface Ending {
  readonly name: string;
  /** Settings of the guarded app. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Age of the sessions when the writes begin, in milliseconds. */
  readonly ageMs: number;
  /** Times of visits in between, in milliseconds after the sign-in. The naive app always has an idle limit. */
  readonly visitsAtMs?: readonly number[];
  /** Ends the sessions of a batch, all of which have a write in flight. */
  end(visitors: readonly Visitor[], app: AppPair, stage: Stage, signedInAt: number): Promise<unknown>;
}

const each = (
  visitors: readonly Visitor[],
  task: (visitor: Visitor, index: number) => Promise<unknown>,
): Promise<unknown> => Promise.all(visitors.map(task));

/** Moves the clock past a deadline. Each session's next request finds the end. */
async function expire(visitors: readonly Visitor[], app: AppPair, stage: Stage, at: number): Promise<void> {
  await stage.setClock(at);
  await each(visitors, ({ browser }, index) =>
    browser
      .clone()
      .at(app.port(index + 1))
      .get("/me"),
  );
}

const ENDINGS: readonly Ending[] = [
  {
    name: "logout",
    settings: {},
    ageMs: 0,
    end: (visitors, app) =>
      each(visitors, ({ browser }, index) =>
        browser
          .clone()
          .at(app.port(index + 1))
          .post("/logout"),
      ),
  },
  {
    name: "idle expiry",
    settings: { inactivityLogout: true, sessionMinutes: 300 },
    ageMs: 15 * MINUTE_MS - 500,
    // The app counts the write as activity of the moment before. Requests of a page's script are not activity.
    end: (visitors, app, stage, signedInAt) => expire(visitors, app, stage, signedInAt + 15 * MINUTE_MS),
  },
  {
    name: "absolute expiry",
    settings: { inactivityLogout: false, sessionMinutes: 30 },
    ageMs: 30 * MINUTE_MS - 500,
    visitsAtMs: [14 * MINUTE_MS, 28 * MINUTE_MS],
    end: (visitors, app, stage, signedInAt) => expire(visitors, app, stage, signedInAt + 30 * MINUTE_MS),
  },
  {
    name: "admin revocation",
    settings: {},
    ageMs: 0,
    end: (visitors, app) =>
      each(visitors, ({ user }, index) =>
        new Browser().at(app.port(index + 1)).post("/control/revoke-all", { user }),
      ),
  },
];

/** Headers of a page's own script, which are not activity. */
const BY_SCRIPT = { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" };

interface RaceCount {
  /** Races in which a write that had been let in was still under way when the end was answered. */
  races: number;
  zombies: number;
  /** Revived sessions that come from a race. */
  zombiesOfRaces: number;
}

async function raceBatch(
  stage: Stage,
  app: AppPair,
  ending: Ending,
  users: readonly string[],
  writeMs: number,
  count: RaceCount,
): Promise<void> {
  const visitors = users.map((user) => ({ user, browser: new Browser() }));
  const signedInAt = Date.now();
  await stage.setClock(signedInAt);
  await each(visitors, ({ user, browser }, index) => browser.at(app.port(index)).trySignIn(user));
  for (const visitMs of ending.visitsAtMs ?? []) {
    await stage.setClock(signedInAt + visitMs);
    await each(visitors, ({ browser }, index) => browser.at(app.port(index)).get("/me"));
  }
  await stage.setClock(signedInAt + ending.ageMs);
  let landed = 0;
  const writes = visitors.map(async ({ browser }, index) => {
    const body = { key: "slow", ms: writeMs };
    const answer = await browser.clone().at(app.port(index)).send("/write", { body, headers: BY_SCRIPT });
    landed += 1;
    return answer.status === 200;
  });
  await pause(writeMs / 3);
  await ending.end(visitors, app, stage, signedInAt);
  const isRace = landed === 0;
  const letIn = await Promise.all(writes);
  // The clock goes back, so that only the recorded end keeps an expired session out.
  await stage.setClock(signedInAt + 1_000);
  const answers = await Promise.all(
    visitors.map(({ browser }, index) => browser.at(app.port(index)).get("/me")),
  );
  const isZombie = answers.map(({ status }) => status !== 401);
  count.zombies += isZombie.filter(Boolean).length;
  if (!isRace) return;
  count.races += letIn.filter(Boolean).length;
  count.zombiesOfRaces += letIn.filter((wasLetIn, index) => wasLetIn && isZombie[index]).length;
}

async function race(stage: Stage, app: AppPair, ending: Ending, races: number): Promise<RaceCount> {
  const count: RaceCount = { races: 0, zombies: 0, zombiesOfRaces: 0 };
  const size = Math.min(BATCH, races);
  const batches = Math.ceil((races / size) * MAX_BATCHES_PER_RACE);
  let writeMs = WRITE_MS.first;
  for (let batch = 0; batch < batches && count.races < races; batch += 1) {
    const before = count.races;
    const users = range(size).map((index) => `${ending.name}-${batch}-${index}`);
    await raceBatch(stage, app, ending, users, writeMs, count);
    if (count.races === before) writeMs = Math.min(writeMs * 2, WRITE_MS.last);
  }
  stage.report(`${ending.name}: ${count.races} races, ${count.zombies} revived sessions`);
  return count;
}

/** A2. */
export const endVersusWrite: BatteryCase = {
  id: "A2",
  title: "Sign-out, idle end, absolute end and revocation while a request of the session writes",
  passesAt: "2,500 races each: 0 revived sessions; 0 `sess` keys left 2 s later",
  async run(stage) {
    const tally = new Tally();
    const guarded = await stage.startApp({ hasTestClock: true });
    const asked = stage.count(2_500);
    for (const ending of ENDINGS) {
      await new Browser().at(guarded.port(0)).post("/control/settings", ending.settings);
      const { races, zombies } = await race(stage, guarded, ending, asked);
      tally
        .figure(`${ending.name}: races`, races, races >= asked)
        .none(`${ending.name}: revived sessions`, zombies);
    }
    await pause(2_000);
    tally.none("sess keys left", (await stage.redis.keys("sess:*")).length);

    const naive = await stage.startApp({ kind: "naive", hasTestClock: true });
    let [naiveRaces, naiveZombies] = [0, 0];
    for (const ending of ENDINGS) {
      const { races, zombiesOfRaces } = await race(stage, naive, ending, stage.count(400));
      naiveRaces += races;
      naiveZombies += zombiesOfRaces;
    }
    return tally.naiveFails("revived sessions", naiveZombies, naiveRaces, 0.9);
  },
};
