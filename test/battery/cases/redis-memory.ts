/** Cases B9 and B10: Redis's memory is full, and Redis refuses writes or deletes keys. */
import { Redis } from "ioredis";
import { startRedis, type RedisServer } from "../../harness/redis-server.js";
import { inParallel, Tally, type AppPair, type BatteryCase } from "../support/battery-case.js";
import { Browser, SESSION_COOKIE } from "../../harness/browser.js";
import { send, type Answer } from "../../harness/http.js";
import { CANARY } from "../support/guarded-app.js";
import { isWholeSeconds } from "../support/load.js";
import { signInPeople } from "../support/outage.js";
import { patchConfig, warningsOf } from "../support/settings-client.js";

const LIMIT = "12mb";
const KILOBYTE = 1_024;
/** Bytes by which Redis is then over the limit, so that ending sessions makes no room for new sessions. */
const OVER_BYTES = 512 * KILOBYTE;

/** Fills the memory until Redis refuses more. */
async function fillUp(redis: Redis): Promise<void> {
  const value = "x".repeat(16 * KILOBYTE);
  for (let key = 0; ; key += 1) {
    const refused = await redis.set(`filler:${key}`, value).catch((error: unknown) => String(error));
    if (refused !== "OK") break;
  }
  const used = Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1]);
  await redis.config("SET", "maxmemory", used - OVER_BYTES);
}

async function withRedis<T>(
  policy: string,
  run: (server: RedisServer, redis: Redis) => Promise<T>,
): Promise<T> {
  const server = await startRedis({ args: ["--maxmemory", LIMIT, "--maxmemory-policy", policy] });
  const redis = new Redis(server.url);
  try {
    return await run(server, redis);
  } finally {
    redis.disconnect();
    await server.stop();
  }
}

const warningsAtStart = (app: AppPair): Promise<number[]> =>
  Promise.all(app.ports.map((port) => warningsOf(port, "redis_eviction_policy")));

const isRefused = ({ status, headers }: Answer): boolean =>
  status === 503 && isWholeSeconds(headers["retry-after"]);

interface FullCount {
  signInsRefused: number;
  cookies: number;
  letIn: number;
  writesRefused: number;
  signedOut: number;
  revoked: number;
  gone: number;
  serverErrors: number;
}

async function useFull(app: AppPair, people: readonly Browser[], count: FullCount): Promise<void> {
  const note = (answer: Answer | undefined): Answer => {
    if (!answer) throw new Error("the app does not answer");
    if (answer.status >= 500 && answer.status !== 503) count.serverErrors += 1;
    return answer;
  };
  await inParallel(people.length, 10, async (index) => {
    const stranger = new Browser();
    if (isRefused(note(await stranger.at(app.port(index)).trySignIn(`late-${index}`))))
      count.signInsRefused += 1;
    if (stranger.cookies.has(SESSION_COOKIE)) count.cookies += 1;
    const me = note(await people[index]?.at(app.port(index)).get("/me"));
    if (me.status === 200 && me.text.includes(CANARY)) count.letIn += 1;
    const written = note(await people[index]?.at(app.port(index)).post("/write", { key: "more" }));
    if (isRefused(written)) count.writesRefused += 1;
  });
  await inParallel(people.length, 10, async (index) => {
    const port = app.port(index);
    if (index % 2 === 0) {
      if (note(await people[index]?.at(port).post("/logout")).status === 200) count.signedOut += 1;
    } else {
      const answer = await send(port, "/control/revoke-all", { body: { user: `person-${index}` } });
      if (note(answer).status === 200) count.revoked += 1;
    }
    if (note(await people[index]?.at(app.port(index + 1)).get("/me")).status === 401) count.gone += 1;
  });
}

/** B9. */
export const memoryFull: BatteryCase = {
  id: "B9",
  title: "Full memory (maxmemory) with noeviction",
  passesAt:
    "sign-ins and other writes are 503; 200 of 200 sessions are still checked; sign-out and revocation work; 0 responses 500",
  run: (stage) =>
    withRedis("noeviction", async (server, redis) => {
      const app = await stage.startApp({ redisUrl: server.url });
      const sessions = stage.count(200);
      const people = await signInPeople(app, sessions);
      const warned = await warningsAtStart(app);
      await fillUp(redis);
      const count: FullCount = {
        signInsRefused: 0,
        cookies: 0,
        letIn: 0,
        writesRefused: 0,
        signedOut: 0,
        revoked: 0,
        gone: 0,
        serverErrors: 0,
      };
      await useFull(app, people, count);
      const settings = await patchConfig(app.port(0), { session_minutes: 60 });
      await redis.config("SET", "maxmemory", "0");
      const after = await Promise.all(
        people.map((person, index) => person.at(app.port(index)).trySignIn(`person-${index}`)),
      );
      return new Tally()
        .exactly("sign-ins answered 503", count.signInsRefused, sessions)
        .none("cookies of refused sign-ins", count.cookies)
        .exactly("sessions still checked", count.letIn, sessions)
        .exactly("changes of session data answered 503", count.writesRefused, sessions)
        .exactly("change of settings answered", settings.status, 503)
        .exactly("signed out", count.signedOut, Math.ceil(sessions / 2))
        .exactly("revoked", count.revoked, Math.floor(sessions / 2))
        .exactly("gone after that", count.gone, sessions)
        .none("500", count.serverErrors)
        .none("processes that warned of the policy", warned.filter((warnings) => warnings > 0).length)
        .exactly("signed in with memory again", after.filter(({ status }) => status === 200).length, sessions)
        .outcome;
    }),
};

/** Number of steps in which several times the memory's size is written. Some people are asked after each step. */
const STEPS = 10;
const FILLERS_PER_STEP = 200;

interface EvictionCount {
  letIn: number;
  unknown: number;
  others: number;
  protectedSeen: number;
  signedInAgain: number;
}

async function askAmidEviction(
  app: AppPair,
  redis: Redis,
  people: readonly Browser[],
): Promise<EvictionCount> {
  const count: EvictionCount = { letIn: 0, unknown: 0, others: 0, protectedSeen: 0, signedInAgain: 0 };
  const value = "x".repeat(8 * KILOBYTE);
  for (let step = 0; step < STEPS; step += 1) {
    for (let key = 0; key < FILLERS_PER_STEP; key += 1) await redis.set(`filler:${step}:${key}`, value);
    await inParallel(people.length, 10, async (index) => {
      const person = people[index];
      if (index % STEPS !== step || !person) return;
      const { status, json, text } = await person.at(app.port(index)).get("/me");
      if (status === 200) count.letIn += 1;
      else if (status === 401 && json["reason"] === "unknown") count.unknown += 1;
      else count.others += 1;
      if (status !== 200 && text.includes(CANARY)) count.protectedSeen += 1;
      if ((await person.at(app.port(index)).trySignIn(`person-${index}`)).status === 200)
        count.signedInAgain += 1;
    });
  }
  return count;
}

/** B10. */
export const keysEvicted: BatteryCase = {
  id: "B10",
  title: "Full memory (maxmemory) with allkeys-lru: Redis deletes sessions",
  passesAt:
    "a warning of each process at the start; a deleted key is a sign-out with the reason unknown, never a 500",
  run: (stage) =>
    withRedis("allkeys-lru", async (server, redis) => {
      const app = await stage.startApp({ redisUrl: server.url });
      const warned = await warningsAtStart(app);
      // Both kinds must occur even at a tenth, so there are no fewer people.
      const sessions = Math.max(100, stage.count(1_000));
      const people = await signInPeople(app, sessions);
      const count = await askAmidEviction(app, redis, people);
      const evicted = Number(/evicted_keys:(\d+)/.exec(await redis.info("stats"))?.[1]);
      return new Tally()
        .exactly("processes that warned", warned.filter((warnings) => warnings === 1).length, 2)
        .figure("keys that Redis deleted", evicted, evicted > 0)
        .figure("signed out as unknown", count.unknown, count.unknown > 0)
        .figure("still signed in", count.letIn, count.letIn > 0)
        .none("other answers", count.others)
        .none("protected", count.protectedSeen)
        .exactly("signed in again with the old cookie", count.signedInAgain, sessions).outcome;
    }),
};
