/** One second, one minute, one hour and one day in milliseconds. */
export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Milliseconds between the warning and the end of a session (rules D3, N3). */
export const WARNING_MS = 120 * SECOND_MS;

/** Lifetime of a persistent ("stay logged in") session from sign-in, in minutes (rule P2). */
export const PERSISTENT_SESSION_MINUTES = 30 * 24 * 60;

/** Most minutes that one extension adds (rule D5). */
export const MAX_EXTENSION_MINUTES = 30;

/** Lifetime of an API session in minutes, if the app sets no lifetime. */
export const API_SESSION_MINUTES = 60;

/** Lifetime of an embedded session in minutes, if the app sets no lifetime. */
export const EMBED_SESSION_MINUTES = 5;

/**
 * Milliseconds that a stored time may be in the future before its record counts as damaged. A clock that is set back
 * a little must not sign users out. A stamp from next year must not keep a session alive.
 */
export const CLOCK_TOLERANCE_MS = 60 * SECOND_MS;
