import type { Status } from "../wire.js";

const MAX_EVERY_MS = 60_000;
/** Input so soon after a reported input is not reported again. */
const SAME_INPUT_MS = 1_000;
/** Reports in an idle limit: ten keep the server's time of the last input exact enough. */
const REPORTS_PER_LIMIT = 10;

/** The input of a person that the server has to hear of, and the time of the next report. */
export class ActivityReports {
  #inputAt = -Infinity;
  /** Time of the newest input that the server knows. */
  #knownAt = -Infinity;
  #isUnreported = false;
  #reportedAt = -Infinity;
  #limitMs = 0;
  #configVersion = -1;
  #everyMs = MAX_EVERY_MS;

  /** Notes an input of a person. */
  note(now: number): void {
    // One click is several events.
    if (now - this.#knownAt < SAME_INPUT_MS) return;
    this.#inputAt = now;
    this.#isUnreported = true;
  }

  /** Takes the idle limit from an answer: the longest rest of it that these settings have shown. */
  follow({ idleRemainingMs, configVersion }: Status): void {
    if (configVersion !== this.#configVersion) this.#limitMs = 0;
    this.#configVersion = configVersion;
    this.#limitMs = Math.max(this.#limitMs, idleRemainingMs ?? 0);
    this.#everyMs = Math.min(MAX_EVERY_MS, this.#limitMs / REPORTS_PER_LIMIT || MAX_EVERY_MS);
  }

  /** Notes that any tab has reported. */
  reported(now: number): void {
    this.#reportedAt = now;
  }

  /** Returns the time of the next report; `Infinity` if there is nothing to report. */
  dueAt(): number {
    return this.#isUnreported ? this.#reportedAt + this.#everyMs : Infinity;
  }

  /** Returns the milliseconds since the last input, for a report that is sent now; `null` if there is nothing new. */
  take(now: number): number | null {
    if (!this.#isUnreported) return null;
    this.#isUnreported = false;
    this.#reportedAt = now;
    this.#knownAt = this.#inputAt;
    return Math.max(0, now - this.#inputAt);
  }

  /** Keeps a report whose answer is unknown for the next time. */
  keep(): void {
    this.#isUnreported = true;
    this.#knownAt = -Infinity;
  }
}
