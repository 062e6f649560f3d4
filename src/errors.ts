/** What every {@link CurfewError} is about; each code has a section in docs/errors.md. */
export const ERROR_CODES = [
  "cross_site_request",
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
  "too_many_sessions",
  "unsupported_operation",
] as const;

/** The closed set of error codes. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** The HTTP status that answers each code; Express's own error handler reads it from the error. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  cross_site_request: 403,
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
  too_many_sessions: 409,
  unsupported_operation: 500,
};

/** Seconds after which a client may ask again while Redis is away. */
export const RETRY_AFTER_SECONDS = 1;

/** Marks every CurfewError, also one that another build or copy of this package in the same process has made. */
const MARK = Symbol.for("express-curfew.CurfewError");

/**
 * The one error class: misuse, a refused operation, or Redis being away. Whether a session may go on is never
 * an error but a value (`req.curfew`).
 *
 * `status`, `headers` and `expose` are what Express's error handler reads, so an uncaught `redis_unavailable`
 * is answered with 503 and `Retry-After`.
 */
export class CurfewError extends Error {
  override readonly name = "CurfewError";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the message may be shown to the client. */
  readonly expose: boolean;

  constructor(
    /** One of {@link ERROR_CODES}. */
    readonly code: ErrorCode,
    message: string,
    /** What the code's section in docs/errors.md names, such as `fields` or `opensAt`. */
    readonly details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.status = STATUS[code];
    this.headers = code === "redis_unavailable" ? { "Retry-After": String(RETRY_AFTER_SECONDS) } : {};
    this.expose = this.status < 500;
  }

  /** @internal Recognizes the errors of every build; a subclass recognizes its own instances only. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== CurfewError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === "object" && value !== null && MARK in value;
  }
}

Object.defineProperty(CurfewError.prototype, MARK, { value: true });

/** Says that Redis could not be asked; `cause` is never shown to clients. */
export function redisUnavailable(cause: unknown): CurfewError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CurfewError("redis_unavailable", `Redis can't be reached: ${why}`, {}, { cause });
}

/** Says that a session has ended since its request was let in; `details.reason` says why, where that is known. */
export function endedMeanwhile(details: { readonly reason?: string } = {}): CurfewError {
  return new CurfewError("session_ended", "This session has ended meanwhile; sign in again.", details);
}

/** The status (4xx) of what express.json() throws on a body that it can't read; `null` for other errors. */
export function bodyErrorStatus(error: unknown): number | null {
  if (typeof error !== "object" || error === null) return null;
  const { status, type } = error as { status?: unknown; type?: unknown };
  return typeof type === "string" && typeof status === "number" && status >= 400 && status < 500
    ? status
    : null;
}

/** Says which option is wrong, and what to write instead. */
export function invalidOption(option: string, mend: string): CurfewError {
  return new CurfewError("invalid_option", `${option}: ${mend}`, { option });
}
