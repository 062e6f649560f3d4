import type { EndedAnswer } from "../wire.js";
import type { Ports } from "./ports.js";

const MAX_STAGGER_MS = 500;
/** Longest time that work on `curfew:ending` may delay the next page. */
const MAX_WORK_MS = 500;
/** Texts kept for the tab: the last user's tag, and a mark that stops a second redirect in a row. */
const USER = "curfew:user";
const LEFT = "curfew:left";

/** An end as the app learns of it. */
export type End = Omit<EndedAnswer, "error">;

/** Leaves the page: for the login page after an end, or for a page of the user who has signed in. */
export class Departure {
  readonly #ports: Ports;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Notes that this tab has shown a user's page. */
  settle(userTag: string): void {
    this.#ports.remember(USER, userTag);
    this.#ports.remember(LEFT, "");
  }

  /** True if the first answer of a page may be that no user is signed in. */
  mayStay(): boolean {
    return this.#ports.isPublic || this.#ports.recall(LEFT) !== "";
  }

  /** Leaves the login page, because a user has signed in in another tab. */
  toUsersPage(userTag: string): void {
    const user = this.#ports.recall(USER);
    this.to(user === "" || user === userTag ? this.#ports.returnTo : this.#ports.homeUrl);
  }

  /** Leaves for the login page. Tabs leave one after another; the tab that signed out itself leaves at once. */
  toLogin({ reason, loginUrl, by }: End, isOwn: boolean): void {
    this.#ports.remember(LEFT, "1");
    this.#ports.dispatch("ended", { reason, loginUrl, ...(by && { by }) });
    const separator = loginUrl.includes("?") ? "&" : "?";
    const url = isOwn ? loginUrl : `${loginUrl}${separator}return_to=${encodeURIComponent(this.#ports.here)}`;
    this.to(url, isOwn ? 0 : MAX_STAGGER_MS * this.#ports.random());
  }

  to(url: string, afterMs = 0): void {
    const work: Promise<unknown>[] = [];
    const waitUntil = (promise: Promise<unknown>): void => void work.push(promise);
    if (!this.#ports.dispatch("ending", { url, waitUntil })) return;
    const leave = (): unknown => this.#ports.later(afterMs, () => this.#ports.leave(url));
    const timeUp = new Promise<void>((resolve) => this.#ports.later(MAX_WORK_MS, resolve));
    void Promise.race([Promise.allSettled(work), timeUp]).then(leave);
  }
}
