/** Case B11: FLUSHALL under load. */
import { Redis } from "ioredis";
import { pause, Tally, type BatteryCase } from "../support/battery-case.js";
import { CANARY } from "../support/guarded-app.js";
import { otherThan, startLoad, type Shot } from "../support/load.js";
import { openWorld, type World } from "../support/outage.js";
import { patchConfig, readConfig, warningsOf } from "../support/settings-client.js";

const RATE_PER_SECOND = 200;
const LOAD_MS = 1_000;
/** Saved before the loss. The default is half an hour. */
const SAVED_MINUTES = 300;
const DEFAULT_MINUTES = 30;

interface Count {
  after: number;
  toldUnknown: number;
  protectedSeen: number;
  othersUnderWay: number;
  serverErrors: number;
  unanswered: number;
  warnings: number;
  defaults: number;
  keysLeft: number;
  signedInAgain: number;
}

const isToldUnknown = ({ status, text }: Shot): boolean =>
  status === 401 && (JSON.parse(text) as { reason?: unknown }).reason === "unknown";

async function flushOnce(world: World, redis: Redis, count: Count): Promise<void> {
  const { app, people } = world;
  await patchConfig(app.port(0), { session_minutes: SAVED_MINUTES });
  const load = startLoad(RATE_PER_SECOND, (index) => world.ask(index));
  await pause(LOAD_MS);
  const sentAt = performance.now();
  await redis.flushall();
  const emptyAt = performance.now();
  await pause(LOAD_MS);
  count.unanswered += await load.stop();

  const after = load.shots.filter((shot) => shot.sentAt > emptyAt);
  const underWay = load.shots.filter((shot) => shot.doneAt > sentAt && shot.sentAt <= emptyAt);
  count.after += after.length;
  count.toldUnknown += after.filter(isToldUnknown).length;
  count.protectedSeen += after.filter(({ text }) => text.includes(CANARY)).length;
  count.othersUnderWay += otherThan(underWay, 200, 401);
  count.serverErrors += load.shots.filter(({ status }) => status >= 500).length;
  for (const port of app.ports) {
    if ((await readConfig(port)).session_minutes === DEFAULT_MINUTES) count.defaults += 1;
    count.warnings += await warningsOf(port, "settings_lost");
  }
  // A process that holds the key of user tags puts that key back. Later requests are counted. A sweep that falls due takes
  // its turn, and puts the app's configuration back.
  const own = /^curfew:(?:(?:tags|swept|sweeper|app)$|n:)/;
  count.keysLeft += (await redis.keys("*")).filter((key) => !own.test(key)).length;
  for (const [index, person] of people.entries())
    if ((await person.at(app.port(index)).trySignIn(`person-${index}`)).status === 200)
      count.signedInAgain += 1;
}

/** B11. */
export const redisEmptied: BatteryCase = {
  id: "B11",
  title: "FLUSHALL under 200 requests a second, ten times",
  passesAt:
    "all users are signed out with a reason; the defaults apply, with one warning of each process; 0 responses 500",
  async run(stage) {
    // The time-out is the battery's usual one, because this case is not about slow answers.
    const world = await openWorld(stage, {}, { timeoutMs: 10_000 });
    const redis = new Redis(world.server.url);
    const rounds = stage.count(10);
    const count: Count = {
      after: 0,
      toldUnknown: 0,
      protectedSeen: 0,
      othersUnderWay: 0,
      serverErrors: 0,
      unanswered: 0,
      warnings: 0,
      defaults: 0,
      keysLeft: 0,
      signedInAgain: 0,
    };
    try {
      for (let round = 0; round < rounds; round += 1) await flushOnce(world, redis, count);
    } finally {
      redis.disconnect();
      await world.close();
    }
    return new Tally()
      .exactly("requests after it answered 401, reason unknown", count.toldUnknown, count.after)
      .none("protected", count.protectedSeen)
      .none("under way and answered neither 200 nor 401", count.othersUnderWay)
      .none("5xx", count.serverErrors)
      .none("unanswered", count.unanswered)
      .exactly("processes with the defaults in force", count.defaults, 2 * rounds)
      .exactly("warnings that the settings are lost", count.warnings, 2 * rounds)
      .none("keys that came back", count.keysLeft)
      .exactly("signed in again", count.signedInAgain, world.people.length * rounds).outcome;
  },
};
