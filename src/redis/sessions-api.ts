import { CurfewError } from "../errors.js";
import { verdict, type EndReason } from "../policy/index.js";
import { endSession } from "./end-session.js";
import {
  inspect,
  getSession,
  listSessions,
  type ListOptions,
  type SessionPage,
  type SessionView,
} from "./list-sessions.js";
import { purgeLocations } from "./purge-locations.js";
import { revokeSessions } from "./revoke-sessions.js";
import { readSettings } from "./settings-store.js";
import type { State } from "./state.js";

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

/** `curfew.sessions`: living sessions, by their public handles. */
export interface SessionsApi {
  /** A user's living sessions, or a page of everybody's. @throws CurfewError `invalid_argument`, `redis_unavailable` */
  list(options?: ListOptions): Promise<SessionPage>;
  /** One living session, or `null`. */
  get(ref: string): Promise<SessionView | null>;
  /** Ends a session; its next request is refused. @returns whether it was living */
  end(ref: string, options?: EndOptions): Promise<boolean>;
  /** Ends all of a user's sessions in one step, listed or not. @returns how many listed ones ended */
  endAll(options: EndAllOptions): Promise<number>;
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
      const found = await inspect(state, ref);
      if (!found) return false;
      const judged = verdict(found.record, found.standing, settings, state.limits, found.now);
      if (judged.state === "ended") {
        await endSession(state, ref, judged);
        return false;
      }
      const reason = reasonFor(actor, found.record.userId);
      return endSession(state, ref, { reason, at: now, actor: actor ?? null });
    },
    endAll: ({ userId, except, actor }) => {
      if (typeof userId !== "string" || userId === "")
        return Promise.reject(new CurfewError("invalid_argument", "endAll: userId must be the user's id."));
      const reason = reasonFor(actor, userId);
      return revokeSessions(state, { userId, reason, actor: actor ?? null, except: except ?? null });
    },
    purgeLocations: () => purgeLocations(state),
  };
}

function reasonFor(actor: string | undefined, owner: string): EndReason {
  return actor === owner ? "revoked" : "revoked_by_admin";
}
