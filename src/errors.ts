import type { BrowserLimitName, EndReason, SettingsProblem } from "./policy/index.js";
import type { SessionView } from "./wire.js";

/** The codes of all {@link CurfewError}s. Each code has a section in docs/errors.md. */
export const ERROR_CODES = [
  "authentication_expired",
  "cross_site_request",
  "embedded_missing",
  "extension_too_early",
  "insecure_connection",
  "invalid_argument",
  "invalid_option",
  "invalid_settings",
  "not_signed_in",
  "reauthentication_required",
  "redis_unavailable",
  "session_ended",
  "session_middleware_missing",
  "settings_conflict",
  "sign_in_required",
  "sudo_refused",
  "too_many_requests",
  "too_many_sessions",
  "unsupported_operation",
] as const;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** An object without properties. */
export type NoDetails = Readonly<Record<string, never>>;

/** The `details` of each error code. */
export interface ErrorDetails {
  readonly authentication_expired: NoDetails;
  readonly cross_site_request: NoDetails;
  readonly embedded_missing: NoDetails;
  readonly extension_too_early: {
    /** Time from which the session can be extended, in milliseconds since 1970. */
    readonly opensAt: number;
    /** Milliseconds until `opensAt`. */
    readonly opensInMs: number;
  };
  readonly insecure_connection: NoDetails;
  readonly invalid_argument: NoDetails;
  readonly invalid_option: {
    /** Name of the wrong option. */
    readonly option: string;
  };
  readonly invalid_settings: {
    /** Every wrong field; empty if the patch is not an object. */
    readonly fields: readonly SettingsProblem[];
  };
  readonly not_signed_in: NoDetails;
  readonly reauthentication_required: NoDetails;
  readonly redis_unavailable: NoDetails;
  readonly session_ended: {
    /** Reason of the end, if the package knows the reason. */
    readonly reason?: EndReason;
  };
  readonly session_middleware_missing: NoDetails;
  readonly settings_conflict: {
    /** Current version of the settings. */
    readonly version: number;
  };
  readonly sign_in_required: NoDetails;
  readonly sudo_refused: NoDetails;
  readonly too_many_requests: {
    /** Milliseconds until the next request is answered. */
    readonly retryInMs: number;
  };
  readonly too_many_sessions: {
    /** The user's living sessions that the limit counts. */
    readonly sessions: readonly SessionView[];
    /** The limit that refuses the sign-in. */
    readonly limit: BrowserLimitName;
  };
  readonly unsupported_operation: NoDetails;
}

/** The HTTP status of each code. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  authentication_expired: 401,
  cross_site_request: 403,
  embedded_missing: 500,
  extension_too_early: 409,
  insecure_connection: 403,
  invalid_argument: 500,
  invalid_option: 500,
  invalid_settings: 422,
  not_signed_in: 401,
  reauthentication_required: 409,
  redis_unavailable: 503,
  session_ended: 401,
  session_middleware_missing: 500,
  settings_conflict: 412,
  sign_in_required: 409,
  sudo_refused: 403,
  too_many_requests: 429,
  too_many_sessions: 409,
  unsupported_operation: 500,
};

/** Seconds after which a client may retry while Redis is away. */
export const RETRY_AFTER_SECONDS = 1;

/** Marks every CurfewError, also an error of another build or copy of this package in the same process. */
const MARK = Symbol.for("express-curfew.CurfewError");

const ERRORS_PAGE = "https://github.com/OWNER-PLACEHOLDER/express-curfew/blob/main/docs/errors.md";

/** Returns the address of the code's section in docs/errors.md. */
const linkTo = (code: ErrorCode): string => `${ERRORS_PAGE}#${code}`;

/** An error with one code. {@link CurfewError} is the union of these types over all codes. */
export interface CurfewErrorOf<Code extends ErrorCode = ErrorCode> extends Error {
  readonly name: "CurfewError";
  /** One of {@link ERROR_CODES}. */
  readonly code: Code;
  /** Facts about the error. The code's section in docs/errors.md describes them. */
  readonly details: ErrorDetails[Code];
  /** The message without the code and the link at its end, for texts that users read. */
  readonly shortMessage: string;
  /** The HTTP status of the response. */
  readonly status: number;
  /** Like `status`, for frameworks that read this name, such as NestJS. */
  readonly statusCode: number;
  /** Headers of the response. */
  readonly headers: Readonly<Record<string, string>>;
  /** True if clients may see the message. */
  readonly expose: boolean;
}

/**
 * Every error that this package throws: wrong use, a refused operation, or an unreachable Redis. The state of a
 * session is a value (`req.curfew`), never an error.
 *
 * A comparison of `code` narrows `details`. Express's error handler reads `status`, `headers` and `expose`.
 */
export type CurfewError<Code extends ErrorCode = ErrorCode> = { [C in Code]: CurfewErrorOf<C> }[Code];

/** Arguments of `new CurfewError` after the message. `details` may be left out if the code requires no details. */
export type FurtherArguments<Code extends ErrorCode> = NoDetails extends ErrorDetails[Code]
  ? [details?: ErrorDetails[Code], options?: ErrorOptions]
  : [details: ErrorDetails[Code], options?: ErrorOptions];

/** Creates a {@link CurfewError}. `instanceof` also recognizes errors of other copies of this package. */
export interface CurfewErrorConstructor {
  new <Code extends ErrorCode>(
    code: Code,
    shortMessage: string,
    ...further: FurtherArguments<Code>
  ): CurfewErrorOf<Code>;
  readonly prototype: CurfewError;
}

/** The class of all errors that this package throws. */
export const CurfewError: CurfewErrorConstructor = class CurfewError<Code extends ErrorCode>
  extends Error
  implements CurfewErrorOf<Code>
{
  override readonly name = "CurfewError";
  readonly details: ErrorDetails[Code];
  readonly status: number;
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly expose: boolean;

  constructor(
    readonly code: Code,
    readonly shortMessage: string,
    ...[details, options]: FurtherArguments<Code>
  ) {
    super(`${shortMessage} (${code}: ${linkTo(code)})`, options);
    this.details = details ?? ({} as ErrorDetails[Code]);
    this.status = STATUS[code];
    this.statusCode = this.status;
    this.headers = headersFor(code, this.details);
    this.expose = this.status < 500;
  }

  /** Recognizes errors of every copy of the package. A subclass recognizes only its own instances. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== CurfewError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === "object" && value !== null && MARK in value;
  }
};

Object.defineProperty(CurfewError.prototype, MARK, { value: true });

/** Returns the headers of an error's response. */
function headersFor(code: ErrorCode, details: object): Readonly<Record<string, string>> {
  if (code === "redis_unavailable") return { "Retry-After": String(RETRY_AFTER_SECONDS) };
  if (code !== "too_many_requests") return {};
  const { retryInMs } = details as ErrorDetails["too_many_requests"];
  return { "Retry-After": String(Math.max(1, Math.ceil(retryInMs / 1_000))) };
}

/** Returns the error for a Redis that did not respond. Clients never see `cause`. */
export function redisUnavailable(cause: unknown): CurfewError<"redis_unavailable"> {
  const safe = withoutArguments(cause);
  return new CurfewError("redis_unavailable", `Redis can't be reached: ${safe.message}`, {}, { cause: safe });
}

/**
 * Returns an error without the arguments of its command, which hold ids, users and the app's session data (rule M41).
 * ioredis keeps them in `command`, and Redis repeats them in some messages.
 */
export function withoutArguments(cause: unknown): Error {
  const { name = "Error", message = String(cause), code } = (cause ?? {}) as Partial<NodeJS.ErrnoException>;
  const safe = new Error(message.replace(/,? with args beginning with:.*$/s, ""));
  safe.name = name;
  return code === undefined ? safe : Object.assign(safe, { code });
}

/** Returns the error for a session that ended while its request was running. */
export function endedMeanwhile(details: ErrorDetails["session_ended"] = {}): CurfewError<"session_ended"> {
  return new CurfewError(
    "session_ended",
    "This session ended while the request was running; sign in again.",
    details,
  );
}

/** The answer to a body or an address that can't be read. */
export interface RequestProblem {
  readonly status: number;
  readonly message: string;
}

/** Returns the problem (4xx) that Express has with a body or an address; `null` for all other errors. */
export function requestProblem(error: unknown): RequestProblem | null {
  if (typeof error !== "object" || error === null) return null;
  const { status, type, code } = error as { status?: unknown; type?: unknown; code?: unknown };
  if (error instanceof URIError && status === 400) return { status, message: "The address can't be read." };
  // An error of decompression has no type, only a code of zlib.
  const isParsers = typeof type === "string" || (typeof code === "string" && code.startsWith("Z_"));
  if (!isParsers || typeof status !== "number" || status < 400 || status >= 500) return null;
  const isJson = type === "entity.parse.failed";
  return { status, message: isJson ? "The body is not valid JSON." : "The body can't be read." };
}

/** Returns the error for a wrong option. `fix` says what was expected. */
export function invalidOption(option: string, fix: string): CurfewError<"invalid_option"> {
  return new CurfewError("invalid_option", `${option}: ${fix}`, { option });
}
