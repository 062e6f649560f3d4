/**
 * Measures news for open tabs and the sweep of deadlines: `npm run bench:live`. Prints each figure beside its target, and
 * writes nothing. `-- --sessions 100000 --streams 1000` makes it shorter.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import { queueSweep, SLOT_MS } from "../src/state/list/due-list.js";
import { Sweeper } from "../src/state/ends/sweeper.js";
import { newRef } from "../src/state/session-id.js";
import { openState, signIn } from "../test/battery/support/filling.js";
import { APP_FACTS } from "../test/harness/app-facts.js";
import { startRedis } from "../test/harness/redis-server.js";
import { processorMicrosOf } from "./processor-time.js";
import type { LiveVitals } from "./processes/live-app.js";
import { spreadOf } from "./statistics.js";

const { values: options } = parseArgs({
  options: {
    sessions: { type: "string", default: "1000000" },
    streams: { type: "string", default: "10000" },
    evictions: { type: "string", default: "100" },
    seconds: { type: "string", default: "60" },
  },
});

/** Collections before the memory of idle streams is read, and the time between two of them. */
const COLLECTIONS = 10;
const COLLECTION_EVERY_MS = 2_000;

interface App {
  readonly child: ChildProcess;
  readonly port: number;
}

async function startApp(file: string, settings: Readonly<Record<string, string>>): Promise<App> {
  const child = fork(fileURLToPath(new URL(`processes/${file}`, import.meta.url)), {
    execArgv: ["--import", "tsx"],
    env: { ...process.env, ...settings, NODE_ENV: "production" },
  });
  const [port] = (await once(child, "message")) as [number];
  return { child, port };
}

/** Requests a page. @returns the answer, which the caller reads */
async function ask({ port }: App, path: string, cookie = ""): Promise<IncomingMessage> {
  const request = get({ host: "127.0.0.1", port, path, headers: { cookie }, agent: false });
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  if (answer.statusCode !== 200) throw new Error(`${path} answered ${String(answer.statusCode)}`);
  return answer;
}

/** Signs a user in. @returns the cookies */
async function enter(app: App, user: string): Promise<string> {
  const answer = await ask(app, `/enter/${user}`);
  answer.resume();
  return (answer.headers["set-cookie"] ?? []).map((line) => line.split(";")[0]).join("; ");
}

/** Opens an event stream, and waits for its first bytes. */
async function openStream(app: App, cookie: string): Promise<IncomingMessage> {
  const stream = await ask(app, "/curfew/events", cookie);
  await once(stream, "data");
  return stream;
}

async function vitals(app: App): Promise<LiveVitals> {
  let text = "";
  for await (const chunk of await ask(app, "/vitals")) text += String(chunk);
  return JSON.parse(text) as LiveVitals;
}

function print(what: string, figure: string, target: string): void {
  process.stdout.write(`${what}: ${figure} (target: ${target})\n`);
}

/** Milliseconds from the request of an evicting sign-in at one process to the news at the other. */
async function measureEvictions(one: App, two: App): Promise<void> {
  const times: number[] = [];
  for (let index = 0; index < Number(options.evictions); index++) {
    const user = `evicted-${String(index)}`;
    const stream = await openStream(two, await enter(one, user));
    const told = once(stream, "data");
    const startedAt = performance.now();
    await enter(one, user);
    const [news] = (await told) as [Buffer];
    times.push(performance.now() - startedAt);
    if (!String(news).includes('"reason":"evicted"')) throw new Error(`other news: ${String(news)}`);
    stream.destroy();
  }
  const slowest = Math.max(...times).toFixed(0);
  print(`eviction to news, ms, median of ${String(times.length)}`, spreadOf(times).median.toFixed(0), "1000");
  print("slowest", `${slowest} ms`, "none");
}

/** Opens many streams, and prints their memory. @param cookieOf - returns the cookies of a user */
async function openStreams(
  app: App,
  title: string,
  target: string,
  cookieOf: (user: string) => Promise<string>,
): Promise<{ streams: IncomingMessage[]; after: LiveVitals }> {
  const count = Number(options.streams);
  const before = await vitals(app);
  const streams: IncomingMessage[] = [];
  for (let at = 0; at < count; at += 50) {
    const users = Array.from({ length: Math.min(50, count - at) }, (_, index) => `tab-${String(at + index)}`);
    streams.push(...(await Promise.all(users.map(async (user) => openStream(app, await cookieOf(user))))));
  }
  for (const stream of streams) stream.resume();
  const printMemory = (when: string, { rssBytes, heapBytes }: LiveVitals, limit: string): void => {
    const [rss, heap] = [rssBytes - before.rssBytes, heapBytes - before.heapBytes].map((bytes) =>
      (bytes / 1e6).toFixed(0),
    );
    print(`${String(count)} streams of ${title}, MB (of that heap), ${when}`, `${rss} (${heap})`, limit);
  };
  printMemory("just opened", await vitals(app), "none");
  const after = await settledVitals(app);
  printMemory("idle", after, target);
  return { streams, after };
}

/** Collects garbage until V8 has given back the memory that the requests needed. One collection empties few pages. */
async function settledVitals(app: App): Promise<LiveVitals> {
  for (let round = 0; round < COLLECTIONS; round++) {
    await vitals(app);
    await new Promise((resolve) => setTimeout(resolve, COLLECTION_EVERY_MS));
  }
  return vitals(app);
}

/** Memory of the same number of streams in a bare server: what Node.js and Express take by themselves. */
async function measureFloors(): Promise<void> {
  for (const kind of ["http", "express"]) {
    const app = await startApp("live-floor.ts", { LIVE_FLOOR: kind });
    await openStreams(app, `a bare ${kind} server`, "none", () => Promise.resolve("x".repeat(300)));
    app.child.kill();
  }
}

/** Memory and processor time of one process with many silent streams. The users sign in at the other process. */
async function measureStreams(app: App, other: App): Promise<void> {
  const { streams, after } = await openStreams(app, "this package", "200 for 10,000", (user) =>
    enter(other, user),
  );
  const seconds = Number(options.seconds);
  const startedAt = processorMicrosOf(after.pid);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const share = (processorMicrosOf(after.pid) - startedAt) / (seconds * 1e6);
  print(`their share of a core over ${String(seconds)} s`, `${(share * 100).toFixed(1)} %`, "5 %");
  for (const stream of streams) stream.destroy();
}

const IDLE_MS = 900_000;
/** Number of slots that the measurement sweeps. */
const SLOTS = 4;

/** Redis's processor time for the sweep of sessions that are all due once in fifteen minutes, as people's clicks make them. */
async function measureSweep(url: string, pid: number): Promise<void> {
  const count = Number(options.sessions);
  const begin = Math.floor(Date.now() / SLOT_MS) * SLOT_MS;
  // The copied session is active until after the measurement.
  let now = begin + SLOTS * SLOT_MS;
  const state = await openState(url, {
    clock: () => now,
    defaults: {
      inactivityLogout: true,
      allowPersistentSessions: false,
      idleMinutes: 15,
      sessionMinutes: 1_440,
    },
  });
  const { storage } = state;
  const client = new Redis(url);
  const slots = IDLE_MS / SLOT_MS;
  const { ref: copied } = await signIn(storage, "copied", "browser");
  const text = (await client.get(storage.keys.record(copied))) ?? "";
  now = begin;
  for (let at = 0; at < count; at += 1_000) {
    const refs = Array.from({ length: Math.min(1_000, count - at) }, newRef);
    const writes = client.pipeline();
    for (const ref of refs) writes.set(storage.keys.record(ref), text, "PX", 86_400_000);
    await writes.exec();
    await queueSweep(storage, refs, begin + (((at / 1_000) % slots) + 1) * SLOT_MS, begin);
  }
  // The stopped apps may have the turn for some seconds more.
  await client.del(storage.keys.turn);
  const sweeper = new Sweeper(storage, () => APP_FACTS);
  await sweeper.sweep();
  const startedAt = processorMicrosOf(pid);
  for (let slot = 0; slot < SLOTS; slot++) {
    now += SLOT_MS;
    await sweeper.sweep();
  }
  const share = (processorMicrosOf(pid) - startedAt) / (SLOTS * SLOT_MS * 1_000);
  print(
    `the sweep's share of a Redis core, ${String(count)} sessions`,
    `${(share * 100).toFixed(2)} %`,
    "1 %",
  );
  const left = await Promise.all(
    Array.from({ length: SLOTS }, (_, i) => client.llen(storage.keys.due(begin / SLOT_MS + 1 + i))),
  );
  if (left.some((rows) => rows > 0)) throw new Error("a slot has not been swept");
  client.disconnect();
  state.close();
}

const server = await startRedis();
process.stdout.write(`Redis ${server.version}, Node.js ${process.version}, load ${String(loadavg()[0])}\n`);
const startOwn = (): Promise<App> => startApp("live-app.ts", { LIVE_REDIS: server.url });
const apps = await Promise.all([startOwn(), startOwn()]);
try {
  const [one, two] = apps;
  await measureEvictions(one, two);
  await measureStreams(one, two);
  await measureFloors();
  for (const { child } of apps) child.disconnect();
  await measureSweep(server.url, server.pid);
} finally {
  for (const { child } of apps) child.kill();
  await server.stop();
}
