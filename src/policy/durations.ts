/** One second, one minute, one hour and one day in milliseconds. */
export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** How long before a session ends its user is warned, in milliseconds (rule D3, N3). */
export const WARNING_MS = 120 * SECOND_MS;

/** How long a persistent ("stay logged in") session lasts from sign-in, in minutes (rule P2). */
export const PERSISTENT_SESSION_MINUTES = 30 * 24 * 60;

/** The longest that one extension adds, in minutes (rule D5). */
export const MAX_EXTENSION_MINUTES = 30;

/** Lifetime of an API session for which the app names none, in minutes. */
export const API_SESSION_MINUTES = 60;

/** Lifetime of an embedded session for which the app names none, in minutes. */
export const EMBED_SESSION_MINUTES = 5;

/**
 * How far a stored time may lie in the future before the record counts as damaged, in milliseconds.
 * A clock that is set back a little must sign nobody out; a stamp from next year must free nobody.
 */
export const CLOCK_TOLERANCE_MS = 60 * SECOND_MS;
