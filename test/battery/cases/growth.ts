/** Cases I1, I2 and I4: costs that do not grow with the number of sessions. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { startRecordingProxy, traceRoundTrips } from "../../../bench/round-trips.js";
import { listSessions } from "../../../src/state/sessions/list-sessions.js";
import { readSession } from "../../../src/state/sessions/read-session.js";
import { compareApps } from "../support/app-latencies.js";
import { inParallel, Tally, type BatteryCase, type Stage } from "../support/battery-case.js";
import { send, tell } from "../../harness/http.js";
import { cookieHeader, fill, openState, signIn, type Filled, type StateLayer } from "../support/filling.js";
import {
  commandUsage,
  growServers,
  median,
  usedMemory,
  type GrownCurfew,
  type GrownServer,
  type GrownServers,
} from "../support/grown-servers.js";

const MOST = 1_000_000;
const ROUNDS = 15;
/** Extra microseconds of Redis at a million sessions, because processor caches no longer hold the memory. */
const COLD_MEMORY_MICROS = 10;
const FLAT = 1.05;
const BYTES_A_SESSION = 500;
const BYTES_IN_ALL = 1.2e9;
const PAGE_MS = 50;
const STALL_MS = 20;

const servers = (stage: Stage): Promise<GrownServers> =>
  growServers([stage.count(1_000), stage.count(100_000), stage.count(MOST)], stage.report.bind(stage));

/** I1. */
export const memoryOfAMillion: BatteryCase = {
  id: "I1",
  title: "A million sessions of a million users",
  passesAt: "the package's keys take at most 500 B a session, without the app's data; at most 1.2 GB in all",
  inTests: false,
  async run(stage) {
    const { curfew, bare } = await servers(stage);
    const [, , most] = curfew;
    const app = await stage.startApp({ redisUrl: most.server.url });
    let refused = 0;
    for (const [index, filled] of most.sample.slice(0, 200).entries()) {
      const { json } = await send(app.port(index), "/me", { headers: cookieHeader(filled) });
      if (json["userId"] !== filled.userId) refused += 1;
    }
    const own = (most.bytes - bare.bytes) / most.count;
    const inAll = await usedMemory(most.redis);
    return new Tally()
      .figure("bytes a session of our own", own.toFixed(0), own <= BYTES_A_SESSION)
      .figure("gigabytes in all", (inAll / 1e9).toFixed(2), inAll <= BYTES_IN_ALL)
      .none("of 200 people asked for through the app, not let in", refused).outcome;
  },
};

/** Returns the microseconds of Redis that each repetition of some work takes. */
async function costOf({ redis }: GrownServer, times: number, work: () => Promise<unknown>): Promise<number> {
  await redis.config("RESETSTAT");
  await work();
  const usage = await commandUsage(redis);
  usage.delete("config|resetstat");
  usage.delete("info");
  return [...usage.values()].reduce((total, { micros }) => total + micros, 0) / times;
}

/** Returns the microseconds of Redis on each server, measured in turns: the medians of the rounds. */
async function costs(
  grown: readonly GrownCurfew[],
  measure: (server: GrownCurfew, layer: StateLayer) => Promise<number>,
): Promise<number[]> {
  const layers = await Promise.all(grown.map(({ server }) => openState(server.url, { oneByOne: true })));
  const seen: number[][] = grown.map(() => []);
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const [index, server] of grown.entries()) {
      const layer = layers[index];
      // The first round meets cold code and unknown scripts.
      if (layer && round > 0) seen[index]?.push(await measure(server, layer));
    }
  for (const layer of layers) layer.close();
  return seen.map((all) => median(all));
}

const READS = 500;
const SIGN_INS = 200;

async function costOfReading(server: GrownCurfew, { storage: storage }: StateLayer): Promise<number> {
  return costOf(server, READS, () =>
    inParallel(READS, 10, async (index) => {
      const who = server.sample[index % server.sample.length];
      if (!who) throw new Error("there is no sample");
      const { record, standing } = await readSession(storage, who.id);
      if (!record || !standing) throw new Error("a session is not there");
    }),
  );
}

let signedIn = 0;
async function costOfSigningIn(server: GrownCurfew, { storage: storage }: StateLayer): Promise<number> {
  return costOf(server, SIGN_INS, () =>
    inParallel(SIGN_INS, 10, async () => {
      signedIn += 1;
      await signIn(storage, `late-${String(signedIn)}`, "browser");
    }),
  );
}

/** Returns the cost of a request of a user with very many sessions, divided by the cost for a user with one session. */
async function costOfMany(server: GrownCurfew, count: number): Promise<number> {
  const oldest = await signIn(server.layer.storage, "busy", "first browser");
  await fill(server.layer.storage, { count, userOf: () => "busy" });
  const layer = await openState(server.server.url, { oneByOne: true });
  const measure = (who: Filled): Promise<number> =>
    costOf(server, READS, () =>
      inParallel(READS, 10, async () => {
        await readSession(layer.storage, who.id);
      }),
    );
  const [someone] = server.sample;
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS && someone; round += 1)
    rounds.push((await measure(oldest)) / (await measure(someone)));
  layer.close();
  return median(rounds);
}

/** I2. */
export const requestsAtAMillion: BatteryCase = {
  id: "I2",
  title: "A request and a sign-in with a million sessions, and of a user with 10,000",
  passesAt:
    "one round trip before the handler, none after; p50 and p99 at most as high as bare express-session's; p50 of requests and sign-ins within 5 % of p50 at 1,000 sessions; Redis's time for a request grows by at most 10 us, because caches hold less of the memory",
  inTests: false,
  async run(stage) {
    const grown = await servers(stage);
    const { curfew } = grown;
    const [, , most] = curfew;
    const proxy = await startRecordingProxy(most.server.url);
    const traced = await stage.startApp({ redisUrl: proxy.url });
    // Without saved settings, one request a second asks Redis once more if the key is really missing.
    await tell(traced.port(0), "/control/settings", { sessionMinutes: 600 });
    const cookie = cookieHeader(most.sample[0] ?? { cookie: "" }).cookie;
    const trips = await traceRoundTrips(proxy, `http://127.0.0.1:${String(traced.port(0))}/traced`, cookie);
    await traced.stop();
    proxy.close();
    stage.report("measuring requests");
    const reading = await costs(curfew, costOfReading);
    stage.report("measuring sign-ins");
    const opening = await costs(curfew, costOfSigningIn);
    const busy = await costOfMany(most, stage.count(10_000));
    stage.report("measuring apps in turns");
    const over = await compareApps(stage, grown);
    const [few, more, all] = curfew.map(({ count }) => count.toLocaleString("en"));
    const text = (micros: readonly number[]): string => micros.map((one) => one.toFixed(1)).join(", ");
    const addedMicros = ([first = 0, ...others]: readonly number[]): number =>
      Math.max(...others.map((micros) => micros - first));
    return new Tally()
      .exactly("round trips before the handler", trips.beforeHandler, 1)
      .none("round trips after it", trips.afterHandler)
      .figure(
        `p50 of a request at ${more ?? ""} over ${few ?? ""}`,
        over.more.p50.toFixed(2),
        over.more.p50 <= FLAT,
      )
      .figure(
        `p50 of a request at ${all ?? ""} over ${few ?? ""}`,
        over.most.p50.toFixed(2),
        over.most.p50 <= FLAT,
      )
      .figure(
        `p50 of a sign-in at ${all ?? ""} over ${few ?? ""}`,
        over.most.signInP50.toFixed(2),
        over.most.signInP50 <= FLAT,
      )
      .figure("Redis's us a request, at each", text(reading), addedMicros(reading) <= COLD_MEMORY_MICROS)
      .figure("Redis's us a sign-in, at each, for information", text(opening), true)
      .figure(
        "Redis's time for a request of a user with 10,000 sessions, over a user with one",
        busy.toFixed(2),
        busy <= FLAT,
      )
      .figure("p50 over bare express-session's", over.bare.p50.toFixed(2), over.bare.p50 <= 1)
      .figure("p99 over bare express-session's", over.bare.p99.toFixed(2), over.bare.p99 <= 1).outcome;
  },
};

/** I4. */
export const firstPageOfAMillion: BatteryCase = {
  id: "I4",
  title: "The first page of a million sessions",
  passesAt: "at most 50 ms; the event loop is blocked for at most 20 ms; no SCAN, no KEYS",
  inTests: false,
  async run(stage) {
    const { curfew } = await servers(stage);
    const [, , most] = curfew;
    const { storage: storage, close } = await openState(most.server.url, { oneByOne: true });
    await most.redis.config("RESETSTAT");
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const times: number[] = [];
    let rows = 0;
    for (let page = 0; page < 20; page += 1) {
      if (page === 1) delay.enable();
      const startedAt = performance.now();
      rows = (await listSessions(storage, {})).sessions.length;
      times.push(performance.now() - startedAt);
    }
    delay.disable();
    close();
    const usage = await commandUsage(most.redis);
    const walks = ["scan", "keys", "sscan", "hscan", "zscan"].filter((name) => usage.has(name));
    const worst = Math.max(...times);
    const stall = delay.max / 1e6;
    return new Tally()
      .exactly("rows", rows, 50)
      .figure(
        "ms, the first time, the median and the worst of 20",
        [times[0] ?? 0, median(times), worst].map((ms) => ms.toFixed(1)).join(", "),
        worst <= PAGE_MS,
      )
      .figure("event loop held up, ms at most", stall.toFixed(1), stall <= STALL_MS)
      .none("commands that walk all keys", walks.length).outcome;
  },
};
