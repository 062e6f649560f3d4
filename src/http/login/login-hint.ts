import type { Request } from "express";
import { checkArguments, type Check, type OptionsSpec } from "../../check-options.js";
import { durationText, MINUTE_MS, safeReturnTo, type EndReason } from "../../policy/index.js";
import { inLargestUnit } from "../../policy/duration-text.js";
import { readSettings } from "../../state/settings/settings-store.js";
import { forbidStorage } from "../request/answers.js";
import { requireContext } from "../request/context.js";
import { isPath, pathOfUrl } from "../request/request-path.js";
import type { EndedState } from "../request/request-state.js";
import { browserToken } from "../session/browser-token.js";
import { isWords, loginWords, type LoginWords } from "./login-words.js";

/** The contents of a login page. All texts are plain text: escape them as any other text. */
export interface LoginHint {
  /** Reason for the end of this browser's last session; `null` if there is none to tell. */
  readonly reason: EndReason | null;
  /**
   * The reason as a sentence. After an eviction the first answer names device, place and time of the newer sign-in
   * (rule M5). `null` if there is no reason.
   */
  readonly message: string | null;
  /** True if the settings allow "Stay logged in". Show the box only then. */
  readonly allowsPersistent: boolean;
  /** The length of a session as a sentence (WCAG 2.2.6). */
  readonly timeout: string;
  /**
   * The page to open after the sign-in: the request's `return_to` if it is a path on this site, else `/`. In a POST the
   * field of the body counts, otherwise the parameter of the address. The login page itself never counts.
   */
  readonly returnTo: string;
}

/** Options of `curfew.loginHint()`. */
export interface LoginHintOptions {
  /** Language of the texts, as in `<html lang>`. German and Arabic exist; all others get English. @default "en" */
  readonly language?: string;
  /** Texts of your own. A text that is left out comes from the language. @default none */
  readonly words?: Partial<LoginWords>;
}

const isLanguage: Check = (value) => {
  try {
    return typeof value === "string" && Intl.getCanonicalLocales(value).length === 1
      ? null
      : 'must be a language such as "en"';
  } catch {
    return 'must be a language such as "en" or "de-AT"';
  }
};

const OPTIONS: OptionsSpec<LoginHintOptions> = {
  by: "loginHint",
  usage: 'curfew.loginHint(request, { language: "en" })',
  checks: { language: isLanguage, words: isWords },
};

/** `curfew.loginHint`: the contents of a login page, and this browser's token (rule M27). */
export async function loginHint(
  loginUrl: string,
  request: Request,
  options: LoginHintOptions = {},
): Promise<LoginHint> {
  checkArguments(OPTIONS, options);
  const context = requireContext(request);
  const { language = "en" } = options;
  const words = loginWords(language, options.words);
  // The page carries a token of this browser alone, so no cache may hand it to another.
  forbidStorage(context.response);
  browserToken(context);
  const { effective } = await readSettings(context.storage);
  const idle = durationText(effective.idleMinutes * MINUTE_MS, language);
  const session = durationText(effective.sessionMinutes * MINUTE_MS, language);
  const ended = request.curfew.state === "ended" ? request.curfew : null;
  const hint = effective.inactivityLogout ? words.idleHint : words.sessionHint;
  return {
    reason: ended?.reason ?? null,
    message: ended && fillIn(sentenceOf(ended, words), { idle, by: evictorOf(ended, words, language) }),
    allowsPersistent: effective.allowPersistentSessions,
    timeout: fillIn(hint, { idle, session }),
    returnTo: returnToOf(request, loginUrl),
  };
}

function sentenceOf({ reason, by }: EndedState, words: LoginWords): string {
  return by ? words.evictedBy : words.ended[reason];
}

/** Returns device, place and time of the newer sign-in, such as "Chrome on Windows, Berlin, Germany, 2 minutes ago". */
function evictorOf(
  { by, checkedAt }: EndedState,
  { unknownDevice, separator }: LoginWords,
  language: string,
): string {
  if (!by) return "";
  const [count, unit] = inLargestUnit(Math.max(0, checkedAt - by.at));
  const ago = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-count, unit);
  return [by.device ?? unknownDevice, by.place, ago].filter(Boolean).join(separator);
}

/** Fills in the values. A value is never read for placeholders again. */
function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (found, name: string) => values[name] ?? found);
}

/** Returns the page to open after the sign-in. The login page would send a signed-in user to itself. */
function returnToOf(request: Request, loginUrl: string): string {
  const given = (request.method === "POST" ? request.body : request.query) as
    Readonly<Record<string, unknown>> | undefined;
  const path = safeReturnTo(given?.["return_to"]);
  return isPath(pathOfUrl(path), pathOfUrl(loginUrl)) ? "/" : path;
}
