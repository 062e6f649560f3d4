import type { Events } from "../events.js";

/** How often, in milliseconds of Redis's own time, its clock is looked at. */
const LOOK_EVERY_MS = 1_000;
/** How far it must be from where it should be. An answer may have been under way for as long as a time-out. */
const JUMP_MS = 5_000;
/** What two sound clocks may drift apart. */
const DRIFT = 1 / 1_000;
/** The masters of a cluster may differ from each other for ever; that is said once a minute. */
const TELL_EVERY_MS = 60_000;

/**
 * Watches Redis's clock, by which everything is decided, for jumps: against this process's own, which only
 * goes forward. What it sees comes with the answers that requests wait for, so it costs Redis nothing, and
 * while nobody asks for anything nothing is noticed.
 */
export class ClockWatch {
  readonly #events: Events;
  readonly #jumpMs: number;
  #seenAt = Number.NaN;
  /** Redis's time less this process's. */
  #apartMs = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(events: Events, timeoutMs: number) {
    this.#events = events;
    this.#jumpMs = Math.max(JUMP_MS, timeoutMs);
  }

  /** Takes in the time that an answer of Redis carried. */
  see(serverTime: number): void {
    const sinceMs = serverTime - this.#seenAt;
    if (sinceMs >= 0 && sinceMs < LOOK_EVERY_MS) return;
    if (!Number.isFinite(serverTime)) return;
    const apartMs = serverTime - performance.now();
    const movedMs = apartMs - this.#apartMs;
    // Not a number at the first look, and then nothing is beyond it.
    const soundMs = this.#jumpMs + Math.abs(sinceMs - movedMs) * DRIFT;
    this.#seenAt = serverTime;
    this.#apartMs = apartMs;
    if (Math.abs(movedMs) > soundMs) this.#tell(movedMs);
  }

  #tell(movedMs: number): void {
    const now = performance.now();
    if (now - this.#toldAt < TELL_EVERY_MS) return;
    this.#toldAt = now;
    const seconds = Math.round(Math.abs(movedMs) / 1_000);
    this.#events.warn(
      "clock_jumped",
      `Redis's clock has jumped ${movedMs > 0 ? "ahead" : "back"} by about ${String(seconds)} s, and sessions end by it; see that its host keeps time. A process that was suspended, or a failover to a host whose clock differs, looks the same.`,
    );
  }
}
