/** Cases B3 and B5: Redis returns, or starts late, and the app uses it without a restart. */
import { Redis } from "ioredis";
import { startRedis, type RedisServer } from "../../harness/redis-server.js";
import {
  between,
  inParallel,
  pause,
  Tally,
  type AppPair,
  type BatteryCase,
} from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";
import { send, type Answer } from "../../harness/http.js";
import { CANARY } from "../support/guarded-app.js";
import { isWholeSeconds } from "../support/load.js";
import { inMs, letInAt, openWorld, pongAt, signInPeople, TIMEOUT_MS, untilGone } from "../support/outage.js";

const BACK_WITHIN_MS = 2_000;
/** Keys that Redis has to load, and the extra time for each key: about two seconds in all. */
const KEYS_TO_LOAD = 20_000;
const LOAD_DELAY_MICROSECONDS = 100;

/**
 * Kills Redis and starts it again. @returns the time from Redis's first answer until a user is let in, for
 * each process
 */
async function comeBack(server: RedisServer, app: AppPair, browser: Browser): Promise<number[]> {
  server.signal("SIGKILL");
  await pause(between(100, 2_000));
  const letIn: Promise<number>[] = app.ports.map((port) => letInAt(browser, port));
  const [ponged] = await Promise.all([pongAt(server.port), server.restart()]);
  return (await Promise.all(letIn)).map((at) => Math.max(0, at - ponged));
}

async function fill(url: string): Promise<void> {
  const redis = new Redis(url);
  const pipeline = redis.pipeline();
  for (let key = 0; key < KEYS_TO_LOAD; key += 1) pipeline.set(`filler:${key}`, "x");
  await pipeline.exec();
  redis.disconnect();
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** B3. */
export const redisBack: BatteryCase = {
  id: "B3",
  title:
    "Redis is killed and returns after 0.1 to 2 s, with little data or with data that loads for two seconds",
  passesAt: "20 of 20: both processes serve a signed-in user within 2 s after PING answers; no restart",
  async run(stage) {
    const tally = new Tally();
    for (const isLoading of [false, true]) {
      const args = isLoading ? ["--key-load-delay", String(LOAD_DELAY_MICROSECONDS)] : [];
      const world = await openWorld(stage, { persistence: "aof", args });
      const [person = new Browser()] = world.people;
      try {
        if (isLoading) await fill(world.server.url);
        const times = stage.count(10);
        const took: number[] = [];
        for (let time = 0; time < times; time += 1) {
          stage.report(`return ${time + 1} of ${times}`);
          took.push(...(await comeBack(world.server, world.app, person)));
        }
        const inTime = took.filter((ms) => ms <= BACK_WITHIN_MS).length;
        const name = isLoading ? "with data to load" : "with little data";
        tally
          .exactly(`${name}: returns of two processes in time`, inTime, 2 * times)
          .figure(`${name}: median`, inMs(median(took)), true)
          .figure(`${name}: slowest`, inMs(Math.max(...took)), Math.max(...took) <= BACK_WITHIN_MS);
      } finally {
        await world.close();
      }
    }
    return tally.exactly("processes alive", stage.hosts.filter(({ isAlive }) => isAlive).length, 2).outcome;
  },
};

/** Answers to requests while there is no Redis. */
class Absence {
  guarded = 0;
  refused = 0;
  protectedSeen = 0;
  healthy = 0;
  strangers = 0;

  note({ status, headers, text }: Answer): void {
    this.guarded += 1;
    if (status === 503 && isWholeSeconds(headers["retry-after"])) this.refused += 1;
    if (text.includes(CANARY)) this.protectedSeen += 1;
  }
}

/** Starts an app without its Redis, then starts Redis. @returns the time until the app works, for each process */
async function startAbsent(
  start: () => Promise<AppPair>,
  server: RedisServer,
  browser: Browser,
  absence: Absence,
): Promise<number[]> {
  const app = await start();
  for (const port of app.ports) {
    for (const path of ["/me", "/page", "/curfew/status"]) absence.note(await browser.at(port).get(path));
    absence.note(await new Browser().at(port).trySignIn("stranger"));
    if ((await send(port, "/healthz")).status === 200) absence.healthy += 1;
    if ((await new Browser().at(port).get("/login")).status === 200) absence.strangers += 1;
  }
  const shown = app.ports.flatMap((port) => [letInAt(browser, port), letInAt(browser, port, "/healthz")]);
  const [ponged] = await Promise.all([pongAt(server.port), server.restart()]);
  const took = (await Promise.all(shown)).map((at) => Math.max(0, at - ponged));
  await app.stop();
  return took;
}

/** B5. */
export const redisAbsent: BatteryCase = {
  id: "B5",
  title: "The app starts without Redis",
  passesAt:
    "the app starts; its health route and guarded routes answer 503; all works within 2 s after Redis answers",
  async run(stage) {
    const server = await startRedis({ persistence: "aof" });
    const absence = new Absence();
    const starts = stage.count(20);
    const took: number[] = [];
    try {
      const earlier = await stage.startApp({ redisUrl: server.url });
      const [person = new Browser()] = await signInPeople(earlier, 1);
      await earlier.stop();
      const start = (): Promise<AppPair> =>
        stage.startApp({ redisUrl: server.url, timeoutMs: TIMEOUT_MS, startsWithoutRedis: true });
      await inParallel(starts, 1, async () => {
        server.signal("SIGKILL");
        await untilGone(server.port);
        took.push(...(await startAbsent(start, server, person, absence)));
      });
    } finally {
      await server.stop();
    }
    return new Tally()
      .exactly("starts of two processes", took.length / 2, 2 * starts)
      .exactly(
        "guarded requests and sign-ins answered 503 with Retry-After",
        absence.refused,
        absence.guarded,
      )
      .none("protected", absence.protectedSeen)
      .none("healthy without Redis", absence.healthy)
      .exactly("sign-in page served to strangers", absence.strangers, 2 * starts)
      .exactly("well in time", took.filter((ms) => ms <= BACK_WITHIN_MS).length, 4 * starts)
      .figure("slowest", inMs(Math.max(...took)), Math.max(...took) <= BACK_WITHIN_MS).outcome;
  },
};
