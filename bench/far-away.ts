/** Puts Redis a given number of milliseconds away. */
import { Redis } from "ioredis";
import type { FarAwayCalls } from "./processes/messages.js";
import { spreadOf } from "./statistics.js";
import { Worker } from "./worker.js";

/** The way from an app to Redis. */
export interface Route {
  readonly redisUrl: string;
  /** Measured time of a PING when nothing else runs, in milliseconds. */
  readonly roundTripMs: number;
  stop(): Promise<void>;
}

const PINGS = 200;
/** The proxy gets faster until V8 has compiled it; without these, Redis would later be nearer than measured. */
const WARM_UP_PINGS = 5_000;
const MOST_TRIES = 8;
const GOOD_WITHIN_MS = 0.02;
/** The most that the proxy and the way to it take by themselves. */
const OWN_AT_MOST_MS = 0.4;

/** Returns the server itself for 0 ms, else a proxy in front of it that delays each request. */
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

/** The wanted distance: the added milliseconds, and the time of a PING with them. */
interface Distance {
  readonly latencyMs: number;
  readonly askedMs: number;
}

/** Sets the proxy's delay so that the proxy's own time is part of the distance. Returns the time of a PING. */
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
    // On a busy machine one PING may take long; the bounds keep Redis from coming too near.
    hold = Math.min(latencyMs, Math.max(latencyMs - OWN_AT_MOST_MS, hold + askedMs - roundTripMs));
  }
  await proxy.ask("hold", best.hold);
  return best.roundTripMs;
}

async function medianPingMs(redisUrl: string): Promise<number> {
  return spreadOf(await ping(redisUrl, PINGS)).median;
}

/** Sends PINGs one after the other. Returns their times in milliseconds. */
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
