import type { Request } from "express";
import { checkArguments } from "../../check-options.js";
import { CurfewError } from "../../errors.js";
import {
  hasUserHeader,
  type Administrator,
  type Agent,
  type Place,
  type EffectiveSettings,
} from "../../policy/index.js";
import {
  abandonSession,
  doSurely,
  endedFact,
  endSession,
  endSurely,
  endWithOwn,
  deleteDataSoon,
} from "../../state/sessions/end-session.js";
import { browserKeyOf } from "../../state/keys.js";
import { markReplaced } from "../../state/sessions/replaced-cookie.js";
import type { JudgedAdministrator } from "../../state/sessions/administrator.js";
import { openedFacts, openSession, type OpenedSession } from "../../state/sessions/open-session.js";
import { watchDevices } from "../../state/sessions/known-devices.js";
import { emitSignedIn } from "../../state/sessions/tell-start.js";
import { deleteOld } from "../../state/sessions/old-sessions.js";
import type { Durability } from "../../state/replica-wait.js";
import { isSignedInId, newRef, newSecret, refOf, type SignedInId } from "../../state/session-id.js";
import type { EndResult } from "../../api/sessions-api.js";
import { isDurable, type Storage } from "../../state/storage.js";
import { deviceClassOf } from "../request/describe-agent.js";
import { oldIdsOf, requireContext, type CurrentSession, type RequestContext } from "../request/context.js";
import { browserToken, newToken } from "../session/browser-token.js";
import { authenticationOf } from "./authentication.js";
import { carriedData, keepsNamed } from "./carried-data.js";
import { withinTime } from "./current-session.js";
import { enterSession, leaveSession } from "./enter-session.js";
import { SIGN_IN, type SignInOptions } from "./sign-in-options.js";
import { traced } from "./traced.js";
import { undoChanges } from "./undo-changes.js";
import { signedOutState } from "../request/request-state.js";
import { requireCookieSent } from "../session/secure-cookie.js";
import { sessionCookie } from "../session/session-cookie.js";

/** Other things that a sign-in needs. */
export interface SignInDependencies {
  readonly locate: (ip: string | null) => Promise<Place>;
  readonly describeAgent: (userAgent: string | undefined) => Agent;
}

/** Chooses the data of the new session. */
export type ChooseData = (context: RequestContext, userId: string) => Record<string, unknown>;

/**
 * Signs a user in on this request, under a new session id. Data of an anonymous session are kept. If the session is
 * another user's, only fields that this request has written are kept (rule M8). Returns when everything is stored, so
 * that the caller may redirect at once. If it throws, no session cookie is sent, and the request has the session that
 * it was loaded with (rule M7).
 */
export async function signIn(
  dependencies: SignInDependencies,
  request: Request,
  options: SignInOptions,
  chooseData?: ChooseData,
): Promise<Durability> {
  const context = requireContext(request);
  return orUndone(context, () => {
    checkArguments(SIGN_IN, options);
    return openFor(dependencies, context, options, chooseData);
  });
}

/** Runs a sign-in. If it throws, the request has the session that it was loaded with (rule M7). */
export async function orUndone(
  context: RequestContext,
  open: () => Promise<Durability>,
): Promise<Durability> {
  try {
    return await traced(context.storage, "sign_in", open);
  } catch (error) {
    undoChanges(context);
    throw error;
  }
}

/** Opens a session for a request, in place of the request's own. @param sudo - administrator's session, which continues */
export async function openFor(
  dependencies: SignInDependencies,
  context: RequestContext,
  options: SignInOptions,
  chooseData: ChooseData = (from, user) => carriedData(from, user, keepsNamed(from, options)),
  sudo: SudoBegin | null = null,
): Promise<Durability> {
  const { request, live: previous } = context;
  const { userId, persistent = false } = options;
  const kind = sudo ? "sudo" : (options.kind ?? "browser");
  requireUnanswered(context);
  const storage = withinTime(context);
  const oldIds = sudo ? [] : oldIdsOf(context);
  const agent = dependencies.describeAgent(request.get("user-agent"));
  // Programs and embedded pages need no cookie that tells browsers apart.
  const token = kind === "browser" ? browserToken(context) : newToken();
  const authenticatedAt = await authenticationOf(request, storage, options.authenticatedAt);

  const opened = await replaceSession(
    context,
    userId,
    chooseData(context, userId),
    (id, data) =>
      openSession(storage, {
        ...id,
        userId,
        kind,
        persistent,
        lifetimeMinutes: options.lifetimeMinutes ?? null,
        authenticatedAt,
        endsAt: options.endsAt === undefined ? null : Number(options.endsAt),
        browserKey: browserKeyOf(token),
        credentialsType: options.credentialsType ?? null,
        labels: options,
        agent,
        deviceClass: options.deviceClass ?? deviceClassOf(request.get("user-agent")),
        ip: request.ip ?? null,
        sendsUser: hasUserHeader(request),
        locate: dependencies.locate,
        data,
        administrator: sudo?.administrator ?? null,
      }),
    sudo?.session,
  );
  const earlier = sudo ? opened.replaced : [...opened.replaced, ...(previous ? ownRefs(previous) : [])];
  if (context.cookieId !== null) {
    context.hasReplacedCookie = true;
    markReplaced(storage, context.cookieId, opened.now);
  }
  await leave(storage, { refs: earlier, oldIds, at: opened.now });
  if (kind === "browser") warnOfPlainHttp(context, opened.settings);
  const ref = refOf(request.sessionID);
  emitSignedIn(storage.events, ref, opened);
  if (kind === "browser") watchDevices(storage, ref, opened);
  return { durable: await isDurable(storage, ...openedFacts(storage, opened.tag, kind, ref)) };
}

/**
 * Ends the earlier sessions of a browser without notice, because the browser continues with the new session (rule C3).
 * The new session is stored by now, so no failure here may fail the sign-in.
 */
async function leave(
  storage: Storage,
  earlier: { readonly refs: readonly string[]; readonly oldIds: readonly string[]; readonly at: number },
): Promise<void> {
  const { oldIds, at } = earlier;
  const refs = [...new Set(earlier.refs)];
  await Promise.all(refs.map((ref) => endSurely(storage, ref, { reason: "signed_out", at })));
  // Otherwise a process with express-session would still show its user (rule M44).
  if (oldIds.length > 0) doSurely(storage, (later) => deleteOld(later, oldIds));
}

/**
 * Warns once if idle time is not exact here (rule M3). Over HTTPS and on localhost, browsers send `Sec-Fetch-Site`.
 */
function warnOfPlainHttp({ request, cookies, storage }: RequestContext, settings: EffectiveSettings): void {
  if (!settings.inactivityLogout || cookies.secure || request.get("sec-fetch-site") !== undefined) return;
  storage.events.warnOnce(
    "plain_http",
    "A sign-in came over plain HTTP while inactivity logout is on. Browsers do not say there which requests a person caused. Idle time is exact only over HTTPS, or with the browser script.",
  );
}

/** The administrator of a new sudo session. */
export interface SudoBegin {
  readonly administrator: Administrator;
  readonly session: JudgedAdministrator;
}

/** Returns a session's ref, and the ref of its administrator's session, which no cookie of the browser names (rule U6). */
const ownRefs = ({ ref, administrator }: CurrentSession): string[] =>
  administrator ? [ref, administrator.ref] : [ref];

/** Ends the session of this request, if there is one. */
export async function signOut(request: Request): Promise<EndResult> {
  const context = requireContext(request);
  const { live } = context;
  if (!live) return { ended: false, durable: null };
  return traced(context.storage, "sign_out", () => endOwn(context, live));
}

async function endOwn(context: RequestContext, live: CurrentSession): Promise<EndResult> {
  const { storage } = context;
  await endForSignOut(context, live);
  leaveSession(context, signedOutState(context, live.now));
  const { response } = context;
  // A stream's headers are out by now, and a socket server's handshake may have none to set.
  if (!response.headersSent && typeof response.setHeader === "function")
    response.setHeader("Clear-Site-Data", '"cache"');
  return { ended: true, durable: await isDurable(storage, endedFact(storage, live.ref)) };
}

/** Ends all that a sign-out ends. The call reads the request at once, so the caller may leave the session meanwhile. */
export async function endForSignOut(context: RequestContext, live: CurrentSession): Promise<void> {
  const storage = withinTime(context);
  // The time of the verdict: to ask for a later one would be one more round trip of those that must end in time.
  const ending = { reason: "signed_out", at: live.now } as const;
  // Twins of one browser end together (rule M10).
  await Promise.all([
    endWithOwn(storage, live.ref, live.administrator?.ref, ending),
    ...live.twins.map(({ ref }) => endSession(storage, ref, ending)),
    deleteOld(storage, oldIdsOf(context)),
  ]);
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
  administrator: JudgedAdministrator | null = null,
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
    enterSession(context, { ref, tag, secretHash }, opened, administrator);
  } catch (error) {
    abandonSession(storage, userId, ref, Date.now());
    throw error;
  }
  const hasOwnData = formerId !== context.cookieId && Object.keys(data).length > 0;
  if (hasOwnData && !isSignedInId(formerId)) deleteDataSoon(storage, refOf(formerId));
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
      "There are no sessions on this path: it is not under session.cookie.path. Sign in under that path. If a proxy removes " +
        'a part of the path, name the part: session({ strippedPrefix: "/shop" }).',
    );
}
