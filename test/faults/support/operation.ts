/** What an operation is, to those who have it go wrong. */
import { CurfewError, type SessionView, type SettingsPatch } from "../../../src/index.js";
import { FETCH_HEADERS } from "../../../src/testing/index.js";
import { CANARY } from "../../battery/support/guarded-app.js";
import { Browser, SESSION_COOKIE, type SendOptions } from "../../battery/support/browser.js";
import type { FaultSite } from "./site.js";

/** What an operation was answered. */
export interface Answered {
  /** An HTTP status; of an API call that of its error, or 200; `broken` if the connection broke first. */
  readonly status: number | "broken";
  readonly retryAfter: string | undefined;
  readonly text: string;
  /** The body, or what the call has returned. */
  readonly value: unknown;
}

/** One run of an operation. */
export interface Trial {
  act(): Promise<Answered>;
  /** What is not as an operation that was answered as done has left it; a line each. */
  whenDone(answered: Answered): Promise<string[]>;
  /** What is not as it must be once Redis is all right again; a line each. */
  whenHealed?(): Promise<string[]>;
  /** The same for one that was refused. */
  whenRefused?(): Promise<string[]>;
  /** Closes what it has opened. */
  end?(): Promise<void> | undefined;
}

/** An operation of an app. */
export interface Operation {
  readonly name: string;
  /** The answer that says that it has been done. */
  readonly done: number;
  /** Other right answers when it is done once more. */
  readonly again?: readonly number[];
  /** Whether the connection may break in place of an answer: where its headers are out before the session is stored. */
  readonly mayBreak?: boolean;
  /** How long it may take beside the app's time-out, in milliseconds. @default 0 */
  readonly limitMs?: number;
  /** Whether it opens a connection of its own. */
  readonly opensConnection?: boolean;
  /** Whether its answer shows what only people who are signed in may see. */
  readonly isGuarded?: boolean;
  begin(site: FaultSite): Promise<Trial>;
}

/** A line, if something is wrong. */
export const unless = (isRight: boolean, wrong: string): string[] => (isRight ? [] : [wrong]);

/** Sends a request to the app whose Redis goes wrong. */
export async function ask(
  site: FaultSite,
  browser: Browser,
  path: string,
  options: SendOptions = {},
): Promise<Answered> {
  try {
    const { status, headers, text, json } = await browser.send(site.port, path, options);
    return { status, retryAfter: headers["retry-after"], text, value: json };
  } catch (error) {
    return { status: "broken", retryAfter: undefined, text: String(error), value: undefined };
  }
}

/** Answers for a call of the API, as an app that hands its errors to Express would. */
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

/** Signs somebody in without any fault. */
export async function signedIn(
  site: FaultSite,
  user: string,
  more: Readonly<Record<string, unknown>> = {},
  browser = new Browser(),
): Promise<Browser> {
  const { status, text } = await browser.signIn(site.cleanPort, user, more);
  if (status !== 200) throw new Error(`a sign-in without any fault was answered ${status}: ${text}`);
  return browser;
}

/** What a guarded page says to the holder of these cookies: `in`, why the session ended, or `anonymous`. No activity. */
export async function standingOf(site: FaultSite, browser: Browser): Promise<string> {
  const { status, json, text } = await browser.clone().get(site.cleanPort, "/me", FETCH_HEADERS);
  if (status === 200 && text.includes(CANARY)) return "in";
  const { reason = "anonymous" } = json as { reason?: string };
  return status === 401 ? reason : `answered ${status}`;
}

/** Says how somebody should stand. */
export async function stands(site: FaultSite, browser: Browser, ...asked: string[]): Promise<string[]> {
  const standing = await standingOf(site, browser);
  return unless(asked.includes(standing), `stands as ${standing}, not ${asked.join(" or ")}`);
}

const EVENTUALLY_MS = 3_000;

/** Waits for what is done in the background. @returns what is wrong still */
export async function eventually(check: () => Promise<string[]>): Promise<string[]> {
  const endsAt = performance.now() + EVENTUALLY_MS;
  for (;;) {
    const wrong = await check();
    if (wrong.length === 0 || performance.now() > endsAt) return wrong;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Saves settings without any fault; what is not named goes back to its default. */
export async function save(site: FaultSite, patch: SettingsPatch): Promise<number> {
  const defaults: SettingsPatch = {
    inactivityLogout: false,
    sessionMinutes: 30,
    allowPersistentSessions: true,
    maxSessionsPerUser: null,
    whenLimitReached: "end_oldest",
    trackLocation: false,
  };
  return (await site.clean.settings.update({ ...defaults, ...patch })).version;
}

/** The living sessions of a user, as lists show them. */
export async function sessionsOf(site: FaultSite, userId: string): Promise<readonly SessionView[]> {
  return (await site.clean.sessions.list({ userId })).sessions;
}

/** The cookie that names a browser's session. */
export const sessionCookie = (browser: Browser): string | undefined => browser.cookies.get(SESSION_COOKIE);
