import type { Status } from "../wire.js";

const POLL_MS = 60_000;
/** A focus asks again only after the newest answer has this age. */
const FRESH_MS = 2_000;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;

/** Newest answer about the session, and the times that follow from it. All times are in milliseconds of the `SafeClock`. */
export class KnownSession {
  status: Status | null = null;
  /** Time at which the request of the newest answer was sent. The deadline counts from it, so it is at worst early. */
  sentAt = -Infinity;
  #answeredAt = -Infinity;
  endsAt = Infinity;
  nextAskAt = Infinity;
  /** Number of questions without an answer since the last answer. */
  failures = 0;

  /** Time at which a warning is due; `Infinity` for sessions that have none. */
  get warnsAt(): number {
    if (!this.status || this.status.action === "none") return Infinity;
    return this.endsAt - this.status.warnMs;
  }

  /** True if the newest answer is too new to ask again without news. */
  isFresh(now: number): boolean {
    return now - this.#answeredAt <= FRESH_MS;
  }

  /** Takes an answer. @returns the milliseconds that the deadline has moved */
  accept(status: Status, sentAt: number, now: number, random: number): number {
    const gainedMs = sentAt + status.remainingMs - this.endsAt;
    this.status = status;
    this.sentAt = sentAt;
    this.#answeredAt = now;
    this.endsAt = sentAt + status.remainingMs;
    this.nextAskAt = now + POLL_MS * (0.9 + 0.2 * random);
    this.failures = 0;
    return gainedMs;
  }

  /** Notes that the server has not answered, and sets the next try. */
  miss(now: number, retryAfterMs: number): void {
    const backOffMs = FIRST_RETRY_MS * 2 ** this.failures++;
    this.nextAskAt = now + Math.min(Math.max(backOffMs, retryAfterMs), MAX_RETRY_MS);
  }
}
