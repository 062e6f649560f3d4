/** A Redis for one case, to be killed or frozen, with an app of two processes and signed-in people. */
import { connect } from "node:net";
import { startRedis, type RedisServer, type StartRedisOptions } from "../../harness/redis-server.js";
import type { AppConfig } from "./app-config.js";
import { inParallel, pause, range, type AppPair, type Stage } from "./battery-case.js";
import { Browser } from "../../harness/browser.js";
import type { Answer } from "../../harness/http.js";

/** The package's own default, because these cases measure waiting times. */
export const TIMEOUT_MS = 1_000;

/** Server, app and people of an outage. */
export interface World {
  readonly server: RedisServer;
  readonly app: AppPair;
  readonly people: readonly Browser[];
  /** Makes one guarded request of a person: pages, JSON and writes, on both processes in turn. */
  ask(index: number): Promise<Answer>;
  close(): Promise<void>;
}

/** A prime number, so that each person meets every page and both processes. */
const PEOPLE = 23;
/** Each fifth request writes to its session. */
const WRITES = 5;

/** Opens a world. The caller closes it. */
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
      if (index % WRITES === 0) return person.at(port).post("/write", { key: `k${index % 3}` });
      return person.at(port).get(index % WRITES === 1 ? "/page" : "/me");
    };
    return { server, app, people, ask, close: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

const MAX_TRIES = 10;

/** Signs people in, one browser each. Repeats a sign-in if the machine is too busy, because a case only begins here. */
export async function signInPeople(app: AppPair, count: number, name = "person"): Promise<Browser[]> {
  const people = range(count).map(() => new Browser());
  await inParallel(count, 8, async (index) => {
    for (let tries = 1; ; tries += 1) {
      const answer = await people[index]?.at(app.port(index)).trySignIn(`${name}-${index}`);
      if (answer?.status === 200) return;
      if (tries === MAX_TRIES) throw new Error(`sign-in: ${answer?.status ?? 0} ${answer?.text ?? ""}`);
    }
  });
  return people;
}

const LOOK_AGAIN_MS = 2;

/** Waits until a Redis answers PING with PONG. @returns the time of `performance.now()` */
export async function pongAt(port: number): Promise<number> {
  for (;;) {
    if (await pings(port)) return performance.now();
    await pause(LOOK_AGAIN_MS);
  }
}

/** Waits until a killed Redis is gone. */
export async function untilGone(port: number): Promise<void> {
  while (await pings(port)) await pause(LOOK_AGAIN_MS);
}

/** Returns true if a Redis answers PONG. Returns false while it is unreachable or loading. */
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

/** Waits until a user is let in. @returns the time of that answer, of `performance.now()` */
export async function letInAt(browser: Browser, port: number, path = "/me"): Promise<number> {
  for (;;) {
    const answer = await browser
      .at(port)
      .get(path)
      .catch(() => null);
    if (answer?.status === 200) return performance.now();
    await pause(LOOK_AGAIN_MS);
  }
}

/** Returns milliseconds as a figure. */
export const inMs = (ms: number): string => `${ms.toFixed(0)} ms`;
