import { CurfewError } from "../errors.js";
import { verdict, type EndReason } from "../policy/index.js";
import { endedFact, endSession } from "./end-session.js";
import { forgetUser } from "./forget-user.js";
import {
  inspect,
  getSession,
  listSessions,
  type ListOptions,
  type SessionPage,
  type SessionView,
} from "./list-sessions.js";
import { purgeLocations } from "./purge-locations.js";
import type { Durability } from "./replica-wait.js";
import { revokeSessions, type EndAllResult } from "./revoke-sessions.js";
import { readSettings } from "./settings-store.js";
import { isDurable, type State } from "./state.js";

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
  /** A user's living sessions, or a page of everybody's. @throws CurfewError `invalid_argument`, `redis_unavailable` */
  list(options?: ListOptions): Promise<SessionPage>;
  /** One living session, or `null`. */
  get(ref: string): Promise<SessionView | null>;
  /** Ends a session; its next request is refused. @throws CurfewError `redis_unavailable` */
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

/** The sessions API over the state in Redis. */
export function createSessionsApi(state: State): SessionsApi {
  return {
    list: (options = {}) => listSessions(state, options),
    get: (ref) => getSession(state, ref),
    end: async (ref, { actor } = {}) => {
      const { settings, now } = await readSettings(state);
      const found = await inspect(state, ref, settings.maxSessionsPerUser);
      if (!found) return NOT_LIVING;
      const judged = verdict(found.record, found.standing, settings, state.limits, found.now);
      if (judged.state === "ended") {
        await endSession(state, ref, { reason: judged.reason, at: judged.at });
        return NOT_LIVING;
      }
      const reason = reasonFor(actor, found.record.userId);
      const ended = await endSession(state, ref, { reason, at: now, actor: actor ?? null });
      return { ended, durable: await isDurable(state, endedFact(state, ref)) };
    },
    endAll: ({ userId, except, actor }) => {
      if (!isUserId(userId)) return Promise.reject(noUserId("endAll"));
      const reason = reasonFor(actor, userId);
      return revokeSessions(state, { userId, reason, actor: actor ?? null, except: except ?? null });
    },
    forget: ({ userId, actor }) =>
      isUserId(userId)
        ? forgetUser(state, { userId, reason: reasonFor(actor, userId), actor: actor ?? null })
        : Promise.reject(noUserId("forget")),
    purgeLocations: () => purgeLocations(state),
  };
}

const NOT_LIVING: EndResult = { ended: false, durable: null };
const isUserId = (value: unknown): boolean => typeof value === "string" && value !== "";

const noUserId = (method: string): CurfewError =>
  new CurfewError("invalid_argument", `${method}: userId must be the user's id.`);

function reasonFor(actor: string | undefined, owner: string): EndReason {
  return actor === owner ? "revoked" : "revoked_by_admin";
}
