import type { Redis } from "ioredis";
import type { RedisServer } from "../../harness/redis-server.js";
import type { AppConfig } from "./app-config.js";
import type { Host } from "./host.js";

/** One thing that a case counts. */
export interface Figure {
  readonly name: string;
  readonly reached: string;
  readonly passed: boolean;
}

/** What a case came to. */
export interface Outcome {
  readonly figures: readonly Figure[];
  /** How the hand-written app fared on the same case, where that was asked. */
  readonly naive?: string;
  /** Why it could not be played on this machine. */
  readonly skipped?: string;
}

/** A case of the battery. */
export interface BatteryCase {
  readonly id: string;
  readonly title: string;
  /** The figure that passes it. */
  readonly passesAt: string;
  /** `false` where it takes minutes or many servers: then only `npm run test:battery` plays it. @default true */
  readonly inTests?: boolean;
  run(stage: Stage): Promise<Outcome>;
}

/** A case of what is not there yet. It stands in the table all the same, so that nobody takes silence for a pass. */
export interface AwaitedCase {
  readonly id: string;
  readonly title: string;
  readonly passesAt: string;
  /** The part of the package that it waits for. */
  readonly awaits: string;
}

/** The order of the table: A2 before A10, A before B. */
export function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id.charAt(0).localeCompare(b.id.charAt(0)) || Number(a.id.slice(1)) - Number(b.id.slice(1));
}

/** An app with as many processes as were asked for. */
export interface AppPair {
  /** The port of each process. */
  readonly ports: readonly [number, number];
  /** The port of a process, in turn. */
  port(index: number): number;
  /** Stops it in its processes. */
  stop(): Promise<void>;
}

/** What a case runs on: a Redis of the battery's own, emptied before each case, and two app processes. */
export interface Stage {
  /** 1 for the full counts, 0.1 for a tenth. */
  readonly scale: number;
  readonly server: RedisServer;
  readonly redis: Redis;
  readonly hosts: readonly [Host, Host];
  /** A count at this scale, at least 1. */
  count(full: number): number;
  /** Says how far the case is. */
  report(progress: string): void;
  /** Starts an app in both processes. It is stopped with the case. */
  startApp(config?: Partial<AppConfig>): Promise<AppPair>;
  /** Sets the clock of both processes, in milliseconds since 1970. */
  setClock(time: number): Promise<void>;
}

/** Collects a case's figures. */
export class Tally {
  readonly figures: Figure[] = [];

  /** A figure that passes or does not. */
  figure(name: string, reached: string | number, passed: boolean): this {
    this.figures.push({ name, reached: String(reached), passed });
    return this;
  }

  /** A figure that must be this one exactly. */
  exactly(name: string, reached: number, asked: number): this {
    const text = reached === asked ? String(reached) : `${String(reached)} (asked: ${String(asked)})`;
    return this.figure(name, text, reached === asked);
  }

  /** A figure that must be 0. */
  none(name: string, reached: number): this {
    return this.exactly(name, reached, 0);
  }

  /**
   * How the hand-written app fared. A race that it survives proves nothing, so that is a miss of the case.
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

/** What a case comes to that this machine has not the means for. */
export const skippedFor = (reason: string): Outcome => ({ figures: [], skipped: reason });

/** Whether every figure of a case has passed. */
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

/** The numbers from 0 to `count` - 1. */
export const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Resolves after a while: part of a race, never a way to wait until something is ready. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A number from `min` to `max`. */
export const between = (min: number, max: number): number => min + Math.random() * (max - min);
