/** Interfaces of an engine's driver. They make `EnginePage` and `EngineBrowser` the same for all three engines. */

/** The engines of Chrome, Firefox and Safari. */
export const ENGINE_NAMES = ["chromium", "firefox", "webkit"] as const;

/** One of {@link ENGINE_NAMES}. */
export type EngineName = (typeof ENGINE_NAMES)[number];

/** An engine that is installed on this machine. Plain data: vitest hands it from its main process to the tests. */
export interface Engine {
  readonly name: EngineName;
  /** Name and version, such as `Chromium 156.0.8078.108`. */
  readonly title: string;
  /** Path of the program to start. For WebKit the browser that the driver starts. */
  readonly binary: string;
}

/**
 * A host that every engine resolves to 127.0.0.1 and does not trust: over plain HTTP it gets no `Sec-Fetch-*` headers,
 * no service workers and no `Secure` cookies. `localhost` gets all of them.
 */
export const PLAIN_HOST = "intranet.example";

/** A cookie as a browser keeps it. */
export interface EngineCookie {
  readonly name: string;
  readonly value: string;
  readonly httpOnly: boolean;
  readonly secure: boolean;
  /** True if the browser forgets the cookie when it closes. */
  readonly isSessionCookie: boolean;
}

/** Keys that tests press. */
export type Key =
  | "Tab"
  | "Enter"
  | "Escape"
  | "Space"
  | "Backspace"
  | "Shift"
  | "Control"
  | "ArrowLeft"
  | "ArrowRight"
  | "ArrowUp"
  | "ArrowDown";

/** One tab of one engine. Its methods need no time limit, because `EnginePage` has one. */
export interface PageDriver {
  goto(url: string): Promise<void>;
  click(selector: string): Promise<void>;
  type(selector: string, text: string): Promise<void>;
  /** Presses the last key while the others are held down. */
  press(keys: readonly Key[]): Promise<void>;
  /** Runs statements without waiting, so that they may leave the page. They begin in a new scope. */
  start(statements: string): Promise<void>;
  /** Returns true if an expression is true. Fails soon while the page is being replaced; the caller asks again. */
  isTrue(expression: string): Promise<boolean>;
  /** Evaluates an expression that gives a promise of a string. */
  evaluate(expression: string): Promise<string>;
  /** Returns the cookies that requests to this page's address carry. */
  cookies(): Promise<EngineCookie[]>;
  /** Sets a person's preferences. Only Chromium's driver can. */
  prefer?(preferences: Preferences): Promise<void>;
  close(): Promise<void>;
}

/** Preferences of a person that style sheets can read. */
export interface Preferences {
  readonly forcedColors?: "active" | "none";
  readonly reducedMotion?: "reduce" | "no-preference";
  /** Width of the window, in CSS pixels. */
  readonly width?: number;
}

/** One running browser with its own profile. */
export interface BrowserDriver {
  newPage(): Promise<PageDriver>;
  /** Ends the browser and every process that belongs to it. */
  close(): Promise<void>;
}
