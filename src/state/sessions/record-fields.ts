/** The names and numbers of a record's fields. */
/**
 * The fields of a record, in their order. A record is one text: its fields separated by \31, without the empty fields
 * at its end. `lib/record.lua` numbers the same fields from 1. An empty field means the default: a browser's session,
 * begun when it was numbered, not extended, not persistent.
 */
export const RECORD_FIELDS = [
  "number",
  "browserKey",
  "userId",
  /** Empty for a browser's session. */
  "kind",
  /** Milliseconds since 1970. Empty where it equals the number. */
  "signedInAt",
  /** Milliseconds after the sign-in. */
  "expiresAt",
  /** Milliseconds after the sign-in. */
  "lastActivityAt",
  "extendedAt",
  "extendedCount",
  "persistent",
  "persistentCookie",
  "endReason",
  "endAt",
  "byDevice",
  /** Ref of the session that evicted it, if that session has a place. */
  "byRef",
  "byAt",
  "browser",
  "operatingSystem",
  "ip",
  "city",
  "state",
  "country",
  "credentialsType",
  /** Level of its row in the list of all sessions. */
  "level",
  /** `1` if the session's pages have reported input. */
  "reportsInput",
  /** `1` if the session's browser has sent `Sec-Fetch-User: ?1`. */
  "sendsUser",
  /** Milliseconds since 1970. */
  "ceilingAt",
  /** Hash of the secret in the session's cookie. */
  "secret",
  /** Hash of the secret before it, and until when that one still passes, in milliseconds since 1970. */
  "formerSecret",
  "formerUntil",
  /** Offer of a re-authentication that no request has shown yet: a secret, and the window that it opens. */
  "offeredSecret",
  "offeredAt",
  /** Milliseconds after the offer. */
  "offeredExpiresAt",
  "offeredPersistent",
  /** The app's labels; names are separated by \30, and `metadata` is JSON. */
  "tenant",
  "roles",
  "tags",
  "metadata",
  /** `1` if the session was taken over from express-session, `2` once its user has authenticated since. */
  "takenOver",
  /** Time at which an answer last sent the cookie again, in milliseconds since 1970. */
  "renewedAt",
  /** The administrator of a sudo session: user id, and ref of the administrator's own session. */
  "administratorId",
  "administratorRef",
] as const;

/** The name of a record's field. */
export type RecordField = (typeof RECORD_FIELDS)[number];

/** Returns a field's number in the record, from 1, as the scripts count. */
export const fieldNumber = (name: RecordField): number => RECORD_FIELDS.indexOf(name) + 1;

/** Numbers of the fields that say where a session was. They go with its end or with a purge (rule Q19). */
export const PLACE_FIELDS = (["ip", "city", "state", "country"] as const).map(fieldNumber);
/** Number of a field that every record has. */
export const ACTIVITY_FIELD = fieldNumber("lastActivityAt");
/** Number of a field that only the record of an ended session has. */
export const END_FIELD = fieldNumber("endReason");
/** Numbers of the fields that an ended session's record loses: whose session it was. */
export const PERSONAL_FIELDS = (
  [
    ...(["userId", "browser", "operatingSystem", "credentialsType"] as const),
    ...(["tenant", "roles", "tags", "metadata"] as const),
    ...(["administratorId", "administratorRef"] as const),
  ] as const
).map(fieldNumber);

/** Returns a field's place in the list of a record's fields, from 0. */
export const fieldIndex = (name: RecordField): number => RECORD_FIELDS.indexOf(name);
