/** An operation that is played under faults. */
import { CurfewError, type SessionView, type SettingsPatch } from "../../../src/index.js";
import { FETCH_HEADERS } from "../../../src/testing/index.js";
import { CANARY } from "../../battery/support/guarded-app.js";
import { Browser, SESSION_COOKIE } from "../../harness/browser.js";
import type { SendOptions } from "../../harness/http.js";
import type { FaultSite } from "./site.js";

/** Answer to an operation. */
export interface Answered {
  /** HTTP status. An API call has its error's status, or 200. `broken` means that the connection broke first. */
  readonly status: number | "broken";
  readonly retryAfter: string | undefined;
  readonly text: string;
  /** Body of the answer, or result of the call. */
  readonly value: unknown;
}

/** One run of an operation. */
export interface Trial {
  act(): Promise<Answered>;
  /** Returns problems after an answer that says "done", one line each. */
  whenDone(answered: Answered): Promise<string[]>;
  /** Returns problems once Redis works again, one line each. */
  whenHealed?(): Promise<string[]>;
  /** Like {@link whenDone}, but after a refusal. */
  whenRefused?(): Promise<string[]>;
  /** Closes everything that the trial has opened. */
  end?(): Promise<void> | undefined;
}

/** An operation of an app. */
export interface Operation {
  readonly name: string;
  /** Status that means "done". */
  readonly done: number;
  /** Other right statuses when the operation is repeated. */
  readonly again?: readonly number[];
  /** True if the connection may break instead of an answer, because headers leave before the session is stored. */
  readonly mayBreak?: boolean;
  /** Allowed time beyond the app's time-out, in milliseconds. @default 0 */
  readonly limitMs?: number;
  /** True if the operation opens a separate connection. */
  readonly opensConnection?: boolean;
  /** True if its answer shows something only to signed-in users. */
  readonly isGuarded?: boolean;
  /**
   * Effect that lasts where the operation has believed that a key is damaged, such as a session that has ended for good, and
   * the other statuses that are then right. @default the next call reads the sound key and is right again
   */
  readonly ifBelieved?: { readonly answers: readonly number[] };
  begin(site: FaultSite): Promise<Trial>;
}

/** Returns a line if something is wrong. */
export const unless = (isRight: boolean, wrong: string): string[] => (isRight ? [] : [wrong]);

/** Sends a request to the app with the faulty Redis. */
export async function ask(
  site: FaultSite,
  browser: Browser,
  path: string,
  options: SendOptions = {},
): Promise<Answered> {
  try {
    const { status, headers, text, json } = await browser.at(site.port).send(path, options);
    return { status, retryAfter: headers["retry-after"], text, value: json };
  } catch (error) {
    return { status: "broken", retryAfter: undefined, text: String(error), value: undefined };
  }
}

/** Returns the answer of an app that passes the call's errors to Express. */
export async function answerOf(call: Promise<unknown>): Promise<Answered> {
  try {
    const value = await call;
    return { status: 200, retryAfter: undefined, text: JSON.stringify(value ?? null), value };
  } catch (error) {
    const { status, headers } =
      error instanceof CurfewError ? error : { status: 500, headers: {} as Record<string, string> };
    return { status, retryAfter: headers["Retry-After"], text: String(error), value: undefined };
  }
}

/** Signs a user in without a fault. */
export async function signedIn(
  site: FaultSite,
  user: string,
  more: Readonly<Record<string, unknown>> = {},
  browser = new Browser(),
): Promise<Browser> {
  const { status, text } = await browser.at(site.cleanPort).trySignIn(user, more);
  if (status !== 200) throw new Error(`a sign-in without any fault was answered ${status}: ${text}`);
  return browser;
}

/** Returns the answer of a guarded page to these cookies: `in`, the reason of the end, or `anonymous`. Not activity. */
export async function standingOf(site: FaultSite, browser: Browser): Promise<string> {
  const { status, json, text } = await browser.clone().at(site.cleanPort).get("/me", FETCH_HEADERS);
  if (status === 200 && text.includes(CANARY)) return "in";
  const { reason = "anonymous" } = json as { reason?: string };
  return status === 401 ? reason : `answered ${status}`;
}

/** Returns a line if the standing is not one of the expected standings. */
export async function stands(site: FaultSite, browser: Browser, ...asked: string[]): Promise<string[]> {
  const standing = await standingOf(site, browser);
  return unless(asked.includes(standing), `stands as ${standing}, not ${asked.join(" or ")}`);
}

const EVENTUALLY_MS = 3_000;

/** Waits for background work. @returns the problems that are left */
export async function eventually(check: () => Promise<string[]>): Promise<string[]> {
  const endsAt = performance.now() + EVENTUALLY_MS;
  for (;;) {
    const wrong = await check();
    if (wrong.length === 0 || performance.now() > endsAt) return wrong;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Saves settings without a fault. Unnamed settings return to their defaults. */
export async function save(site: FaultSite, patch: SettingsPatch): Promise<number> {
  const defaults: SettingsPatch = {
    inactivityLogout: false,
    sessionMinutes: 30,
    allowPersistentSessions: true,
    maxSessionsPerUser: null,
    whenLimitReached: "end_oldest",
    trackLocation: false,
    maxPhonesPerUser: null,
  };
  return (await site.clean.settings.update({ ...defaults, ...patch })).version;
}

/** Returns a user's living sessions, as lists show them. */
export async function sessionsOf(site: FaultSite, userId: string): Promise<readonly SessionView[]> {
  return (await site.clean.sessions.list({ userId })).sessions;
}

/** Returns the cookie that names a browser's session. */
export const sessionCookie = (browser: Browser): string | undefined => browser.cookie(SESSION_COOKIE);
