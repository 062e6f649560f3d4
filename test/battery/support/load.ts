/** Load on a fixed schedule. Slow answers do not lower the rate, and their waiting time counts. */
import type { Answer } from "../../harness/http.js";

/** One request and its result. Times are milliseconds of `performance.now()`. */
export interface Shot {
  readonly sentAt: number;
  readonly doneAt: number;
  /** Time since the planned start, so that a late sender hides nothing. */
  readonly latencyMs: number;
  /** HTTP status; 0 if the connection broke. */
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** A load that runs until it is stopped. */
export interface Load {
  /** Results so far, in the order of the answers. */
  readonly shots: readonly Shot[];
  /** Number of requests sent. */
  readonly sent: number;
  /** Stops sending and waits for open requests. @returns the number of requests without an answer */
  stop(): Promise<number>;
}

const TICK_MS = 4;
/** Time to wait for answers that are still missing at the end, in milliseconds. */
const LAST_ANSWERS_MS = 15_000;

/** Sends `ratePerSecond` requests a second, each at its planned time. */
export function startLoad(ratePerSecond: number, request: (index: number) => Promise<Answer>): Load {
  const shots: Shot[] = [];
  const underWay = new Set<Promise<void>>();
  const startedAt = performance.now();
  let sent = 0;

  const fire = async (index: number, dueAt: number): Promise<void> => {
    const sentAt = performance.now();
    const { status, headers, text } = await request(index).catch(() => BROKEN);
    const doneAt = performance.now();
    shots.push({
      sentAt,
      doneAt,
      latencyMs: doneAt - dueAt,
      status,
      retryAfter: headers["retry-after"],
      text,
    });
  };
  const timer = setInterval(() => {
    for (;;) {
      const dueAt = startedAt + (sent * 1_000) / ratePerSecond;
      if (dueAt > performance.now()) return;
      const shot = fire(sent, dueAt).finally(() => underWay.delete(shot));
      underWay.add(shot);
      sent += 1;
    }
  }, TICK_MS);

  return {
    shots,
    get sent() {
      return sent;
    },
    async stop() {
      clearInterval(timer);
      let giveUp: NodeJS.Timeout | undefined;
      const tooLong = new Promise((resolve) => {
        giveUp = setTimeout(resolve, LAST_ANSWERS_MS);
      });
      await Promise.race([Promise.all(underWay), tooLong]);
      clearTimeout(giveUp);
      return underWay.size;
    },
  };
}

const BROKEN: Pick<Answer, "status" | "headers" | "text"> = { status: 0, headers: {}, text: "" };

/** Returns the number of answers with another status. */
export function otherThan(shots: readonly Shot[], ...statuses: readonly number[]): number {
  return shots.filter(({ status }) => !statuses.includes(status)).length;
}

/** Returns the number of answers 503 without whole seconds in Retry-After. */
export function unhelpful(shots: readonly Shot[]): number {
  return shots.filter(({ status, retryAfter }) => status === 503 && !isWholeSeconds(retryAfter)).length;
}

/** Returns true if a Retry-After header is a whole number of seconds. */
export const isWholeSeconds = (retryAfter: string | undefined): boolean => /^\d+$/.test(retryAfter ?? "");

/** Returns the latency below which this share of the answers stays, in milliseconds; NaN without answers. */
export function percentile(shots: readonly Shot[], share: number): number {
  const sorted = shots.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Returns every status with its count: `200: 12, 503: 3`. */
export function statusesOf(shots: readonly Shot[]): string {
  const counts = new Map<number, number>();
  for (const { status } of shots) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${status}: ${count}`)
    .join(", ");
}
