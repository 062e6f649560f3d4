import type { EndReason, EvictedBy, EffectiveSettings } from "../../policy/index.js";
import type { OwnConnection } from "../../redis/own-connection.js";
import { inspect, latestSignIn, verdictsOf } from "../list/list-sessions.js";
import { endSession, withoutRef } from "../sessions/end-session.js";
import { readRecord } from "../sessions/read-records.js";
import { readSettings } from "../settings/settings-store.js";
import type { Storage } from "../storage.js";

/** The end of a watched session. */
export interface WatchedEnd {
  /** Public handle of the session. */
  readonly ref: string;
  readonly reason: EndReason;
  /** Sign-in that evicted the session; `null` for other reasons. */
  readonly by: EvictedBy | null;
}

/** Receives the end of a watched session, once. An error that it throws or rejects with is logged. */
export type OnEnd = (end: WatchedEnd) => unknown;

/** Listeners of a watched session. */
export interface Watcher {
  /** Receives the end of the session. */
  readonly onEnd: OnEnd;
  /** Receives the version of the settings: at each check of all sessions, so also if the version has not changed. */
  readonly onSettings?: (version: number) => void;
}

/** The calls of ioredis that a subscription needs. */
interface Subscriber {
  on(event: "ready" | "close", listener: () => void): unknown;
  on(event: "message", listener: (channel: string, message: string) => void): unknown;
  subscribe(channel: string): Promise<unknown>;
}

/** Interval of the checks while the subscription is lost, in milliseconds. */
const CHECK_WITHOUT_NEWS_MS = 5_000;
/** With a subscription only every sixth check takes place; it finds deadlines. */
const CHECKS_PER_DEADLINE_CHECK = 6;
/** Number of sessions that a check reads at once. */
const AT_ONCE = 50;

/**
 * Watches sessions for this process. The script that records an end publishes the session's ref in the same step. A
 * change of the settings publishes an empty message. Both are hints: this class reads and judges the session itself.
 */
export class EndWatch {
  readonly #storage: Storage;
  readonly #open: () => OwnConnection;
  readonly #watched = new Map<string, Set<Watcher>>();
  #connection: OwnConnection | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isSubscribed = false;
  #ticks = 0;
  #checking: Promise<void> | null = null;
  #mustCheckAgain = false;

  /** @param open - opens a connection for the subscription, at the first watch */
  constructor(storage: Storage, open: () => OwnConnection) {
    this.#storage = storage;
    this.#open = open;
  }

  /** Calls `watcher.onEnd` once the session has ended, also if the session has ended already. @returns a function that stops this */
  watch(ref: string, watcher: Watcher): () => void {
    const listener = { ...watcher };
    const listeners = this.#watched.get(ref) ?? new Set();
    this.#watched.set(ref, listeners.add(listener));
    this.#begin();
    this.#attempt(() => this.#check(ref));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#watched.get(ref) === listeners) this.#watched.delete(ref);
    };
  }

  /** Stops all watches, without a call of their functions. */
  close(): void {
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
          this.#checkAllSoon();
        },
        (error: unknown) => {
          this.#storage.events.warnOnce("redis_refused", `Hearing of ends (${channel}): ${String(error)}`);
        },
      );
    });
    client.on("close", () => {
      this.#isSubscribed = false;
    });
    client.on("message", (_channel, ref) => {
      if (ref === "") this.#checkAllSoon();
      else if (this.#watched.has(ref)) this.#attempt(() => this.#check(ref));
    });
    this.#timer = setInterval(() => {
      this.#ticks += 1;
      if (!this.#isSubscribed || this.#ticks % CHECKS_PER_DEADLINE_CHECK === 0) this.#checkAllSoon();
    }, CHECK_WITHOUT_NEWS_MS);
    this.#timer.unref();
  }

  /** Runs a check. While Redis is away a check fails, and the next check finds the end. */
  #attempt(check: () => Promise<unknown>): void {
    check().catch(() => undefined);
  }

  #checkAllSoon(): void {
    if (this.#checking) {
      this.#mustCheckAgain = true;
      return;
    }
    this.#mustCheckAgain = false;
    this.#checking = this.#checkAll()
      .catch(() => undefined)
      .finally(() => {
        this.#checking = null;
        if (this.#mustCheckAgain) this.#checkAllSoon();
      });
  }

  async #checkAll(): Promise<void> {
    const refs = [...this.#watched.keys()];
    if (refs.length === 0) return;
    const { settings, version } = await readSettings(this.#storage);
    for (const watchers of this.#watched.values())
      for (const { onSettings } of watchers) onSettings?.(version);
    for (let from = 0; from < refs.length; from += AT_ONCE)
      await Promise.all(refs.slice(from, from + AT_ONCE).map((ref) => this.#check(ref, settings)));
  }

  async #check(ref: string, settings?: EffectiveSettings): Promise<void> {
    const inForce = settings ?? (await readSettings(this.#storage)).effective;
    const end = await endOf(this.#storage, ref, inForce);
    if (end) this.#tell(end);
  }

  #tell(end: WatchedEnd): void {
    const listeners = this.#watched.get(end.ref) ?? [];
    this.#watched.delete(end.ref);
    for (const { onEnd } of listeners)
      Promise.resolve()
        .then(() => onEnd(end))
        .catch((error: unknown) => {
          this.#storage.events.warn("listener_failed", `watch: ${String(error)}`);
        });
  }
}

/** Returns the end of a session; `null` while the session is living. Records an end that no request has found yet. */
async function endOf(storage: Storage, ref: string, settings: EffectiveSettings): Promise<WatchedEnd | null> {
  const found = await inspect(storage, ref, settings.maxSessionsPerUser);
  const [judged] = found ? await verdictsOf(storage, [found], settings) : [];
  if (judged?.state === "active") return null;
  if (found && judged) {
    const by = judged.reason === "evicted" ? await latestSignIn(storage, found.user) : null;
    await endSession(storage, ref, { reason: judged.reason, at: judged.at, by });
  }
  const { record } = await readRecord(storage, ref);
  const end = record?.end;
  return { ref, reason: end?.reason ?? "unknown", by: end?.by ? withoutRef(end.by) : null };
}
