/**
 * Which round trips to Redis a request waits for: a proxy holds each command back for a while, so that the time at
 * which it reached Redis says whether the handler, or the end of the answer, came after it.
 */
import { once } from "node:events";
import { get } from "node:http";
import { connect, createServer, type AddressInfo } from "node:net";
import { RespFrameReader } from "../test/support/resp-frames.js";

/** What one request asked of Redis. */
export interface RoundTrips {
  /** One after the other, before the handler began. */
  readonly beforeHandler: number;
  /** One after the other, between the handler and the end of the answer. */
  readonly afterHandler: number;
  /** Commands sent, waited for or not. */
  readonly commands: readonly string[];
}

/** A proxy in front of Redis that notes when commands pass. */
export interface RecordingProxy {
  readonly url: string;
  takeRecord(): CommandRecord[];
  close(): void;
}

interface CommandRecord {
  readonly name: string;
  readonly sentAt: number;
  readonly deliveredAt: number;
}

const HELD_MS = 20;
/** Requests that follow each other at once, and requests that come after a pause. */
const REQUESTS = 4;
const REPETITIONS = 3;
const PAUSE_MS = 1_100;

const NO_ROUND_TRIP: RoundTrips = { beforeHandler: 0, afterHandler: 0, commands: [] };

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts such a proxy in this process. */
export async function startRecordingProxy(redisUrl: string): Promise<RecordingProxy> {
  const target = new URL(redisUrl);
  let records: CommandRecord[] = [];
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const reader = new RespFrameReader();
    client.on("data", (chunk) => {
      for (const { bytes, args } of reader.push(chunk)) {
        const sentAt = nowMs();
        setTimeout(() => {
          upstream.write(bytes);
          records.push({ name: args[0] ?? "", sentAt, deliveredAt: nowMs() });
        }, HELD_MS);
      }
    });
    upstream.on("data", (chunk) => client.write(chunk));
    client.on("error", () => undefined).once("close", () => upstream.destroy());
    upstream.on("error", () => undefined).once("close", () => client.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(redisUrl);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    takeRecord() {
      const taken = records;
      records = [];
      return taken;
    },
    close() {
      server.close();
    },
  };
}

/**
 * Sends requests one by one, some of them after a pause, and tells of the one that waited for the most. All of it
 * several times over: a command that nobody waits for may be passed on before a handler that the machine has delayed,
 * but hardly every time.
 */
export async function traceRoundTrips(
  proxy: RecordingProxy,
  url: string,
  cookie: string,
): Promise<RoundTrips> {
  await traceOne(proxy, url, cookie);
  const repetitions: RoundTrips[][] = [];
  while (repetitions.length < REPETITIONS) {
    const traces: RoundTrips[] = [];
    for (let count = 0; count < REQUESTS; count += 1) {
      if (count === REQUESTS / 2) await pause(PAUSE_MS);
      traces.push(await traceOne(proxy, url, cookie));
    }
    repetitions.push(traces);
  }
  return waitedForAlways(repetitions);
}

/** What the request that waited for the most waited for in each of the repetitions. */
export function waitedForAlways(repetitions: readonly (readonly RoundTrips[])[]): RoundTrips {
  const [first = []] = repetitions;
  const most = (of: (trace: RoundTrips) => number): number =>
    Math.max(
      ...first.map((_trace, place) =>
        Math.min(...repetitions.map((traces) => of(traces[place] ?? NO_ROUND_TRIP))),
      ),
    );
  return {
    beforeHandler: most((trace) => trace.beforeHandler),
    afterHandler: most((trace) => trace.afterHandler),
    commands: first.at(-1)?.commands ?? [],
  };
}

async function traceOne(proxy: RecordingProxy, url: string, cookie: string): Promise<RoundTrips> {
  proxy.takeRecord();
  const { handlerAt, answeredAt } = await timedRequest(url, cookie);
  await pause(3 * HELD_MS); // for commands that nobody waits for
  const records = proxy.takeRecord();
  const waited = (from: number, to: number): number =>
    flights(records.filter(({ deliveredAt }) => deliveredAt >= from && deliveredAt < to));
  return {
    beforeHandler: waited(0, handlerAt),
    afterHandler: waited(handlerAt, answeredAt),
    commands: records.map(({ name }) => name),
  };
}

/** Commands sent together make one round trip. */
function flights(records: readonly CommandRecord[]): number {
  let count = 0;
  let answeredAt = Number.NEGATIVE_INFINITY;
  for (const { sentAt, deliveredAt } of records) {
    if (sentAt < answeredAt) continue;
    count += 1;
    answeredAt = deliveredAt;
  }
  return count;
}

function timedRequest(url: string, cookie: string): Promise<{ handlerAt: number; answeredAt: number }> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { cookie } }, (response) => {
      const handlerAt = Number(response.headers["x-handler-began"]) / 1e6;
      response.resume().once("end", () => {
        if (response.statusCode === 200) resolve({ handlerAt, answeredAt: nowMs() });
        else reject(new Error(`${url} answered ${String(response.statusCode)}`));
      });
    }).once("error", reject);
  });
}
