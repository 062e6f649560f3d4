const SECOND_MS = 1_000;
const MAX_RETRY_MS = 8_000;
/** A key so recent means that the person is typing. */
const TYPING_MS = 1_000;
const PAUSE_MS = 1_500;
const MAX_WAIT_MS = 10_000;

/** Holds a warning back while a person types, so that no key meant for the page reaches the dialog. */
export class TypingPause {
  #keyAt = -Infinity;
  #since = Infinity;
  /** Time at which the warning that waits may open. */
  endsAt = Infinity;

  key(now: number): void {
    this.#keyAt = now;
  }

  /** True if a warning that is due now must wait, until {@link endsAt}. */
  holds(now: number): boolean {
    const isTyping = now - this.#keyAt < (this.#since === Infinity ? TYPING_MS : PAUSE_MS);
    this.#since = Math.min(this.#since, now);
    this.endsAt = Math.min(this.#keyAt + PAUSE_MS, this.#since + MAX_WAIT_MS);
    const isHeld = isTyping && now < this.endsAt;
    if (!isHeld) this.end();
    return isHeld;
  }

  end(): void {
    this.#since = this.endsAt = Infinity;
  }
}

/** The part of a warning that does not come from the server. A new object for each warning. */
export class OpenWarning {
  /** True if the app shows a dialog of its own. */
  isReplaced = false;
  isMinimized = false;
  isBusy = false;
  /** The server's error, such as "bad_credentials", or "unreachable". */
  problem: string | null = null;
  /** Time of the next try to extend. */
  retryAt = Infinity;
  #failures = 0;

  begin(): void {
    this.isBusy = true;
    this.problem = null;
    this.retryAt = Infinity;
  }

  failed(now: number): void {
    this.problem = "unreachable";
    this.retryAt = now + Math.min(SECOND_MS * 2 ** this.#failures++, MAX_RETRY_MS);
  }
}
