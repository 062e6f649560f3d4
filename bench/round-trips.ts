/**
 * Counts the round trips to Redis that a request waits for. A proxy delays each command, so the time at which a command
 * reaches Redis shows whether the handler, or the end of the answer, waited for it.
 */
import { once } from "node:events";
import { get } from "node:http";
import { connect, createServer, type AddressInfo } from "node:net";
import { RespFrameReader } from "../test/harness/resp-frames.js";

/** The round trips of one request. */
export interface RoundTrips {
  /** Round trips in a row before the handler began. */
  readonly beforeHandler: number;
  /** Round trips in a row between the handler and the end of the answer. */
  readonly afterHandler: number;
  /** All commands sent, also those without waiting. */
  readonly commands: readonly string[];
}

/** A proxy in front of Redis that records commands. */
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
/** Half of these requests follow each other at once; a pause comes before the others. */
const REQUESTS = 4;
const REPETITIONS = 3;
const PAUSE_MS = 1_100;

const NO_ROUND_TRIP: RoundTrips = { beforeHandler: 0, afterHandler: 0, commands: [] };

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts a recording proxy in this process. */
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
 * Sends requests one by one, some of them after a pause, and returns the trace of the request that waited most. Repeats
 * this several times: on a busy machine a command without waiting may reach Redis before a late handler, but rarely each
 * time.
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

/** Returns the most round trips that one of the requests waited for in every repetition. */
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
  await pause(3 * HELD_MS); // for commands sent without waiting
  const records = proxy.takeRecord();
  const waited = (from: number, to: number): number =>
    flights(records.filter(({ deliveredAt }) => deliveredAt >= from && deliveredAt < to));
  return {
    beforeHandler: waited(0, handlerAt),
    afterHandler: waited(handlerAt, answeredAt),
    commands: records.map(({ name }) => name),
  };
}

/** Counts round trips; commands sent together make one. */
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
