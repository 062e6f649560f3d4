/** Looker's routes of one user's sessions. */
import type { Request, RequestHandler, Router } from "express";
import { actorOf } from "../../authorize.js";
import type { SessionView } from "../../wire.js";
import { asHandler, DialectError, type DialectCurfew } from "../dialect-router.js";
import type { Can } from "./session-config.js";

/** Looker 4.0's `Session`, with this package's additional fields. */
export interface LookerSession {
  readonly can: Can;
  /** The session's public `ref`. */
  readonly id: string;
  readonly ip_address: string | null;
  readonly browser: string | null;
  readonly operating_system: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly country: string | null;
  readonly credentials_type: string | null;
  readonly extended_at: string | null;
  readonly extended_count: number;
  readonly sudo_user_id: string | null;
  readonly created_at: string;
  /** The end under the current settings (rule R8). */
  readonly expires_at: string;
  readonly url: string;
  readonly last_activity_at: string;
  readonly persistent: boolean;
  readonly kind: string;
}

/** The operations on the sessions of the user that the path names. */
export interface SessionGuards {
  readonly list: RequestHandler;
  readonly end: RequestHandler;
  /** True if the sender may end the user's sessions, for `can`. */
  mayEnd(request: Request): Promise<boolean>;
}

const LIST = "/users/:user_id/sessions";
const ONE = "/users/:user_id/sessions/:session_id";

/** Adds `all_user_sessions`, `user_session` and `delete_user_session` (rules R1 to R9). */
export function addSessionRoutes(
  router: Router,
  { sessions }: Pick<DialectCurfew, "sessions">,
  guards: SessionGuards,
): void {
  router.get(
    LIST,
    guards.list,
    asHandler(async (request, response) => {
      const { sessions: views } = await sessions.list({ userId: userIdOf(request) });
      const can = { show: true, destroy: await guards.mayEnd(request) };
      response.json(views.map((view) => pick(request, toLookerSession(request, view, can))));
    }),
  );
  router.get(
    ONE,
    guards.list,
    asHandler(async (request, response) => {
      const view = await find(request, sessions);
      const can = { show: true, destroy: await guards.mayEnd(request) };
      response.json(pick(request, toLookerSession(request, view, can)));
    }),
  );
  router.delete(
    ONE,
    guards.end,
    asHandler(async (request, response) => {
      const { ref, userId } = await find(request, sessions);
      const { ended } = await sessions.end(ref, { userId, ...actorOf(request) });
      // Another request has ended it since (rule R6).
      if (!ended) throw notFound();
      response.status(204).end();
    }),
  );
}

/** Returns the user of a path, for `authorize`. */
export const userIdOf = (request: Request): string => paramOf(request, "user_id");

/** Express's types allow lists, which only wildcards have. */
const paramOf = ({ params }: Request, name: string): string => String(params[name]);

async function find(request: Request, sessions: DialectCurfew["sessions"]): Promise<SessionView> {
  const view = await sessions.get(paramOf(request, "session_id"));
  if (view?.userId !== userIdOf(request)) throw notFound();
  return view;
}

const notFound = (): DialectError => new DialectError(404, "Not found");

const timeText = (at: number): string => new Date(at).toISOString();

function toLookerSession(request: Request, view: SessionView, can: Can): LookerSession {
  return {
    can,
    id: view.ref,
    ip_address: view.ip,
    browser: view.browser,
    operating_system: view.operatingSystem,
    city: view.city,
    state: view.state,
    country: view.country,
    credentials_type: view.credentialsType,
    extended_at: view.extendedAt === null ? null : timeText(view.extendedAt),
    extended_count: view.extendedCount,
    sudo_user_id: view.sudoUserId,
    created_at: timeText(view.signedInAt),
    expires_at: timeText(view.expiresAt),
    url: `${request.baseUrl}/users/${encodeURIComponent(view.userId)}/sessions/${view.ref}`,
    last_activity_at: timeText(view.lastActivityAt),
    persistent: view.persistent,
    kind: view.kind,
  };
}

/** Keeps the fields that `?fields=` names, and all fields without it (rule R4). */
function pick(request: Request, session: LookerSession): Partial<LookerSession> {
  const { fields } = request.query;
  if (typeof fields !== "string" || fields.trim() === "") return session;
  const named = new Set(fields.split(",").map((field) => field.trim()));
  return Object.fromEntries(Object.entries(session).filter(([field]) => named.has(field)));
}
