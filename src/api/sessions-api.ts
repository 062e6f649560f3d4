import {
  checkArguments,
  isActor,
  isText,
  isWhole,
  requiringUser,
  type Check,
  type OptionsSpec,
} from "../check-options.js";
import { doAll, longWorkSpec, type LongWorkOptions } from "./long-work.js";
import type { EndReason, EndTarget } from "../policy/index.js";
import { endedFact, endSession } from "../state/sessions/end-session.js";
import { endingFrom } from "../state/sessions/ending.js";
import { forgetUser } from "../state/forget/forget-user.js";
import {
  inspect,
  getSession,
  listSessions,
  MAX_LIMIT,
  type ListOptions,
  type SessionPage,
} from "../state/sessions/list-sessions.js";
import { verdictsOf } from "../state/sessions/verdicts.js";
import { NOTHING_PURGED, purgeLocations, type PurgeProgress } from "../state/sessions/purge-locations.js";
import type { Durability } from "../state/replica-wait.js";
import { revokeSessions, type EndAllResult } from "../state/sessions/revoke-sessions.js";
import { LABEL_CHECKS, type SessionLabels } from "../state/values/session-labels.js";
import { updateLabels } from "../state/sessions/update-labels.js";
import {
  endWhere,
  NOTHING_COUNTED,
  previewEndWhere,
  type EndWherePreview,
} from "../state/rules/end-where.js";
import {
  END_WHERE,
  PREVIEW_END_WHERE,
  requireEndTarget,
  type EndWhereOptions,
  type EndWhereResult,
} from "./end-where-arguments.js";
import { twinsOf } from "../state/sessions/user-format.js";
import { readSettings } from "../state/settings/settings-store.js";
import { isDurable, type Storage } from "../state/storage.js";
import type { SessionView } from "../wire.js";

/** Options of all methods that end sessions. */
export interface EndOptions {
  /**
   * User id of the person who ends the session. The reason is `revoked` for the session's own user, and
   * `revoked_by_admin` for other users or without `actor`.
   */
  readonly actor?: string;
}

/** Options of `sessions.end`. */
export interface EndOneOptions extends EndOptions {
  /** Owner of the session. If the session is another user's, it continues, and the result is `ended: false`. */
  readonly userId?: string;
}

/** Options of `sessions.endAll`. */
export interface EndAllOptions extends EndOptions {
  readonly userId: string;
  /** `ref` of a session that continues, such as the session of the request. */
  readonly except?: string;
}

/** Options of `sessions.forget`. */
export interface ForgetOptions extends EndOptions {
  readonly userId: string;
}

/** Result of `sessions.end`. */
export interface EndResult extends Durability {
  /** True if the session was living before the call. */
  readonly ended: boolean;
}

/** `curfew.sessions`: reads and ends living sessions by their public handles. */
export interface SessionsApi {
  /**
   * Returns a user's living sessions, or a page of all living sessions. A `userId` that is `undefined` or empty is an
   * error, so that no user gets the list of all users by mistake.
   *
   * @throws CurfewError `invalid_argument`, `redis_unavailable`
   */
  list(options?: ListOptions): Promise<SessionPage>;
  /** Returns one living session; `null` for an unknown or malformed `ref`. @throws CurfewError `redis_unavailable` */
  get(ref: string): Promise<SessionView | null>;
  /**
   * Ends a session. The session's next request is refused. Give `userId` if the `ref` comes from a user.
   *
   * @example await curfew.sessions.end(req.params.ref, { userId, actor: userId })
   * @throws CurfewError `invalid_argument`, `redis_unavailable`
   */
  end(ref: string, options?: EndOneOptions): Promise<EndResult>;
  /**
   * Ends all of a user's sessions in one step.
   *
   * @throws CurfewError `invalid_argument`, `redis_unavailable`
   */
  endAll(options: EndAllOptions): Promise<EndAllResult>;
  /**
   * Ends all sessions of a tenant, with a role, by a proof of identity, that began before a time, or all sessions, in one
   * write. Sessions that no list has end too. Sign-ins that began before are refused. At most 1,000 of these ends are kept, each
   * until no earlier session can live.
   *
   * @example await curfew.sessions.endWhere({ tenant: "acme" }, { actor: adminId })
   * @throws CurfewError `invalid_argument`, `invalid_settings` if 1,000 ends are kept, `redis_unavailable`
   */
  endWhere(where: EndTarget, options?: EndWhereOptions): Promise<EndWhereResult>;
  /**
   * Counts the living sessions that `endWhere` would end, in small parts. Ends no session. With very many sessions, do not
   * let a request wait for the result.
   *
   * @throws CurfewError `invalid_argument`, `redis_unavailable`
   */
  previewEndWhere(where: EndTarget, options?: LongWorkOptions<EndWherePreview>): Promise<EndWherePreview>;
  /**
   * Ends all of a user's sessions and removes the user's id from Redis. Delete the account first: a sign-in during the
   * call stores the id again. For 24 hours Redis keeps the reason of each end, without the user.
   *
   * @throws CurfewError `invalid_argument`; `redis_unavailable`, after which the steps already made stay made
   */
  forget(options: ForgetOptions): Promise<EndAllResult>;
  /**
   * Changes labels of a living session, such as its roles. The next request sees them, and the rules that name them
   * apply. A label that is left out stays. The session ends if it began before an `endWhere` of a tenant or a role that it
   * enters.
   *
   * @returns the session after the change; `null` if no living session has this `ref`, or the change has ended the session
   * @example await curfew.sessions.update(ref, { roles: ["admin"] })
   * @throws CurfewError `invalid_argument`, `redis_unavailable`
   */
  update(ref: string, labels: SessionLabels): Promise<SessionView | null>;
  /**
   * Deletes the stored addresses and places of all listed sessions, in small parts. With very many sessions, do not let a
   * request wait for the result.
   *
   * @returns the number of sessions read
   * @throws CurfewError `invalid_argument`, `redis_unavailable`
   */
  purgeLocations(options?: LongWorkOptions<PurgeProgress>): Promise<number>;
}

const isRefText: Check = (value) =>
  typeof value === "string" ? null : "must be a session's ref, from sessions.list or req.curfew.session.ref";
const isUserId: Check = (value) => isText(value) && "must be the user's id, a string that is not empty";

const END: OptionsSpec<EndOneOptions> = {
  by: "sessions.end",
  usage: "curfew.sessions.end(ref, { userId, actor: userId })",
  checks: { userId: isUserId, actor: isActor },
};

const LIST: OptionsSpec<ListOptions> = {
  by: "sessions.list",
  usage: "curfew.sessions.list({ userId }), or curfew.sessions.list({ limit: 50 }) for all users",
  checks: {
    userId: (value) =>
      isText(value) && "must be the user's id, a string that is not empty; leave it out to list all sessions",
    limit: isWhole(1, MAX_LIMIT),
    cursor: (value) => (typeof value === "string" ? null : "must be a cursor that sessions.list returned"),
  },
};

const END_ALL: OptionsSpec<EndAllOptions> = {
  by: "sessions.endAll",
  usage: "curfew.sessions.endAll({ userId })",
  checks: { userId: isUserId, except: isRefText, actor: isActor },
  required: ["userId"],
};

const FORGET: OptionsSpec<ForgetOptions> = {
  by: "sessions.forget",
  usage: "curfew.sessions.forget({ userId })",
  checks: { userId: isUserId, actor: isActor },
  required: ["userId"],
};

const UPDATE: OptionsSpec<SessionLabels> = {
  by: "sessions.update",
  usage: 'curfew.sessions.update(ref, { roles: ["admin"] })',
  checks: LABEL_CHECKS,
  what: "label",
};

const PURGE = longWorkSpec<PurgeProgress>(
  "sessions.purgeLocations",
  "curfew.sessions.purgeLocations({ onProgress, signal })",
);

/** Creates `curfew.sessions`. */
export function createSessionsApi(storage: Storage): SessionsApi {
  return {
    list: async (options = {}) => {
      checkArguments(requiringUser(LIST, options), options);
      return listSessions(storage, options);
    },
    get: (ref) => getSession(storage, ref),
    end: async (ref, options = {}) => {
      checkArguments(requiringUser(END, options), options);
      return endOne(storage, ref, options);
    },
    endAll: async (options) => {
      checkArguments(END_ALL, options);
      const { userId, except = null, actor } = options;
      const reason = reasonFor(actor, userId);
      return revokeSessions(storage, { userId, reason, actor: actor ?? null, except });
    },
    endWhere: async (where, options = {}) => {
      const target = requireEndTarget("sessions.endWhere", where);
      checkArguments(END_WHERE, options);
      return endWhere(storage, target, options);
    },
    previewEndWhere: async (where, options = {}) => {
      const target = requireEndTarget("sessions.previewEndWhere", where);
      checkArguments(PREVIEW_END_WHERE, options);
      return doAll(NOTHING_COUNTED, previewEndWhere(storage, target), options);
    },
    forget: async (options) => {
      checkArguments(FORGET, options);
      const { userId, actor } = options;
      const who = { userId, reason: reasonFor(actor, userId), actor: actor ?? null };
      return forgetUser(storage, who);
    },
    update: async (ref, labels) => {
      checkArguments(UPDATE, labels);
      return updateLabels(storage, ref, labels);
    },
    purgeLocations: async (options = {}) => {
      checkArguments(PURGE, options);
      return (await doAll(NOTHING_PURGED, purgeLocations(storage), options)).sessions;
    },
  };
}

async function endOne(storage: Storage, ref: string, { actor, userId }: EndOneOptions): Promise<EndResult> {
  const { inForce, now } = await readSettings(storage);
  const found = await inspect(storage, ref);
  if (!found || (userId !== undefined && found.record.userId !== userId)) return NOT_LIVING;
  const [judged] = await verdictsOf(storage, [found], inForce);
  if (!judged) return NOT_LIVING;
  if (judged.state === "ended") {
    await endSession(storage, ref, endingFrom(judged));
    return NOT_LIVING;
  }
  const reason = reasonFor(actor, found.record.userId);
  // Twins of one browser end together (rule M10).
  const refs = [ref, ...twinsOf(found.user, found.record).map((twin) => twin.ref)];
  const ending = { reason, at: now, actor: actor ?? null };
  const [ended = false] = await Promise.all(refs.map((each) => endSession(storage, each, ending)));
  return { ended, durable: await isDurable(storage, endedFact(storage, ref)) };
}

const NOT_LIVING: EndResult = { ended: false, durable: null };

function reasonFor(actor: string | undefined, owner: string): EndReason {
  return actor === owner ? "revoked" : "revoked_by_admin";
}
