import type { Events } from "../events.js";

/** Milliseconds of Redis's time between two comparisons. */
const LOOK_EVERY_MS = 1_000;
/** Smallest jump that counts, in milliseconds. A reply may be as old as the time-out. */
const JUMP_MS = 5_000;
/** Drift between two correct clocks. */
const DRIFT = 1 / 1_000;
/** Milliseconds of a period whose fastest reply counts, until the end of the next period. */
const PERIOD_MS = 500;
/** Milliseconds between two warnings, because the clocks of a cluster's masters may differ permanently. */
const WARN_EVERY_MS = 60_000;

/**
 * Watches the deciding clock, Redis's clock, for jumps. Compares it with this process's monotonic clock. The times come
 * with replies that requests need, so the watch sends no command. Without requests it notices no jump.
 */
export class ClockWatch {
  readonly #events: Events;
  readonly #jumpMs: number;
  #seenAt = Number.NaN;
  /** Redis's time minus this process's time. */
  #apartMs = 0;
  /** Redis's time minus this process's time, by the fastest reply of this period. */
  #leadMs = Number.NEGATIVE_INFINITY;
  /** Like `#leadMs`, but by the fastest reply of the earlier period. */
  #formerLeadMs = Number.NEGATIVE_INFINITY;
  #periodBeganAt = Number.NEGATIVE_INFINITY;
  #warnedAt = Number.NEGATIVE_INFINITY;

  constructor(events: Events, timeoutMs: number) {
    this.#events = events;
    this.#jumpMs = Math.max(JUMP_MS, timeoutMs);
  }

  /**
   * Returns Redis's time at a moment of this process; `null` before the first reply. The result may be too early by the
   * time that a reply takes, and is never too late.
   *
   * @param at - the moment, by `performance.now()`
   */
  serverTimeAt(at: number): number | null {
    const leadMs = Math.max(this.#leadMs, this.#formerLeadMs);
    return Number.isFinite(leadMs) ? Math.floor(leadMs + at) : null;
  }

  /** Compares the time in a reply of Redis. */
  see(serverTime: number): void {
    if (!Number.isFinite(serverTime)) return;
    const now = performance.now();
    const leadMs = serverTime - now;
    this.#noteLead(leadMs, now);
    const sinceMs = serverTime - this.#seenAt;
    if (sinceMs >= 0 && sinceMs < LOOK_EVERY_MS) return;
    const apartMs = leadMs;
    const movedMs = apartMs - this.#apartMs;
    // NaN at the first comparison, and no jump is above NaN.
    const soundMs = this.#jumpMs + Math.abs(sinceMs - movedMs) * DRIFT;
    this.#seenAt = serverTime;
    this.#apartMs = apartMs;
    if (Math.abs(movedMs) > soundMs) this.#warn(movedMs);
  }

  /** Keeps the fastest reply, which says most. A later period forgets the reply, because clocks may drift or jump. */
  #noteLead(leadMs: number, now: number): void {
    const ageMs = now - this.#periodBeganAt;
    if (ageMs > PERIOD_MS) {
      this.#formerLeadMs = ageMs > 2 * PERIOD_MS ? Number.NEGATIVE_INFINITY : this.#leadMs;
      this.#leadMs = Number.NEGATIVE_INFINITY;
      this.#periodBeganAt = now;
    }
    this.#leadMs = Math.max(this.#leadMs, leadMs);
  }

  #warn(movedMs: number): void {
    const now = performance.now();
    if (now - this.#warnedAt < WARN_EVERY_MS) return;
    this.#warnedAt = now;
    const seconds = Math.round(Math.abs(movedMs) / 1_000);
    this.#events.warn(
      "clock_jumped",
      `Redis's clock has jumped ${movedMs > 0 ? "ahead" : "back"} by about ${String(seconds)} s. This clock decides when sessions end, so synchronize the clock of its host. A suspended process, or a failover to a host with another clock, causes the same warning.`,
    );
  }
}
