import type { Request } from "express";
import {
  checkArguments,
  isBoolean,
  isOneOf,
  isPositive,
  type Check,
  type OptionsSpec,
} from "../../check-options.js";
import { CurfewError } from "../../errors.js";
import {
  hasUserHeader,
  SESSION_KINDS,
  type Agent,
  type Place,
  type SessionKind,
  type Settings,
} from "../../policy/index.js";
import {
  abandonSession,
  endedFact,
  endSession,
  endSurely,
  forgetAnonymous,
} from "../../state/sessions/end-session.js";
import { browserKeyOf } from "../../state/keys.js";
import { openedFacts, openSession, type OpenedSession } from "../../state/sessions/open-session.js";
import { MAX_USER_ID_LENGTH } from "../../state/sessions/record-format.js";
import type { Durability } from "../../state/replica-wait.js";
import { isSignedInId, newRef, newSecret, refOf, type SignedInId } from "../../state/session-id.js";
import type { EndResult } from "../../api/sessions-api.js";
import { bounded, isDurable } from "../../state/storage.js";
import { requireContext, type RequestContext } from "../request/context.js";
import { browserToken } from "../session/cookies.js";
import { carriedData, isKeepData, keepsNamed, type KeepData } from "./carried-data.js";
import { enterSession, leaveSession } from "./enter-session.js";
import { undoChanges } from "./undo-changes.js";
import { signedOutState } from "../request/request-state.js";
import { requireCookieSent } from "../session/secure-cookie.js";
import { sessionCookie } from "../session/session-cookie.js";

/** The user of a sign-in, and its options. */
export interface SignInOptions {
  /** The app's own id of the user: 1 to 255 characters. */
  readonly userId: string;
  /** True if the user ticked "Stay logged in". Ignored while the settings do not allow it. @default false */
  readonly persistent?: boolean;
  /**
   * Kind of session. `api` and `embed` sessions have no idle logout. They neither evict nor are evicted by
   * other sessions,
   * except at their own limit of 1,000 (rule M36). @default "browser"
   */
  readonly kind?: SessionKind;
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
   * `req.curfew.receivedAt` of the request with the password, or of the first step. If the user's sessions
   * were all
   * ended since, the sign-in is refused (rule M35). Leave it out if the same request has ended them, as in a
   * password reset.
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
   * Data of the anonymous session for the new session: all data, no data, or the named fields. Set `false` if
   * a visitor's
   * data must not become the user's data. An attacker can plant data in the visitor's session, for example a
   * CSRF
   * secret. Data of the same user's session always stay.
   * @default true
   * @example ["cart", "locale"]
   */
  readonly keepData?: KeepData;
}

/** Other things that a sign-in needs. */
export interface SignInDependencies {
  readonly locate: (ip: string | null) => Promise<Place>;
  readonly describeAgent: (userAgent: string | undefined) => Agent;
}

const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/; // eslint-disable-line no-control-regex -- looked for

const isUserId: Check = (value) => {
  if (typeof value !== "string" || value === "" || value.length > MAX_USER_ID_LENGTH)
    return `must be a string of 1 to ${String(MAX_USER_ID_LENGTH)} characters`;
  if (CONTROL_CHARACTERS.test(value)) return "must not contain control characters";
  // Two different halves of a character would be stored as the same replacement.
  return /\p{Cs}/u.test(value) ? "must be well-formed Unicode" : null;
};

const isTime: Check = (value) =>
  Number.isFinite(value instanceof Date ? value.getTime() : value)
    ? null
    : "must be a Date, or a number of milliseconds since 1970";

const SIGN_IN: OptionsSpec<SignInOptions> = {
  by: "signIn",
  usage: "await curfew.signIn(req, { userId: user.id })",
  checks: {
    userId: isUserId,
    persistent: isBoolean,
    kind: isOneOf(SESSION_KINDS),
    credentialsType: (value) => (typeof value === "string" ? null : "must be a string"),
    lifetimeMinutes: isPositive("minutes"),
    authenticatedAt: (value) =>
      Number.isFinite(value) ? null : "must be a number of milliseconds since 1970: req.curfew.receivedAt",
    endsAt: isTime,
    keepData: isKeepData,
  },
  required: ["userId"],
};

/** Chooses the data of the new session. */
export type ChooseData = (context: RequestContext, userId: string) => Record<string, unknown>;

/**
 * Signs a user in on this request, under a new session id. Data of an anonymous session are kept. If the
 * session is
 * another user's, only fields that this request has written are kept (rule M8). Returns when everything is
 * stored,
 * so that the caller may redirect at once. If it throws, no session cookie is sent, and the request has the
 * session
 * that it was loaded with (rule M7).
 */
export async function signIn(
  dependencies: SignInDependencies,
  request: Request,
  options: SignInOptions,
  chooseData?: ChooseData,
): Promise<Durability> {
  const context = requireContext(request);
  try {
    return await openFor(dependencies, context, options, chooseData);
  } catch (error) {
    undoChanges(context);
    throw error;
  }
}

async function openFor(
  dependencies: SignInDependencies,
  context: RequestContext,
  options: SignInOptions,
  chooseData: ChooseData = (from, user) => carriedData(from, user, keepsNamed(from, options)),
): Promise<Durability> {
  checkArguments(SIGN_IN, options);
  const { request, live: previous } = context;
  const { userId, persistent = false, kind = "browser" } = options;
  requireUnanswered(context);
  const storage = bounded(context.storage, performance.now() - context.waitedMs);
  const agent = dependencies.describeAgent(request.get("user-agent"));
  const token = browserToken(context);

  const opened = await replaceSession(context, userId, chooseData(context, userId), (id, data) =>
    openSession(storage, {
      ...id,
      userId,
      kind,
      persistent,
      lifetimeMinutes: options.lifetimeMinutes ?? null,
      authenticatedAt: options.authenticatedAt ?? null,
      endsAt: options.endsAt === undefined ? null : Number(options.endsAt),
      browserKey: browserKeyOf(token),
      credentialsType: options.credentialsType ?? null,
      agent,
      ip: request.ip ?? null,
      sendsUser: hasUserHeader(request),
      locate: dependencies.locate,
      data,
    }),
  );
  // The browser continues with the new session, and its earlier sessions end without notice (rule C3). The
  // new session is stored by now, so no failure here may fail the sign-in.
  const earlier = new Set([...opened.replaced, ...(previous ? [previous.ref] : [])]);
  await Promise.all(
    [...earlier].map((ref) => endSurely(storage, ref, { reason: "signed_out", at: opened.now })),
  );
  if (kind === "browser") warnOfPlainHttp(context, opened.settings);
  const { live } = context;
  if (live)
    storage.events.emit("signedIn", {
      ref: live.ref,
      userId,
      kind,
      at: live.now,
      persistent: live.verdict.persistent,
    });
  const ref = refOf(request.sessionID);
  return { durable: await isDurable(storage, ...openedFacts(storage, opened.tag, kind, ref)) };
}

/**
 * Warns once if idle time is not exact here (rule M3). Over HTTPS and on localhost, browsers send `Sec-Fetch-Site`.
 */
function warnOfPlainHttp({ request, cookies, storage }: RequestContext, settings: Settings): void {
  if (!settings.inactivityLogout || cookies.secure || request.get("sec-fetch-site") !== undefined) return;
  storage.events.warnOnce(
    "plain_http",
    "A sign-in came over plain HTTP while inactivity logout is on. Browsers do not say there which requests a person caused. Idle time is exact only over HTTPS, or with the browser script.",
  );
}

/** Ends the session of this request, if there is one. */
export async function signOut(request: Request): Promise<EndResult> {
  const context = requireContext(request);
  const { live } = context;
  if (!live) return { ended: false, durable: null };
  const storage = bounded(context.storage, performance.now() - context.waitedMs);
  // The time of the verdict: to ask for a later one would be one more round trip of those that must end in time.
  const { now } = live;
  // Twins of one browser end together (rule M10).
  const refs = [live, ...live.twins].map(({ ref }) => ref);
  await Promise.all(refs.map((ref) => endSession(storage, ref, { reason: "signed_out", at: now })));
  leaveSession(context, signedOutState(context, now));
  const { response } = context;
  // A stream's headers are out by now, and a socket server's handshake may have none to set.
  if (!response.headersSent && typeof response.setHeader === "function")
    response.setHeader("Clear-Site-Data", '"cache"');
  return { ended: true, durable: await isDurable(storage, endedFact(storage, live.ref)) };
}

type Open = (id: Omit<SignedInId, "tag">, data: string) => Promise<OpenedSession>;

/**
 * Puts a new session of the user in place of this request's. Until all is stored the request keeps what it
 * has: an answer that goes out meanwhile must not carry the new id, and a failure changes nothing.
 */
async function replaceSession(
  context: RequestContext,
  userId: string,
  data: Record<string, unknown>,
  open: Open,
): Promise<OpenedSession> {
  const { request, store, storage } = context;
  const formerId = request.sessionID;
  const ref = newRef();
  const secret = newSecret();
  const cookie = store.cookieFor(request);
  requireCookieSent(context, cookie);
  const json = JSON.stringify({ ...data, cookie: sessionCookie(cookie.data) });
  let opened: OpenedSession;
  try {
    const { secretHash } = secret;
    opened = await open({ ref, secretHash }, json);
    requireUnanswered(context);
    const { tag } = opened;
    store.replace(context, secret.idOf(ref, tag), data);
    enterSession(context, { ref, tag, secretHash }, opened);
  } catch (error) {
    abandonSession(storage, userId, ref, Date.now());
    throw error;
  }
  if (!isSignedInId(formerId) && Object.keys(data).length > 0) forgetAnonymous(storage, refOf(formerId));
  return opened;
}

/** @throws CurfewError `invalid_argument` if no cookie can be sent any more */
export function requireUnanswered({ request, response }: RequestContext): void {
  if (response.headersSent)
    throw new CurfewError(
      "invalid_argument",
      "The answer has begun, so no cookie can be sent; await the sign-in before writing to the response.",
    );
  if ((request.sessionStore as unknown) === undefined)
    throw new CurfewError(
      "session_middleware_missing",
      "There are no sessions on this path; sign in under the path that session.cookie.path names.",
    );
}
