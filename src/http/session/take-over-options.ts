import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import type { SessionData } from "express-session";
import { checkOptions, isFunction, type OptionsSpec } from "../../check-options.js";
import { CurfewError, invalidOption } from "../../errors.js";
import { isOwnPrefix } from "../../state/keys.js";
import type { OldSource } from "../../state/old-source.js";
import { MAX_USER_ID_LENGTH } from "../../state/sessions/record-format.js";
import { isStorable } from "../../state/values/session-labels.js";
import type { Storage } from "../../state/storage.js";
import { parseSessionData } from "./session-data.js";
import { isCookieName, isSecret } from "./cookie-checks.js";
import { CookieSigner } from "../request/signed-cookie.js";

/**
 * Options of `session({ takeOver })`: the sessions that the app has had with express-session and connect-redis (rule M44).
 */
export interface TakeOverOptions {
  /** Name of the old cookie. @default "connect.sid", as in express-session */
  readonly name?: string;
  /** Prefix of the old keys in Redis. @default "sess:", as in connect-redis */
  readonly prefix?: string;
  /** Secret of the old cookie, or several. @default the option `secret` of `session()` */
  readonly secret?: string | readonly string[];
  /**
   * Returns the user's id from the old data: the same id that the app gives to `signIn`. A number becomes its text.
   * Returns `null` or `undefined` for an anonymous session. Do not write `String(data.userId)`, which makes each of them a
   * session of the user "undefined".
   * @example (data) => data.passport?.user
   */
  readonly userId: (data: SessionData) => string | number | null | undefined;
  /**
   * The time from which no old session counts. Choose the time at which the last old session ends by itself: the switch
   * and the `maxAge` of the old cookie.
   * @example new Date("2027-03-01")
   */
  readonly until: Date | number;
}

const SPEC: OptionsSpec<TakeOverOptions> = {
  by: "session.takeOver",
  usage: 'takeOver: { userId: (data) => data.userId, until: new Date("2027-03-01") }',
  checks: {
    name: isCookieName,
    prefix: (value) => (typeof value === "string" ? null : "must be a string"),
    secret: isSecret,
    userId: isFunction,
    until: (value) =>
      (value instanceof Date || typeof value === "number") && Number.isFinite(new Date(value).getTime())
        ? null
        : "must be a Date, or a number of milliseconds since 1970",
  },
  required: ["userId", "until"],
};

/** A secret of the old cookie, and the key of the ids that are derived from this cookie. */
export interface OldSecret {
  readonly signer: CookieSigner;
  readonly key: KeyObject;
}

/** The options, complete. */
export interface ParsedTakeOver {
  readonly name: string;
  readonly secrets: readonly OldSecret[];
  readonly source: OldSource;
}

/** Checks and completes the options. @throws CurfewError `invalid_option` */
export function parseTakeOver(
  options: TakeOverOptions,
  ownSecrets: readonly string[],
  { keys }: Storage,
): ParsedTakeOver {
  checkOptions(SPEC, options);
  const { name = "connect.sid", prefix = "sess:", secret = ownSecrets, userId, until } = options;
  if (isOwnPrefix(keys, prefix))
    throw invalidOption(
      "session.takeOver.prefix",
      "begins keys of this package; give the prefix of connect-redis",
    );
  return {
    name,
    secrets: [secret].flat().map((text) => ({ signer: new CookieSigner([text]), key: keyFrom(text) })),
    source: {
      prefix,
      until: Number(until),
      userIdIn: (json) => {
        const data = parseSessionData(json);
        return data && userIdOf(userId(data));
      },
    },
  };
}

/** Derives a key that no signature of a cookie gives away. */
function keyFrom(secret: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync("sha256", secret, "", "express-curfew takeOver", 32)));
}

/** @throws CurfewError `invalid_argument` if the value is not a user id */
function userIdOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const id = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  const complaint = isStorable(MAX_USER_ID_LENGTH)(id);
  if (complaint === null) return id as string;
  throw new CurfewError(
    "invalid_argument",
    `session.takeOver.userId: the returned value ${complaint}, a whole number, or null`,
  );
}
