/** A Redis that is a given number of milliseconds away. */
import { Redis } from "ioredis";
import type { FarAwayCalls } from "./processes/messages.js";
import { spreadOf } from "./statistics.js";
import { Worker } from "./worker.js";

/** How an app reaches Redis. */
export interface Route {
  readonly redisUrl: string;
  /** What a PING really takes, in milliseconds, when nothing else runs. */
  readonly roundTripMs: number;
  stop(): Promise<void>;
}

const PINGS = 200;
/** Until V8 has compiled the proxy, which goes on to get faster for so long: else it would be nearer later than measured. */
const WARM_UP_PINGS = 5_000;
const MOST_TRIES = 8;
const GOOD_WITHIN_MS = 0.02;
/** What the proxy and the way there take by themselves. */
const OWN_AT_MOST_MS = 0.4;

/** The server itself for 0 ms, else a proxy in front of it that holds back each request. */
export async function routeTo(
  server: { readonly url: string; readonly port: number },
  latencyMs: number,
  proxyScript: string,
): Promise<Route> {
  if (latencyMs === 0)
    return {
      redisUrl: server.url,
      roundTripMs: await medianPingMs(server.url),
      stop: () => Promise.resolve(),
    };
  const proxy = new Worker<FarAwayCalls>(proxyScript);
  const { port } = await proxy.ask("start", { redisPort: server.port });
  const redisUrl = `redis://127.0.0.1:${port}`;
  await ping(redisUrl, WARM_UP_PINGS);
  const nearMs = await medianPingMs(server.url);
  const roundTripMs = await calibrate(proxy, redisUrl, { latencyMs, askedMs: nearMs + latencyMs });
  return { redisUrl, roundTripMs, stop: () => proxy.stop() };
}

/** What a PING takes, what Redis has to do included. What the proxy itself takes is part of the distance. */
interface Distance {
  readonly latencyMs: number;
  readonly askedMs: number;
}

async function calibrate(
  proxy: Worker<FarAwayCalls>,
  redisUrl: string,
  { latencyMs, askedMs }: Distance,
): Promise<number> {
  let hold = latencyMs;
  let best = { hold, roundTripMs: Number.POSITIVE_INFINITY };
  const errorOf = (roundTripMs: number): number => Math.abs(roundTripMs - askedMs);
  for (let tries = 0; tries < MOST_TRIES && errorOf(best.roundTripMs) > GOOD_WITHIN_MS; tries += 1) {
    await proxy.ask("hold", hold);
    const roundTripMs = await medianPingMs(redisUrl);
    if (errorOf(roundTripMs) < errorOf(best.roundTripMs)) best = { hold, roundTripMs };
    // On a machine that is busy with other things a PING may take anything, which must not make Redis near.
    hold = Math.min(latencyMs, Math.max(latencyMs - OWN_AT_MOST_MS, hold + askedMs - roundTripMs));
  }
  await proxy.ask("hold", best.hold);
  return best.roundTripMs;
}

async function medianPingMs(redisUrl: string): Promise<number> {
  return spreadOf(await ping(redisUrl, PINGS)).median;
}

/** One after the other. @returns what each took, in milliseconds */
async function ping(redisUrl: string, times: number): Promise<number[]> {
  const client = new Redis(redisUrl);
  const timesMs: number[] = [];
  for (let count = 0; count < times; count += 1) {
    const startedAt = performance.now();
    await client.ping();
    timesMs.push(performance.now() - startedAt);
  }
  client.disconnect();
  return timesMs;
}
