import { isBoolean, isOneOf, isPositive, isTime, type OptionsSpec } from "../../check-options.js";
import { DEVICE_CLASSES, type DeviceClass, type SessionKind } from "../../policy/index.js";
import { MAX_USER_ID_LENGTH } from "../../state/sessions/record-format.js";
import { isStorable, LABEL_CHECKS, type SessionLabels } from "../../state/values/session-labels.js";
import { isKeepData, type KeepData } from "./carried-data.js";

/** The user of a sign-in, and its options. */
export interface SignInOptions extends SessionLabels {
  /** The app's own id of the user: 1 to 255 characters. */
  readonly userId: string;
  /** True if the user ticked "Stay logged in". Ignored while the settings do not allow it. @default false */
  readonly persistent?: boolean;
  /**
   * Kind of session. `api` and `embed` sessions have no idle logout. They neither evict nor are evicted by other
   * sessions, except at their own limit of 1,000 (rule M36). @default "browser"
   */
  readonly kind?: Exclude<SessionKind, "sudo">;
  /**
   * Class of the browser's device, for limits of classes and for lists. It is fixed at the sign-in: a changed User-Agent
   * changes nothing (rule C14). Set it if the app knows more than the User-Agent says, for example in its own mobile app.
   * @default the class that the User-Agent claims
   */
  readonly deviceClass?: DeviceClass;
  /** Proof of the user's identity, for lists of sessions: `email`, `saml`, … */
  readonly credentialsType?: string;
  /**
   * This session's own lifetime, in minutes. It shortens a browser session and never passes the system limit. No
   * extension, re-authentication or change of settings passes it (rule M9).
   * @default the settings' for browsers, 60 for `api`, 5 for `embed`
   */
  readonly lifetimeMinutes?: number;
  /**
   * Time at which the authentication began, in milliseconds since 1970 on the deciding clock. Pass
   * `req.curfew.receivedAt` of the request with the password, or of the first step. If the user's sessions were all
   * ended since, the sign-in is refused (rule M35). Leave it out if the same request has ended them, as in a password
   * reset.
   * @default the time of the call
   */
  readonly authenticatedAt?: number;
  /**
   * The time that this session never passes, as a `Date` or in milliseconds since 1970 (rule M9). Set it if an identity
   * provider limits the session. A time in the past refuses the sign-in.
   * @example new Date(claims.session_expiry * 1000)
   */
  readonly endsAt?: Date | number;
  /**
   * Data of the anonymous session for the new session: all data, no data, or the named fields. Set `false` if a
   * visitor's data must not become the user's data. An attacker can plant data in the visitor's session, for example
   * a CSRF secret. Data of the same user's session always stay.
   * @default true
   * @example ["cart", "locale"]
   */
  readonly keepData?: KeepData;
}

/** The options of `signIn` and their checks. */
export const SIGN_IN: OptionsSpec<SignInOptions> = {
  by: "signIn",
  usage: "await curfew.signIn(req, { userId: user.id })",
  checks: {
    ...LABEL_CHECKS,
    userId: isStorable(MAX_USER_ID_LENGTH),
    persistent: isBoolean,
    kind: isOneOf(["browser", "api", "embed"]),
    deviceClass: isOneOf(DEVICE_CLASSES),
    credentialsType: (value) => (typeof value === "string" ? null : "must be a string"),
    lifetimeMinutes: isPositive("minutes"),
    authenticatedAt: (value) =>
      Number.isFinite(value) ? null : "must be a number of milliseconds since 1970: req.curfew.receivedAt",
    endsAt: isTime,
    keepData: isKeepData,
  },
  required: ["userId"],
};
