/** Cases A1 and A3: eviction while requests of the evicted session write. */
import {
  between,
  inParallel,
  pause,
  range,
  Tally,
  type AppPair,
  type BatteryCase,
} from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";

const ONE_SESSION = { defaults: { maxSessionsPerUser: 1 } };

interface RaceCount {
  /** Races in which a write that had been let in was still under way when the eviction was answered. */
  races: number;
  zombies: number;
  /** Revived sessions that come from a race. */
  zombiesOfRaces: number;
  newSessionsBroken: number;
}

/**
 * Requests in flight. `isUnderWay` is true while an admitted request runs. `land` waits for the end of all requests.
 */
interface Flight {
  isUnderWay(): boolean;
  land(): Promise<boolean>;
}

interface RacePlan {
  readonly name: string;
  readonly races: number;
  readonly width: number;
  takeOff(old: Browser, app: AppPair, index: number): Flight;
  /** Delay of the newer sign-in, in milliseconds. */
  readonly evictsAfterMs: readonly [number, number];
}

async function raceOnce(app: AppPair, plan: RacePlan, index: number, count: RaceCount): Promise<void> {
  const user = `${plan.name}-${index}`;
  const [old, newer] = [new Browser(), new Browser()];
  await old.at(app.port(index)).trySignIn(user);
  const flight = plan.takeOff(old, app, index);
  await pause(between(...plan.evictsAfterMs));
  const signedIn = await newer.at(app.port(index + 1)).trySignIn(user);
  const wasUnderWay = flight.isUnderWay();
  const wasLetIn = await flight.land();
  const [oldAnswer, newAnswer] = await Promise.all([
    old.at(app.port(index + 1)).get("/me"),
    newer.at(app.port(index)).get("/me"),
  ]);
  const [isRace, isZombie] = [wasUnderWay && wasLetIn, oldAnswer.status !== 401];
  if (isRace) count.races += 1;
  if (isZombie) count.zombies += 1;
  if (isRace && isZombie) count.zombiesOfRaces += 1;
  if (signedIn.status !== 200 || newAnswer.status !== 200) count.newSessionsBroken += 1;
}

/** Races until there are enough. On a busy machine some writes come too late, or end too soon, for a race. */
async function race(app: AppPair, plan: RacePlan, report: (text: string) => void): Promise<RaceCount> {
  const count: RaceCount = { races: 0, zombies: 0, zombiesOfRaces: 0, newSessionsBroken: 0 };
  await inParallel(plan.races * 3, plan.width, async (index) => {
    if (count.races >= plan.races) return;
    await raceOnce(app, plan, index, count);
    if (index % 1_000 === 999) report(`${plan.name} ${count.races} of ${plan.races}`);
  });
  return count;
}

const slowWrite = (name: string, races: number): RacePlan => ({
  name,
  races,
  width: 20,
  takeOff(old, app, index) {
    let isUnderWay = true;
    const write = old
      .clone()
      .at(app.port(index))
      .post("/write", { key: "slow", ms: between(20, 50) });
    const landed = write.then(({ status }) => {
      isUnderWay = false;
      return status === 200;
    });
    return { isUnderWay: () => isUnderWay, land: () => landed };
  },
  evictsAfterMs: [5, 15],
});

/**
 * Returns a page that keeps four writes in flight, as fast as the app is. Chance decides which write the
 * eviction meets.
 */
const busyPage = (name: string, races: number): RacePlan => ({
  name,
  races,
  width: 4,
  takeOff(old, app, index) {
    let goesOn = true;
    const writeOn = async (part: number): Promise<void> => {
      while (goesOn)
        await old
          .clone()
          .at(app.port(index + part))
          .post("/write", { key: `part${part}` });
    };
    const landed = Promise.all(range(4).map(writeOn));
    return {
      isUnderWay: () => true,
      land: async () => {
        goesOn = false;
        await landed;
        return true;
      },
    };
  },
  evictsAfterMs: [1, 4],
});

/** A1. */
export const evictionVersusSlowWrite: BatteryCase = {
  id: "A1",
  title: "Eviction while a slow request of the evicted session writes",
  passesAt: "10,000 races, 20 in parallel: 0 revived sessions, 0 broken new sessions",
  async run(stage) {
    const guarded = await stage.startApp(ONE_SESSION);
    const races = stage.count(10_000);
    const count = await race(guarded, slowWrite("guarded", races), stage.report);
    const tally = new Tally()
      .figure("races", count.races, count.races >= races)
      .none("revived sessions", count.zombies)
      .none("new sessions broken", count.newSessionsBroken);
    const naive = await stage.startApp({ kind: "naive" });
    const naiveRaces = stage.count(1_000);
    const naiveCount = await race(naive, slowWrite("naive", naiveRaces), stage.report);
    return tally.naiveFails("revived sessions", naiveCount.zombiesOfRaces, naiveCount.races, 0.95);
  },
};

/** A3. */
export const evictionUnderNaturalTiming: BatteryCase = {
  id: "A3",
  title: "Eviction of a page with four requests in flight, natural timing",
  passesAt: "2,000 evictions: 0 revived sessions",
  async run(stage) {
    const guarded = await stage.startApp(ONE_SESSION);
    const races = stage.count(2_000);
    const count = await race(guarded, busyPage("guarded", races), stage.report);
    const tally = new Tally()
      .figure("evictions", count.races, count.races >= races)
      .none("revived sessions", count.zombies)
      .none("new sessions broken", count.newSessionsBroken);
    const naive = await stage.startApp({ kind: "naive" });
    const naiveRaces = stage.count(2_000);
    const naiveCount = await race(naive, busyPage("naive", naiveRaces), stage.report);
    // The share depends on the machine. One in five proves that the race happens.
    return tally.naiveFails("revived sessions", naiveCount.zombiesOfRaces, naiveCount.races, 0.2);
  },
};
