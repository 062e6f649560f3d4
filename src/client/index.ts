/** The browser's side: the warning before an end, reports of input, and tabs in step. */
import type { DraftEventDetail } from "./drafts/index.js";
import { showElement } from "./element.js";
import { openPage } from "./page.js";
import type { EventDetails, View } from "./ports.js";
import { SessionWatch } from "./session-watch.js";
import { createTexts } from "./texts.js";
import type { Words } from "./words/english.js";

export type { EndedAnswer, EvictedByAnswer, Status } from "../wire.js";
export { ARABIC } from "./words/arabic.js";
export {
  startDrafts,
  type DraftEditor,
  type DraftEventDetail,
  type Drafts,
  type DraftsOptions,
} from "./drafts/index.js";
export { ENGLISH, type WordKey, type Words } from "./words/english.js";
export { ENGLISH_DRAFTS, type DraftWordKey } from "./words/english-drafts.js";
export { GERMAN } from "./words/german.js";
export type { EventDetails } from "./ports.js";

/** Options of {@link startCurfew}. */
export interface ClientOptions {
  /** Path of `curfew.routes()`. @default "/curfew" */
  readonly base?: string;
  /** The login page. @default "/login" */
  readonly loginUrl?: string;
  /** Page for another user who has signed in. @default "/" */
  readonly homeUrl?: string;
  /** True on pages that may be seen without signing in. Other pages are left for the login page. @default false */
  readonly isPublic?: boolean;
  /** Language of durations and direction. @default the `lang` of `<html>`, else "en" */
  readonly language?: string;
  /** Texts in another language, such as `GERMAN`, or texts of the app's own. @default English */
  readonly words?: Words;
  /** The user's name, so that password managers find the password. */
  readonly username?: string;
  /** More events that count as input, such as `["wheel"]`. */
  readonly extraEvents?: readonly string[];
}

/** The client of one page. Its methods serve dialogs and sign-out buttons of the app's own. */
export interface CurfewClient {
  /** Asks the server now. Call it when a request of the app was answered 401. */
  check(): void;
  /** Stays signed in, or extends the session: the action of the warning's button. */
  stay(): Promise<void>;
  /** Signs in again in place. @returns true if the server has accepted the body */
  reauthenticate(body: unknown): Promise<boolean>;
  /** Signs out, and sends all tabs to the login page. */
  signOut(): Promise<void>;
  /** Counts the input in a same-origin frame too: `client.watch(iframe.contentWindow)`. */
  watch(frame: Window): void;
  /** Replaces the texts. */
  setWords(words: Words): void;
  /** Ends the client: no listener, request or element remains. */
  stop(): void;
}

/** Detail of an event: the facts, and the client with the actions. */
export type CurfewEvent<Name extends keyof EventDetails> = CustomEvent<
  EventDetails[Name] & { readonly client: CurfewClient }
>;

/** The events, dispatched on `document`. They bubble to `window`. */
export interface CurfewEventMap {
  "curfew:warning": CurfewEvent<"warning">;
  "curfew:extended": CurfewEvent<"extended">;
  "curfew:reauthenticated": CurfewEvent<"reauthenticated">;
  "curfew:ended": CurfewEvent<"ended">;
  "curfew:ending": CurfewEvent<"ending">;
  /** An app that signs out by itself dispatches a plain `Event` of this name, cancelable and bubbling. */
  "curfew:signout": Event;
  "curfew:draft": CustomEvent<DraftEventDetail>;
}

declare global {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- adds members to the DOM's interface
  interface DocumentEventMap extends CurfewEventMap {}
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- adds members to the DOM's interface
  interface WindowEventMap extends CurfewEventMap {}
}

/**
 * Starts the client of this page. Call it once, as early as possible.
 *
 * @example `startCurfew({ base: "/curfew", loginUrl: "/login" })`
 */
export function startCurfew(options: ClientOptions = {}): CurfewClient {
  const { base = "/curfew", loginUrl = "/login", homeUrl = "/", isPublic = false } = options;
  const { words = {}, username = "", extraEvents = [] } = options;
  const texts = createTexts(options.language ?? (document.documentElement.lang || "en"), words);
  let lastView: View | null = null;
  const render = (view: View): void => {
    lastView = view;
    element.render(view);
  };
  const client: CurfewClient = {
    check: () => watch.hint(),
    stay: () => watch.actions.stay(),
    reauthenticate: (body) => watch.actions.reauthenticate(body),
    signOut: () => watch.actions.signOut(),
    watch: (frame) => page.watchInput(frame),
    setWords: (others) => {
      texts.setWords(others);
      if (lastView) element.render(lastView);
    },
    stop: () => {
      watch.stop();
      page.close();
      element.remove();
    },
  };
  const page = openPage({ base, loginUrl, homeUrl, isPublic }, extraEvents, render, { client });
  const { ports } = page;
  const separator = loginUrl.includes("?") ? "&" : "?";
  const signInUrl = `${loginUrl}${separator}reauth=1&return_to=${encodeURIComponent(ports.here)}`;
  const watch = new SessionWatch(ports);
  const element = showElement(
    texts,
    { username, reauthUrl: `${base}/reauth`, signInUrl },
    {
      ...client,
      dismiss: () => watch.dismiss(),
      leave: (url) => watch.actions.signInAgain(url),
      retry: () => watch.retry(),
      reopen: () => watch.actions.minimize(false),
    },
  );
  page.connect(watch);
  watch.start();
  return client;
}
