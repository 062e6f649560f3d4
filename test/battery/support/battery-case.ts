import type { Redis } from "ioredis";
import type { RedisServer } from "../../harness/redis-server.js";
import type { AppConfig } from "./app-config.js";
import type { Host } from "./host.js";

/** One count of a case. */
export interface Figure {
  readonly name: string;
  readonly reached: string;
  readonly passed: boolean;
}

/** Result of a case. */
export interface Outcome {
  readonly figures: readonly Figure[];
  /** Result of the app made by hand in the same case, if it was played. */
  readonly naive?: string;
  /** Reason why the case could not be played on this machine. */
  readonly skipped?: string;
}

/** A case of the battery. */
export interface BatteryCase {
  readonly id: string;
  readonly title: string;
  /** Figures that the case requires. */
  readonly passesAt: string;
  /** False for a case of minutes or many servers, which only `npm run test:battery` plays. @default true */
  readonly inTests?: boolean;
  run(stage: Stage): Promise<Outcome>;
}

/** A case that the battery does not play. The table lists the case, so that its absence does not look like a pass. */
export interface AwaitedCase {
  readonly id: string;
  readonly title: string;
  readonly passesAt: string;
  /** Tests of the same behaviour, with smaller counts. */
  readonly testedBy: string;
}

/** Compares ids in the order of the table: A2 before A10, A before B. */
export function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id.charAt(0).localeCompare(b.id.charAt(0)) || Number(a.id.slice(1)) - Number(b.id.slice(1));
}

/** One app in two processes. */
export interface AppPair {
  /** Port of each process. */
  readonly ports: readonly [number, number];
  /** Returns the port of a process, in turn. */
  port(index: number): number;
  /** Stops the app in its processes. */
  stop(): Promise<void>;
}

/** Place of a case: a Redis that is emptied before each case, and two app processes. */
export interface Stage {
  /** Factor of the counts: 1 for full counts, 0.1 for a tenth. */
  readonly scale: number;
  readonly server: RedisServer;
  readonly redis: Redis;
  readonly hosts: readonly [Host, Host];
  /** Returns a count at this scale, at least 1. */
  count(full: number): number;
  /** Reports the progress of the case. */
  report(progress: string): void;
  /** Starts an app in both processes. The app stops with the case. */
  startApp(config?: Partial<AppConfig>): Promise<AppPair>;
  /** Sets the clock of both processes, in milliseconds since 1970. */
  setClock(time: number): Promise<void>;
}

/** Collects a case's figures. */
export class Tally {
  readonly figures: Figure[] = [];

  /** Adds a figure that passes or does not. */
  figure(name: string, reached: string | number, passed: boolean): this {
    this.figures.push({ name, reached: String(reached), passed });
    return this;
  }

  /** Adds a figure that must equal a number. */
  exactly(name: string, reached: number, asked: number): this {
    const text = reached === asked ? String(reached) : `${String(reached)} (asked: ${String(asked)})`;
    return this.figure(name, text, reached === asked);
  }

  /** Adds a figure that must be 0. */
  none(name: string, reached: number): this {
    return this.exactly(name, reached, 0);
  }

  /**
   * Returns the outcome with the failures of the app made by hand. If that app survives, the race proves
   * nothing, and the case counts as a miss.
   */
  naiveFails(what: string, failures: number, races: number, atLeast: number): Outcome {
    const share = races === 0 ? 0 : failures / races;
    const naive = `${what}: ${String(failures)}/${String(races)} (${(share * 100).toFixed(1)} %)`;
    if (share < atLeast)
      this.figure("the race takes effect", `naive app: ${naive}, asked: ${String(atLeast * 100)} %`, false);
    return { figures: this.figures, naive };
  }

  get outcome(): Outcome {
    return { figures: this.figures };
  }
}

/** Returns the outcome of a case that this machine cannot play. */
export const skippedFor = (reason: string): Outcome => ({ figures: [], skipped: reason });

/** Returns true if every figure of a case has passed. */
export const hasPassed = (outcome: Outcome): boolean =>
  outcome.figures.length > 0 && outcome.figures.every(({ passed }) => passed);

/** Runs `task` for 0 to `count` - 1, `width` at a time. */
export async function inParallel(
  count: number,
  width: number,
  task: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      await task(next - 1);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
}

/** Returns the numbers from 0 to `count` - 1. */
export const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Resolves after a time. Part of a race; never use it to wait until something is ready. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Returns a random number from `min` to `max`. */
export const between = (min: number, max: number): number => min + Math.random() * (max - min);
