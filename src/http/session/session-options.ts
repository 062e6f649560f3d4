import type { CookieOptions, SessionOptions } from "express-session";
import {
  checkOptions,
  isBoolean,
  isObject,
  isOneOf,
  isText,
  withoutUndefined,
  type Check,
  type OptionsSpec,
} from "../../check-options.js";
import { invalidOption } from "../../errors.js";
import type { AnswerEndedOptions } from "./answer-ended.js";
import { isCookieName, isSecret, isSerializable } from "./cookie-checks.js";
import type { TakeOverOptions } from "./take-over-options.js";

/**
 * Options of `curfew.session()`: the options of express-session, except those that this package decides itself
 * (`store`, `resave`, `saveUninitialized`, `rolling`, `genid`, and the cookie's lifetime).
 */
export interface CurfewSessionOptions extends Omit<
  SessionOptions,
  "store" | "resave" | "saveUninitialized" | "rolling" | "genid" | "cookie"
> {
  /**
   * Secret that signs the cookie. In an array the first secret signs. Cookies signed with another are accepted, and
   * those that name signed-in sessions are signed again. So a secret can change without signing users out.
   */
  readonly secret: string | string[];
  /**
   * Attributes of the session cookie, without `maxAge` and `expires`.
   * @default `{ httpOnly: true, sameSite: "lax", secure: "auto", path: "/" }`
   */
  readonly cookie?: Omit<CookieOptions, "maxAge" | "expires" | "signed" | "encode">;
  /**
   * The cookie's name. Without one it is `__Host-curfew.sid` over HTTPS (so no sibling domain can plant it)
   * and `curfew.sid` over plain HTTP.
   */
  readonly name?: string;
  /**
   * Path that a proxy removes from the addresses of requests, without a slash at the end. Write it if `cookie.path` is the
   * browser's path and the app does not see this path.
   *
   * @default no path is removed
   * @example { cookie: { path: "/shop" }, strippedPrefix: "/shop" }
   */
  readonly strippedPrefix?: string;
  /**
   * Effect of `req.session = null` and `delete req.session`, as in express-session. `"destroy"` ends the session before the
   * answer is sent. `"keep"` keeps it, and drops the request's changes. Write `"destroy"` if the app signs out so (rule M16).
   * @default "keep"
   */
  readonly unset?: "keep" | "destroy";
  /**
   * True answers a form that is posted after the session's end: with a redirect to the login page or with 401, and with
   * the reason. Write `true` if the app checks CSRF tokens. Otherwise the person sees the CSRF check's 403. The login page
   * and `routesPath` always reach the app; name other pages for people who are signed out in `except`.
   * @default false
   * @example { except: ["/saml/callback", "/password-reset"] }
   */
  readonly answerEnded?: boolean | AnswerEndedOptions;
  /**
   * Takes over open sessions of express-session, so that a move signs no user out. Give the present cookie another name
   * while processes with express-session still run: these processes keep their cookie.
   * @default no old session is read
   * @example { userId: (data) => data.userId, until: new Date("2027-03-01") }
   */
  readonly takeOver?: TakeOverOptions;
}

/** The cookies that tell browsers apart, over plain HTTP and over HTTPS. */
export const BROWSER_COOKIES = { plain: "curfew.browser", secure: "__Host-curfew.browser" } as const;

const USAGE = "curfew.session({ secret: process.env.SESSION_SECRET })";
const DECIDED_HERE = "is decided by express-curfew; remove it";
const DECIDED_BY_SETTINGS = "is decided by the session settings; remove it";

/** Checks the path that a proxy removes. */
export const isStrippedPrefix: Check = (value) =>
  typeof value === "string" && /^(\/[^/?#;\s]+)+$/.test(value)
    ? null
    : 'must be the path that a proxy removes, such as "/shop", without a slash at its end';

const SESSION_OPTIONS: OptionsSpec<CurfewSessionOptions> = {
  by: "session",
  usage: USAGE,
  checks: {
    secret: isSecret,
    name: (value) =>
      isText(value) ??
      (Object.values(BROWSER_COOKIES).includes(value as never)
        ? "is the name of the cookie that tells browsers apart; give another"
        : isCookieName(value)),
    cookie: (value) =>
      typeof value === "function"
        ? 'must be an object; a function leaves secure: "auto" unresolved'
        : isObject(value),
    proxy: isBoolean,
    unset: isOneOf(["keep", "destroy"]),
    strippedPrefix: isStrippedPrefix,
    answerEnded: (value) =>
      typeof value === "boolean" || isObject(value) === null
        ? null
        : 'must be true, false or an object such as { except: ["/password-reset"] }',
    takeOver: isObject,
  },
  required: ["secret"],
  refused: {
    store: DECIDED_HERE,
    resave: DECIDED_HERE,
    saveUninitialized: DECIDED_HERE,
    rolling: DECIDED_HERE,
    genid: DECIDED_HERE,
  },
};

const COOKIE_OPTIONS: OptionsSpec<NonNullable<CurfewSessionOptions["cookie"]>> = {
  by: "session.cookie",
  usage: 'cookie: { sameSite: "lax" }',
  checks: {
    httpOnly: isBoolean,
    secure: isOneOf([true, false, "auto"]),
    sameSite: isOneOf([true, false, "lax", "strict", "none"]),
    path: (value) =>
      typeof value === "string" && value.startsWith("/")
        ? isSerializable(
            (path: string) => ["x", { path }],
            "must be a path without semicolons and control characters",
          )(value)
        : 'must be a path that begins with "/"',
    domain: isSerializable(
      (domain: string) => ["x", { domain }],
      'must be a host name such as "example.com"',
    ),
    priority: isOneOf(["low", "medium", "high"]),
    partitioned: isBoolean,
  },
  refused: {
    maxAge: DECIDED_BY_SETTINGS,
    expires: DECIDED_BY_SETTINGS,
    originalMaxAge: DECIDED_BY_SETTINGS,
    signed: "is not asked: the session cookie is always signed; remove it",
    encode: "is decided by express-session; remove it",
  },
};

/** The options of `curfew.session()`, complete. */
export interface ParsedSessionOptions {
  readonly secrets: readonly string[];
  readonly cookie: CookieOptions;
}

/**
 * Checks and completes the options. Refuses values that would prevent the cookie from being sent, or browsers from
 * keeping it. Otherwise the mistake would show only at a sign-in, as a user who stays signed out.
 *
 * @throws CurfewError `invalid_option` with the option's name and a correct value
 */
export function parseSessionOptions(options: CurfewSessionOptions): ParsedSessionOptions {
  checkOptions(SESSION_OPTIONS, options);
  checkOptions(COOKIE_OPTIONS, options.cookie ?? {});
  const cookie: CookieOptions = {
    httpOnly: true,
    sameSite: "lax",
    secure: "auto",
    path: "/",
    ...withoutUndefined(options.cookie ?? {}),
  };
  checkPrefix(options.name ?? "", cookie);
  checkSecure(cookie);
  return { secrets: [options.secret].flat(), cookie };
}

/** Browsers drop cookies with these beginnings of their names that are not what the beginning says (RFC 6265bis, 4.1.3). */
function checkPrefix(name: string, cookie: CookieOptions): void {
  const prefix = /^__(?:Host|Secure)-/i.exec(name)?.[0].toLowerCase();
  if (prefix === undefined) return;
  const demands = `session.name begins with ${prefix === "__host-" ? "__Host-" : "__Secure-"}`;
  const byItself = "without a name the cookie is __Host-curfew.sid over HTTPS by itself";
  if (cookie.secure !== true)
    throw invalidOption("session.cookie.secure", `must be true, since ${demands}; ${byItself}`);
  if (prefix === "__secure-") return;
  if (cookie.path !== "/") throw invalidOption("session.cookie.path", `must be "/", since ${demands}`);
  if (cookie.domain !== undefined)
    throw invalidOption("session.cookie.domain", `must be left out, since ${demands}`);
}

/** Browsers keep what other sites' pages may send only if it is `Secure` (RFC 6265bis, 5.7). */
function checkSecure({ secure, sameSite, partitioned }: CookieOptions): void {
  if (secure !== false || (sameSite !== "none" && partitioned !== true)) return;
  const what = partitioned === true ? "partitioned: true" : 'sameSite: "none"';
  throw invalidOption(
    "session.cookie.secure",
    `must be true or "auto" with ${what}: browsers drop it otherwise`,
  );
}
