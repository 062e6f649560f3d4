/** A Redis of the case's own, to be killed or frozen, with an app of two processes on it and people signed in. */
import { connect } from "node:net";
import { startRedis, type RedisServer, type StartRedisOptions } from "../../harness/redis-server.js";
import type { AppConfig } from "./app-config.js";
import { inParallel, pause, range, type AppPair, type Stage } from "./battery-case.js";
import { Browser, type Answer } from "./browser.js";

/** The package's own default: these cases are about how long people wait. */
export const TIMEOUT_MS = 1_000;

/** What an outage happens to. */
export interface World {
  readonly server: RedisServer;
  readonly app: AppPair;
  readonly people: readonly Browser[];
  /** One guarded request of somebody's: pages, JSON and writes, on both processes by turns. */
  ask(index: number): Promise<Answer>;
  close(): Promise<void>;
}

/** A prime, so that every one of them meets every page and both processes. */
const PEOPLE = 23;
/** How often a request writes to its session: each fifth. */
const WRITES = 5;

/** Sets one up; `close` it. */
export async function openWorld(
  stage: Stage,
  redisOptions: StartRedisOptions = { persistence: "aof" },
  config: Partial<AppConfig> = {},
): Promise<World> {
  const server = await startRedis(redisOptions);
  try {
    const app = await stage.startApp({ redisUrl: server.url, timeoutMs: TIMEOUT_MS, ...config });
    const people = await signInPeople(app, PEOPLE);
    const ask = (index: number): Promise<Answer> => {
      const person = people[index % PEOPLE] ?? new Browser();
      const port = app.port(index);
      if (index % WRITES === 0) return person.post(port, "/write", { key: `k${index % 3}` });
      return person.get(port, index % WRITES === 1 ? "/page" : "/me");
    };
    return { server, app, people, ask, close: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

const MAX_TRIES = 10;

/** Signs people in, one browser each; again where the machine was too busy, for this is only how a case begins. */
export async function signInPeople(app: AppPair, count: number, name = "person"): Promise<Browser[]> {
  const people = range(count).map(() => new Browser());
  await inParallel(count, 8, async (index) => {
    for (let tries = 1; ; tries += 1) {
      const answer = await people[index]?.signIn(app.port(index), `${name}-${index}`);
      if (answer?.status === 200) return;
      if (tries === MAX_TRIES) throw new Error(`sign-in: ${answer?.status ?? 0} ${answer?.text ?? ""}`);
    }
  });
  return people;
}

const LOOK_AGAIN_MS = 2;

/** Waits until a Redis answers PING with PONG. @returns when, as `performance.now()` tells it */
export async function pongAt(port: number): Promise<number> {
  for (;;) {
    if (await pings(port)) return performance.now();
    await pause(LOOK_AGAIN_MS);
  }
}

/** Waits until a Redis that was killed is gone. */
export async function untilGone(port: number): Promise<void> {
  while (await pings(port)) await pause(LOOK_AGAIN_MS);
}

/** Whether a Redis answers PONG: not where it can't be reached, nor while it is loading. */
function pings(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => resolve(false));
    socket.once("close", () => resolve(false));
    socket.once("connect", () => socket.write("PING\r\n"));
    socket.once("data", (reply) => {
      resolve(reply.toString().startsWith("+PONG"));
      socket.destroy();
    });
  });
}

/** Waits until somebody is let in. @returns when that was answered, as `performance.now()` tells it */
export async function letInAt(browser: Browser, port: number, path = "/me"): Promise<number> {
  for (;;) {
    const answer = await browser.get(port, path).catch(() => null);
    if (answer?.status === 200) return performance.now();
    await pause(LOOK_AGAIN_MS);
  }
}

/** Milliseconds, as a figure. */
export const inMs = (ms: number): string => `${ms.toFixed(0)} ms`;
