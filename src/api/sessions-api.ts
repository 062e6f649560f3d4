import { checkArguments, isActor, isText, isWhole, type Check, type OptionsSpec } from "../check-options.js";
import { verdict, type EndReason } from "../policy/index.js";
import { endedFact, endSession } from "../state/sessions/end-session.js";
import { forgetUser } from "../state/sessions/forget-user.js";
import {
  inspect,
  getSession,
  listSessions,
  MAX_LIMIT,
  type ListOptions,
  type SessionPage,
  type SessionView,
} from "../state/list/list-sessions.js";
import { purgeLocations } from "../state/sessions/purge-locations.js";
import type { Durability } from "../state/replica-wait.js";
import { revokeSessions, type EndAllResult } from "../state/sessions/revoke-sessions.js";
import { readSettings } from "../state/settings/settings-store.js";
import { isDurable, type Storage } from "../state/storage.js";

/** Who ends sessions. */
export interface EndOptions {
  /**
   * The user id of who ends it: the session's own user makes the reason `revoked`, anybody else, or nobody,
   * `revoked_by_admin`.
   */
  readonly actor?: string;
}

/** Whose sessions to end. */
export interface EndAllOptions extends EndOptions {
  readonly userId: string;
  /** The `ref` of one session to leave alone, such as the one that asks. */
  readonly except?: string;
}

/** Whom to forget. */
export interface ForgetOptions extends EndOptions {
  readonly userId: string;
}

/** What ending a session came to. */
export interface EndResult extends Durability {
  /** Whether it was living. */
  readonly ended: boolean;
}

/** `curfew.sessions`: living sessions, by their public handles. */
export interface SessionsApi {
  /**
   * A user's living sessions, or a page of everybody's. A `userId` that is there but undefined or empty is refused,
   * so that nobody is shown everybody's by mistake.
   *
   * @throws CurfewError `invalid_argument`, `redis_unavailable`
   */
  list(options?: ListOptions): Promise<SessionPage>;
  /** One living session, or `null`, whatever a request has named as its `ref`. @throws CurfewError `redis_unavailable` */
  get(ref: string): Promise<SessionView | null>;
  /** Ends a session; its next request is refused. @throws CurfewError `invalid_argument`, `redis_unavailable` */
  end(ref: string, options?: EndOptions): Promise<EndResult>;
  /**
   * Ends all of a user's sessions in one step, listed or not.
   *
   * @throws CurfewError `invalid_argument`, `redis_unavailable`
   */
  endAll(options: EndAllOptions): Promise<EndAllResult>;
  /**
   * Ends all of a user's sessions and takes the user's id out of Redis: for when an account is deleted. Do that
   * first, since a sign-in that is under way meanwhile stores the id again. For 24 hours there remains why each
   * session ended, without whose it was.
   *
   * @throws CurfewError `invalid_argument`, `redis_unavailable`; what had been done by then stays done
   */
  forget(options: ForgetOptions): Promise<EndAllResult>;
  /** Deletes the stored addresses and places of all listed sessions. @returns how many were looked at */
  purgeLocations(): Promise<number>;
}

const isRefText: Check = (value) =>
  typeof value === "string" ? null : "must be a session's ref, as lists and req.curfew.session have it";
const isUserId: Check = (value) => isText(value) && "must be the user's id, a string that is not empty";

const END: OptionsSpec<EndOptions> = {
  by: "sessions.end",
  usage: "curfew.sessions.end(ref, { actor: userId })",
  checks: { actor: isActor },
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

/** The sessions API over the state in Redis. */
export function createSessionsApi(storage: Storage): SessionsApi {
  return {
    list: async (options = {}) => {
      checkArguments(listing(options), options);
      return listSessions(storage, options);
    },
    get: (ref) => getSession(storage, ref),
    end: async (ref, options = {}) => {
      checkArguments(END, options);
      return endOne(storage, ref, options.actor);
    },
    endAll: async (options) => {
      checkArguments(END_ALL, options);
      const { userId, except = null, actor } = options;
      const reason = reasonFor(actor, userId);
      return revokeSessions(storage, { userId, reason, actor: actor ?? null, except });
    },
    forget: async (options) => {
      checkArguments(FORGET, options);
      const { userId, actor } = options;
      return forgetUser(storage, { userId, reason: reasonFor(actor, userId), actor: actor ?? null });
    },
    purgeLocations: () => purgeLocations(storage),
  };
}

/** What lists take. Whoever names a user and has none is not to be shown everybody. */
function listing(options: ListOptions): OptionsSpec<ListOptions> {
  const namesUser = Object.hasOwn(Object(options) as object, "userId");
  return {
    by: "sessions.list",
    usage: "curfew.sessions.list({ userId }), or curfew.sessions.list({ limit: 50 }) for everybody's",
    checks: {
      userId: (value) =>
        isText(value) &&
        "must be the user's id, a string that is not empty; leave it out for everybody's sessions",
      limit: isWhole(1, MAX_LIMIT),
      cursor: (value) => (typeof value === "string" ? null : "must be one that a list has returned"),
    },
    required: namesUser ? ["userId"] : [],
  };
}

async function endOne(storage: Storage, ref: string, actor: string | undefined): Promise<EndResult> {
  const { settings, now } = await readSettings(storage);
  const found = await inspect(storage, ref, settings.maxSessionsPerUser);
  if (!found) return NOT_LIVING;
  const judged = verdict(found.record, found.standing, settings, storage.limits, found.now);
  if (judged.state === "ended") {
    await endSession(storage, ref, { reason: judged.reason, at: judged.at });
    return NOT_LIVING;
  }
  const reason = reasonFor(actor, found.record.userId);
  const ended = await endSession(storage, ref, { reason, at: now, actor: actor ?? null });
  return { ended, durable: await isDurable(storage, endedFact(storage, ref)) };
}

const NOT_LIVING: EndResult = { ended: false, durable: null };

function reasonFor(actor: string | undefined, owner: string): EndReason {
  return actor === owner ? "revoked" : "revoked_by_admin";
}
