import type { SessionData } from "express-session";
import { CurfewError } from "../../errors.js";
import { hasUserHeader, type Agent } from "../../policy/index.js";
import { browserKeyOf } from "../../state/keys.js";
import { DerivedIds, isSignedInId, refOf, signedInId } from "../../state/session-id.js";
import { keepOldData, readOld } from "../../state/sessions/anonymous-data.js";
import { doSurely, deleteDataSoon, leaveOrderSoon } from "../../state/sessions/end-session.js";
import { deleteOld, oldLifeMs } from "../../state/sessions/old-sessions.js";
import type { OldSource } from "../../state/old-source.js";
import { openSession } from "../../state/sessions/open-session.js";
import { readUser } from "../../state/sessions/read-order.js";
import { floorReasonOf } from "../../state/sessions/user-format.js";
import { bounded, estimatedNow, readText, type Storage } from "../../state/storage.js";
import { readOfUser } from "../../state/user-tags.js";
import { isExpress } from "../request/answers.js";
import { deviceClassOf } from "../request/describe-agent.js";
import { oldIdsOf, type RequestContext } from "../request/context.js";
import { setBrowserToken } from "./browser-token.js";
import { cookieValues } from "./request-cookies.js";
import { judgeSession } from "./judge-session.js";
import { tellEnd } from "./refuse-session.js";
import { sessionCookie } from "./session-cookie.js";
import { parseSessionData } from "./session-data.js";
import type { OldSecret, ParsedTakeOver } from "./take-over-options.js";

/** Most old cookies of one request that are looked at. */
const MAX_OLD_COOKIES = 3;
/** Longest id of an old session: a longer one would not leave room in a cookie. */
const MAX_OLD_ID_LENGTH = 256;
/** The user authenticated in express-session, at an unknown time: before every revocation. */
const LONG_AGO = 0;
const NOWHERE = { city: null, state: null, country: null };

/** An old session that lives, as far as its key says. */
interface OldSession {
  readonly ids: DerivedIds;
  readonly json: string;
  readonly source: OldSource;
}

/** Takes over sessions of express-session (rule M44). */
export class TakeOver {
  readonly #storage: Storage;
  readonly #name: string;
  readonly #secrets: readonly OldSecret[];
  readonly #describeAgent: (userAgent: string | undefined) => Agent;

  constructor(
    storage: Storage,
    { name, secrets }: ParsedTakeOver,
    describeAgent: (userAgent: string | undefined) => Agent,
  ) {
    this.#storage = storage;
    this.#name = name;
    this.#secrets = secrets;
    this.#describeAgent = describeAgent;
  }

  /** Returns true if a request has a well-signed old cookie, and notes which sessions its old cookies name. */
  isAskedBy(context: RequestContext): boolean {
    const { request, store, cookies } = context;
    // A socket's handshake can't be sent a cookie. The request for its page can.
    if (!isExpress(request) || !this.#storage.old.openAt(estimatedNow(this.#storage))) return false;
    if (store.cookieFor(request).secure === true && !cookies.secure) return false;
    const ids = cookieValues(request, this.#name).flatMap((value) => this.#idsIn(value) ?? []);
    context.old = ids.slice(0, MAX_OLD_COOKIES);
    return ids.length > 0;
  }

  #idsIn(value: string): DerivedIds | null {
    for (const { signer, key } of this.#secrets) {
      const oldId = signer.idIn(value);
      if (oldId === null) continue;
      return isSignedInId(oldId) || oldId.length > MAX_OLD_ID_LENGTH ? null : new DerivedIds(key, oldId);
    }
    return null;
  }

  /**
   * Takes an old session over if no user is signed in here. Returns the data of the session that the request continues.
   *
   * @param data - data of the session that the request's own cookie names
   */
  async takeUp(context: RequestContext, data: SessionData | null): Promise<SessionData | null> {
    const { request } = context;
    // The read of a session has brought the texts along.
    if (context.sent.length === 0) context.oldTexts = await readOld(this.#storage, oldIdsOf(context));
    const old = context.live === null ? this.#livingIn(context) : null;
    if (!old) return data;
    const userId = old.source.userIdIn(old.json);
    if (userId === null) return data ?? keepAnonymous(context, old);

    const before = { id: request.sessionID, curfew: request.curfew, endedRef: context.endedRef };
    const storage = bounded(this.#storage, context.arrivedAt);
    const found = await this.#signedIn(context, storage, old, userId);
    if (found) return found;
    request.sessionID = before.id;
    // The reason of this package's own session comes first.
    if (before.curfew.state === "ended") Object.assign(request, { curfew: before.curfew });
    if (before.curfew.state === "ended") context.endedRef = before.endedRef;
    return data;
  }

  #livingIn({ old, oldTexts }: RequestContext): OldSession | null {
    const source = this.#storage.old.openAt(estimatedNow(this.#storage));
    for (const ids of source ? old : []) {
      const json = oldTexts?.get(ids.oldId) ?? null;
      if (source && json !== null && parseSessionData(json)) return { ids, json, source };
    }
    return null;
  }

  /** Opens or finds the new session of an old session, and judges the new session. Returns `null` if it has ended. */
  async #signedIn(
    context: RequestContext,
    storage: Storage,
    old: OldSession,
    userId: string,
  ): Promise<SessionData | null> {
    const { ids } = old;
    const [{ tag, found: record }, lifeMs] = await Promise.all([
      readOfUser(storage, userId, (named) => readText(storage, storage.keys.record(ids.refFor(named)))),
      oldLifeMs(storage, ids.oldId),
    ]);
    const ref = ids.refFor(tag);
    const isOwnRef = context.cookieId !== null && refOf(context.cookieId) === ref;
    if (
      record === null &&
      (lifeMs === 0 || !(await this.#open(context, storage, old, { userId, tag, lifeMs })))
    )
      return null;
    const id = ids.secretFor(tag).idOf(ref, tag);
    const derived = signedInId(id);
    if (!derived) return null;
    context.request.sessionID = id;
    const data = isOwnRef && record !== null ? null : await judgeSession(storage, derived, context);
    if (data) setBrowserToken(context, ids.browserToken);
    else if (hasEnded(context)) this.#leave(storage, ids, ref, userId);
    return data;
  }

  /** Returns false if all of the user's sessions have been ended here before. */
  async #open(
    context: RequestContext,
    storage: Storage,
    { ids, json }: OldSession,
    {
      userId,
      tag,
      lifeMs,
    }: { readonly userId: string; readonly tag: string; readonly lifeMs: number | null },
  ): Promise<boolean> {
    const { request, store } = context;
    const cookie = sessionCookie(store.cookieFor(request).data);
    const ref = ids.refFor(tag);
    try {
      const { isFirst, now } = await openSession(storage, {
        ref,
        secretHash: ids.secretFor(tag).secretHash,
        userId,
        kind: "browser",
        persistent: false,
        lifetimeMinutes: null,
        authenticatedAt: LONG_AGO,
        endsAt: lifeMs === null ? null : nowIn(storage) + lifeMs,
        browserKey: browserKeyOf(ids.browserToken),
        credentialsType: null,
        agent: this.#describeAgent(request.get("user-agent")),
        deviceClass: deviceClassOf(request.get("user-agent")),
        ip: null,
        sendsUser: hasUserHeader(request),
        locate: () => Promise.resolve(NOWHERE),
        data: JSON.stringify({ ...parseSessionData(json), cookie }),
        takesOver: true,
        labels: {},
      });
      if (isFirst) storage.events.emit("takenOver", { ref, userId, kind: "browser", at: now });
      return true;
    } catch (error) {
      if (!(error instanceof CurfewError) || error.code !== "authentication_expired") throw error;
      const found = floorReasonOf(await readUser(storage, tag));
      // The user's key knows no end of many sessions.
      const reason = found === "unknown" ? "revoked_by_admin" : found;
      const now = nowIn(storage);
      tellEnd(context, null, { reason, at: now, by: null }, now);
      doSurely(storage, (later) => deleteOld(later, [ids.oldId]));
      return false;
    }
  }

  /** Has processes with express-session end the session, too, and removes traces of a request that came late. */
  #leave(storage: Storage, { oldId }: DerivedIds, ref: string, userId: string): void {
    leaveOrderSoon(storage, userId, [{ ref, ending: null }]);
    deleteDataSoon(storage, ref);
    doSurely(storage, (later) => deleteOld(later, [oldId]));
  }
}

/** The data of an old anonymous session come along, unless this browser has been here before. */
async function keepAnonymous(
  context: RequestContext,
  { ids, json }: OldSession,
): Promise<SessionData | null> {
  const { request, store, storage, cookieId } = context;
  const hasOther = cookieId !== null && cookieId !== ids.oldId;
  const old = parseSessionData(json);
  if (hasOther || !old || Object.keys(old).length === 1) return null;
  const { anonymousId } = ids;
  const kept = JSON.stringify({ ...old, cookie: store.cookieFor(request) });
  const stored = await keepOldData(storage, refOf(anonymousId), kept);
  const data = stored === null ? null : parseSessionData(stored);
  if (stored === null || data === null) return null;
  request.sessionID = anonymousId;
  context.stored = { id: anonymousId, json: stored };
  return data;
}

/** True if the session is over for good. A worthless secret of a living session is `unknown`. */
function hasEnded({ request: { curfew } }: RequestContext): boolean {
  return curfew.state === "ended" && curfew.reason !== "unknown";
}

function nowIn(storage: Storage): number {
  return estimatedNow(storage) ?? 0;
}
