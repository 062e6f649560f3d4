/** Starts the client of one page, and connects its parts. */
import type { showElement, Shown } from "./element.js";
import { openPage } from "./page.js";
import { openScreen } from "./screen.js";
import { SessionWatch } from "./session-watch.js";
import type { Words } from "./words/english.js";
import type { WordsOption } from "./words/load-words.js";

/** Options of `startCurfew`. */
export interface ClientOptions {
  /** Path of `curfew.routes()`. @default "/curfew" */
  readonly base?: string | undefined;
  /** The login page. @default "/login" */
  readonly loginUrl?: string | undefined;
  /** Page for another user who has signed in. @default "/" */
  readonly homeUrl?: string | undefined;
  /** True on pages that may be seen without signing in. Other pages are left for the login page. @default false */
  readonly isPublic?: boolean;
  /** Language of durations and direction. @default the `lang` of `<html>`, else "en" */
  readonly language?: string | undefined;
  /**
   * Texts in another language, such as `GERMAN`, or texts of the app's own. An address of JSON is loaded with the dialog.
   *
   * @default English
   */
  readonly words?: WordsOption | undefined;
  /** The user's name, so that password managers find the password. */
  readonly username?: string | undefined;
  /** More events that count as input, such as `["wheel"]`. */
  readonly extraEvents?: readonly string[] | undefined;
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
  /** Replaces the texts. Texts that load later do not replace them. */
  setWords(words: Words): void;
  /** Ends the client: no listener, request, element or veil remains. */
  stop(): void;
}

/** Returns the language of the page, unless another one is given. */
export function languageOf(given: string | undefined): string {
  return given ?? (document.documentElement.lang || "en");
}

/**
 * Starts the client of a page.
 *
 * @param loadElement - loads the code of the dialog; gets the number of failures so far: some browsers never ask again for an address that has failed
 */
export function start(
  options: ClientOptions,
  loadElement: (failures: number) => Promise<{ readonly showElement: typeof showElement }>,
): CurfewClient {
  const { base = "/curfew", loginUrl = "/login", homeUrl = "/", isPublic = false } = options;
  const { extraEvents = [] } = options;
  const language = languageOf(options.language);
  const client: CurfewClient = {
    check: () => watch.hint(),
    stay: () => watch.actions.stay(),
    reauthenticate: (body) => watch.actions.reauthenticate(body),
    signOut: () => watch.actions.signOut(),
    watch: (frame) => page.watchInput(frame),
    setWords: (others) => screen.setWords(others),
    stop: () => {
      watch.stop();
      page.close();
      screen.remove();
    },
  };
  const load = async (failures: number): Promise<Shown> => {
    const element = await loadElement(failures);
    const { here } = page.ports;
    return element.showElement({ ...options, language, base, loginUrl, here }, watch);
  };
  const screen = openScreen(load);
  const places = { base, loginUrl, homeUrl, isPublic };
  const page = openPage(places, extraEvents, (moment) => screen.render(moment), { client });
  const watch = new SessionWatch(page.ports);
  page.connect(watch);
  watch.start();
  return client;
}
