/** The outside of the state machine: answers of the server, messages of other tabs, and what a page can do. */
import type { EndedAnswer, Status } from "../wire.js";
import type { Clocks } from "./clock.js";
import type { Moment } from "./view.js";

/**
 * The outcome of a call. Only `alive` and `ended` decide anything. `unknown` (network, 5xx, HTML, a time-out) neither
 * signs out nor extends.
 */
export type Answer =
  | { readonly kind: "alive"; readonly status: Status }
  | { readonly kind: "ended"; readonly ended: Omit<EndedAnswer, "error"> }
  | { readonly kind: "done" }
  | { readonly kind: "refused"; readonly error: string }
  | { readonly kind: "unknown"; readonly retryAfterMs?: number };

/** A message to the other tabs of this browser. It is a hint: the server confirms each change. */
export type Message =
  | { readonly v: 1; readonly type: "status"; readonly status: Status; readonly ageMs: number }
  | { readonly v: 1; readonly type: "activity" | "ended" | "reauthenticated"; readonly sessionTag: string };

/** Events that the machine dispatches; `dispatch` adds the prefix `curfew:`. */
export interface EventDetails {
  /** The warning opens. Prevent the event's default to show a dialog of the app's own. */
  warning: {
    readonly action: Status["action"];
    readonly limit: Status["limit"];
    readonly remainingMs: number;
  };
  /** The session has more time than its warning said, through any tab. */
  extended: { readonly remainingMs: number };
  /** The user has signed in again, in this tab or in another. */
  reauthenticated: { readonly remainingMs: number };
  /** The session has ended. */
  ended: Omit<EndedAnswer, "error">;
  /** The page is about to be left for `url`. Prevent the event's default to stay, behind the veil. */
  ending: {
    readonly url: string;
    /** Delays the next page until the promise settles, half a second at most. */
    waitUntil(work: Promise<unknown>): void;
  };
  /** The user has signed out. Drafts are deleted. Prevent the event's default to keep them. */
  signout: object;
}

/** A call of the server, below the base path. */
export interface Call {
  readonly path: "/status" | "/activity" | "/extend" | "/reauth" | "/logout";
  /** Sent as JSON by POST; without a body the call is a GET. */
  readonly body?: unknown;
  /** True to outlive the page. */
  readonly keepalive?: boolean;
}

/** The actions of a page and the facts about a page that the machine needs. */
export interface Ports extends Clocks {
  /** Runs a function later. @returns a function that cancels the timer */
  later(milliseconds: number, run: () => void): () => void;
  /** Returns a number from 0 to 1. */
  random(): number;
  call(call: Call): Promise<Answer>;
  post(message: Message): void;
  /** Opens or closes the event stream; each event calls `hint()`. */
  listen(isOpen: boolean): void;
  isVisible(): boolean;
  isOnline(): boolean;
  render(moment: Moment): void;
  /** Dispatches an event. @returns false if a listener prevented the default */
  dispatch<Name extends keyof EventDetails>(name: Name, detail: EventDetails[Name]): boolean;
  /** True if this page may be shown without a session: the login page, and pages marked as public. */
  readonly isPublic: boolean;
  /** True on the login page. */
  readonly isLoginPage: boolean;
  /** The address to return to after a sign-in: path and query of this page. */
  readonly here: string;
  /** The login page, for answers that do not name it. */
  readonly loginUrl: string;
  /** The page for another user who has signed in. */
  readonly homeUrl: string;
  /** The address that the login page's `return_to` names, if it is on this site. */
  readonly returnTo: string;
  leave(url: string): void;
  /** Reads and writes a text that lives as long as the tab. */
  recall(key: string): string;
  remember(key: string, value: string): void;
}
