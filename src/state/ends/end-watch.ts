import type { OwnConnection } from "../../redis/own-connection.js";
import { readSettings } from "../settings/settings-store.js";
import { estimatedNow, type Storage } from "../storage.js";
import { judgeWatched, type WatchedEnd } from "./judge-watched.js";

/** Receives the end of a watched session, once. An error that it throws or rejects with is logged. */
export type OnEnd = (end: WatchedEnd) => unknown;

/** Listeners of a watched session. */
export interface Watcher {
  /** Receives the end of the session. */
  readonly onEnd: OnEnd;
  /** Receives the version of the settings: with each check of the session, and after each change that this process hears. */
  readonly onSettings?: (version: number) => void;
}

/** The calls of ioredis that a subscription needs. */
interface Subscriber {
  on(event: "ready" | "close", listener: () => void): unknown;
  on(event: "message", listener: (channel: string, message: string) => void): unknown;
  subscribe(channel: string): Promise<unknown>;
}

interface Watched {
  readonly watchers: Set<Watcher>;
  /** Messages that may mean the session's end, besides its own; `null` before the first check. */
  topics: readonly string[] | null;
  /** The session's deadline at the last check. A failed check is due again at once. */
  dueAt: number;
  /** Tick at which the session is checked in any case. */
  checkAtTick: number;
}

/** Interval of the ticks, in milliseconds. Each tick checks the sessions that are due, or all without a subscription. */
const TICK_MS = 5_000;
/** Number of ticks after which a session is checked in any case: Redis may refuse to publish. */
const TICKS_PER_CHECK = 36;
/** Number of sessions that a check reads at once. */
const AT_ONCE = 50;
/** Time in which a step on a user's key usually records the ends that it has decided, in milliseconds. */
const RECORDED_WITHIN_MS = 300;

/**
 * Watches sessions for this process. The scripts that decide ends publish a message in the same step: a session's ref,
 * `u:<tag>` for sessions of a user, or nothing for changed settings. Messages are hints: this class reads and judges
 * the sessions itself.
 */
export class EndWatch {
  readonly #storage: Storage;
  readonly #open: () => OwnConnection;
  readonly #watched = new Map<string, Watched>();
  /** Sessions that wait for a check. Those with news of an end come first. */
  readonly #urgent = new Set<string>();
  readonly #waiting = new Set<string>();
  #connection: OwnConnection | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isSubscribed = false;
  #isChecking = false;
  #isClosed = false;
  #ticks = 0;
  #version = -1;

  /** @param open - opens a connection for the subscription, at the first watch */
  constructor(storage: Storage, open: () => OwnConnection) {
    this.#storage = storage;
    this.#open = open;
  }

  /**
   * Calls `watcher.onEnd` once the session has ended, also if the session has ended already. After `close`, this method
   * does nothing.
   *
   * @returns a function that stops this
   */
  watch(ref: string, watcher: Watcher): () => void {
    if (this.#isClosed) return () => undefined;
    const listener = { ...watcher };
    const watched = this.#watched.get(ref) ?? newlyWatched(this.#ticks);
    watched.watchers.add(listener);
    this.#watched.set(ref, watched);
    this.#begin();
    this.#check(this.#urgent, [ref]);
    return () => {
      watched.watchers.delete(listener);
      if (watched.watchers.size === 0 && this.#watched.get(ref) === watched) this.#watched.delete(ref);
    };
  }

  /** Stops all watches, without a call of their functions. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#watched.clear();
    this.#connection?.close();
  }

  #begin(): void {
    if (this.#connection) return;
    this.#connection = this.#open();
    const client = this.#connection.client as unknown as Subscriber;
    const channel = this.#storage.keys.ends;
    client.on("ready", () => {
      client.subscribe(channel).then(
        () => {
          this.#isSubscribed = true;
          // Ends may have been published while no subscription heard them.
          this.#check(this.#waiting, this.#watched.keys());
        },
        (error: unknown) => {
          this.#storage.events.warnOnce("redis_refused", `Hearing of ends (${channel}): ${String(error)}`);
        },
      );
    });
    client.on("close", () => {
      this.#isSubscribed = false;
    });
    client.on("message", (_channel, message) => {
      this.#hear(message);
    });
    this.#timer = setInterval(() => {
      this.#tick();
    }, TICK_MS);
    this.#timer.unref();
  }

  #hear(message: string): void {
    if (message === "") {
      this.#check(this.#waiting, this.#watched.keys());
      return;
    }
    if (this.#watched.has(message)) this.#check(this.#urgent, [message]);
    const named = [...this.#watched].filter(([, { topics }]) => topics?.includes(message) ?? true);
    if (named.length === 0) return;
    // The deciding process knows more of the ends, such as the evicting sign-in, and usually records them now.
    setTimeout(() => {
      this.#check(
        this.#urgent,
        named.map(([ref]) => ref),
      );
    }, RECORDED_WITHIN_MS).unref();
  }

  #tick(): void {
    this.#ticks += 1;
    const now = estimatedNow(this.#storage) ?? -Infinity;
    const isDue = ({ dueAt, checkAtTick }: Watched): boolean =>
      !this.#isSubscribed || dueAt <= now || checkAtTick <= this.#ticks;
    this.#check(
      this.#waiting,
      [...this.#watched].filter(([, watched]) => isDue(watched)).map(([ref]) => ref),
    );
  }

  /** Checks sessions, at most fifty at once. While Redis is away a check fails, and the next tick repeats it. */
  #check(queue: Set<string>, refs: Iterable<string>): void {
    for (const ref of refs) queue.add(ref);
    if (!this.#isChecking) void this.#checkQueues();
  }

  async #checkQueues(): Promise<void> {
    this.#isChecking = true;
    for (let refs = this.#next(); refs.length > 0; refs = this.#next())
      await this.#checkAtOnce(refs).catch(() => {
        for (const ref of refs) this.#note(ref, -Infinity);
      });
    this.#isChecking = false;
  }

  /** Takes the next sessions out of the queues. */
  #next(): string[] {
    const refs: string[] = [];
    for (const queue of [this.#urgent, this.#waiting])
      for (const ref of queue) {
        if (refs.length === AT_ONCE) return refs;
        queue.delete(ref);
        refs.push(ref);
      }
    return refs;
  }

  async #checkAtOnce(refs: readonly string[]): Promise<void> {
    const { inForce, version } = await readSettings(this.#storage);
    const watched = refs.filter((ref) => this.#watched.has(ref));
    this.#tellVersion(version, version === this.#version ? watched : this.#watched.keys());
    const checks = watched.map(async (ref) => {
      const judged = await judgeWatched(this.#storage, ref, inForce);
      if (judged.state === "ended") this.#tell(judged.end);
      else this.#note(ref, judged.endsAt, judged.topics);
    });
    const results = await Promise.allSettled(checks);
    for (const [index, { status }] of results.entries())
      if (status === "rejected") this.#note(watched[index] ?? "", -Infinity);
  }

  #note(ref: string, dueAt: number, topics?: readonly string[]): void {
    const watched = this.#watched.get(ref);
    if (!watched) return;
    watched.dueAt = dueAt;
    watched.topics = topics ?? watched.topics;
    watched.checkAtTick = this.#ticks + TICKS_PER_CHECK;
  }

  #tellVersion(version: number, refs: Iterable<string>): void {
    this.#version = version;
    for (const ref of refs)
      for (const { onSettings } of this.#watched.get(ref)?.watchers ?? []) onSettings?.(version);
  }

  #tell(end: WatchedEnd): void {
    const watchers = this.#watched.get(end.ref)?.watchers ?? [];
    this.#watched.delete(end.ref);
    for (const { onEnd } of watchers)
      Promise.resolve()
        .then(() => onEnd(end))
        .catch((error: unknown) => {
          this.#storage.events.warn("listener_failed", `watch: ${String(error)}`);
        });
  }
}

/** The first later check is at a random tick, so that the checks of many sessions spread. */
function newlyWatched(ticks: number): Watched {
  const checkAtTick = ticks + 1 + Math.floor(Math.random() * TICKS_PER_CHECK);
  return { watchers: new Set(), topics: null, dueAt: Infinity, checkAtTick };
}
