/** The handlers of the routes. Each returns its answer; `undefined` is 204. */
import type { Request } from "express";
import type { SessionsApi } from "../../api/sessions-api.js";
import { CurfewError } from "../../errors.js";
import type { DraftKeysAnswer, RevokedAnswer, SessionsAnswer, Status } from "../../wire.js";
import { requireContext, requireCurrent } from "../request/context.js";
import type { ActiveState } from "../request/request-state.js";
import { BadBody, NoSuchSession } from "./answer-errors.js";
import { actorIn, refuseSudo } from "../request/sudo-session.js";
import type { HandlerName } from "./route-table.js";
import type { RoutesOptions } from "./routes-options.js";
import { describeSession } from "./session-rows.js";
import { draftKeysOf } from "./draft-keys.js";
import { donePage, type Page } from "./reauth-done.js";
import type { Redirect } from "./reauth-redirect.js";
import { statusOf, tagsOf } from "./status.js";
import { WrongCredentials, type TryLimits } from "./try-limits.js";

/** Answers a request with JSON, a page or a redirect. */
export type Handler = (
  request: Request,
) => Promise<Status | SessionsAnswer | RevokedAnswer | DraftKeysAnswer | Redirect | Page | undefined>;

/** The actions behind the routes; `createCurfew` gives them. */
export interface SessionActions {
  readonly sessions: SessionsApi;
  extend(request: Request): Promise<ActiveState>;
  reportInput(request: Request, idleMs: number): Promise<ActiveState>;
  reauthenticate(request: Request): Promise<void>;
  signOut(request: Request): Promise<unknown>;
}

/** Checks a user's authentication. */
export type Verify = NonNullable<RoutesOptions["verify"]>;

/** Creates the handlers. Without `verify` a user signs in again on the login page, and `reauth` is not mounted. */
export function createHandlers(
  actions: SessionActions,
  verify: Verify | undefined,
  tries: TryLimits,
  startReauth: (request: Request) => Promise<Redirect>,
): Readonly<Record<HandlerName, Handler>> {
  const { sessions } = actions;
  const status = (request: Request): Status => {
    const { live } = requireContext(request);
    if (!live) throw new CurfewError("session_ended", "This session has ended.");
    return statusOf(live, verify ? "in_place" : "login_page");
  };
  return {
    status: (request) => Promise.resolve(status(request)),
    activity: async (request) => {
      const { idleMs } = fieldsOf(request);
      if (typeof idleMs !== "number" || !(idleMs >= 0))
        throw new BadBody("idleMs must be the milliseconds since the last input, 0 or more.");
      await actions.reportInput(request, idleMs);
      return status(request);
    },
    extend: async (request) => {
      await actions.extend(request);
      return status(request);
    },
    logout: async (request) => {
      await actions.signOut(request);
      return undefined;
    },
    reauth: async (request) => {
      const { record } = requireCurrent(request);
      refuseSudo(record);
      const { userId } = record;
      const place = tries.placeOf(request);
      const triesLeft = await tries.take(place);
      const isRight = (await verify?.({ userId, body: fieldsOf(request), req: request })) as unknown;
      if (isRight !== true) throw new WrongCredentials(triesLeft);
      await Promise.all([actions.reauthenticate(request), tries.giveBack(place)]);
      return status(request);
    },
    startReauth,
    reauthDone: (request) => Promise.resolve(donePage(request)),
    draftKey: (request) => {
      const { context, ...live } = requireCurrent(request);
      // An administrator neither reads the user's drafts nor leaves others for the user (rule U5).
      const { userId, administrator } = live.record;
      const owner = administrator === null ? userId : `${userId}\n${administrator.userId}`;
      const keys = draftKeysOf(context.signer, owner);
      return Promise.resolve({ ...tagsOf(live), keys });
    },
    listSessions: async (request) => {
      const { ref, record } = requireCurrent(request);
      const { sessions: rows } = await sessions.list({ userId: record.userId });
      return { sessions: rows.map((row) => describeSession(row, ref)) };
    },
    endSession: async (request) => {
      const { ref, record } = requireCurrent(request);
      const { userId } = record;
      const actor = actorIn(record);
      const named = String(request.params["ref"]);
      if (named === ref) await actions.signOut(request);
      else if (!(await sessions.end(named, { userId, actor })).ended) throw new NoSuchSession();
      return undefined;
    },
    revokeOthers: async (request) => {
      const { ref, record } = requireCurrent(request);
      const { userId } = record;
      const { ended } = await sessions.endAll({ userId, except: ref, actor: actorIn(record) });
      return { revoked: ended };
    },
  };
}

/** Returns the fields of a body. Other JSON than objects has no fields. */
function fieldsOf({ body }: Request): Readonly<Record<string, unknown>> {
  return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
}
