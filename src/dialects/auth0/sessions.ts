/** Auth0's routes of sessions. */
import type { Request, RequestHandler, Router } from "express";
import { actorOf } from "../../authorize.js";
import { isRef } from "../../state/keys.js";
import { deviceOf } from "../../state/sessions/list-sessions.js";
import type { SessionView } from "../../wire.js";
import { asHandler, DialectError, readBody, requireObject, type DialectCurfew } from "../dialect-router.js";
import { invalidBody, invalidQuery } from "./errors.js";
import { requireKnown } from "./schema.js";
import type { CookieMode } from "./tenant-settings.js";

/** Auth0's session. Times are ISO 8601 in UTC. */
export interface Auth0Session {
  /** The session's public `ref`. */
  readonly id: string;
  readonly user_id: string;
  /** Time of the last authentication; the package keeps no earlier time. */
  readonly created_at: string;
  readonly updated_at: string;
  readonly authenticated_at: string;
  /** Null while inactivity does not end the session. */
  readonly idle_expires_at: string | null;
  readonly expires_at: string;
  readonly last_interacted_at: string;
  readonly device: {
    /** Browser and system. The package does not keep the whole header. */
    readonly initial_user_agent: string | null;
    readonly initial_ip: string | null;
    readonly initial_asn: null;
    readonly last_user_agent: null;
    readonly last_ip: null;
    readonly last_asn: null;
  };
  readonly clients: readonly never[];
  readonly authentication: {
    readonly methods: readonly { readonly name: string; readonly timestamp: string }[];
  };
  readonly cookie: { readonly mode: CookieMode };
  readonly session_metadata: Readonly<Record<string, string>>;
  /** The administrator who is signed in as the user; left out in all other sessions. */
  readonly actor?: { readonly sub: string };
  /** The package's kind of session: `browser`, `api`, `embed` or `sudo`. */
  readonly kind: string;
}

/** A page of a user's sessions. */
export interface Auth0SessionPage {
  readonly sessions: readonly Auth0Session[];
  /** Value of `from` for the next page; left out on the last page. */
  readonly next?: string;
}

/** The guards of the scopes. */
export interface SessionGuards {
  readonly read: RequestHandler;
  readonly update: RequestHandler;
  readonly delete: RequestHandler;
}

const ONE = "/sessions/:id";
const OF_USER = "/users/:user_id/sessions";
/** Sessions on a page of a list. */
export const TAKE = { usual: 50, max: 100 } as const;
/** Most texts in a session's metadata, and the greatest length of each name and text. */
export const METADATA = { max: 25, maxLength: 255 } as const;

/** Adds the routes (rules R1 to R9). `DELETE` answers 204 for a session that has ended already, as Auth0 does. */
export function addSessionRoutes(
  router: Router,
  { sessions }: Pick<DialectCurfew, "sessions">,
  guards: SessionGuards,
): void {
  router.get(
    ONE,
    guards.read,
    asHandler(async (request, response) => {
      const view = await sessions.get(idOf(request));
      if (!view) throw noSession();
      response.json(toAuth0Session(view));
    }),
  );
  router.patch(
    ONE,
    guards.update,
    readBody,
    asHandler(async (request, response) => {
      const metadata = metadataIn(requireObject(request, "the metadata"));
      const view = await sessions.update(requireId(request), { metadata });
      if (!view) throw noSession();
      response.json(toAuth0Session(view));
    }),
  );
  const end = (isMissed: boolean): RequestHandler =>
    asHandler(async (request, response) => {
      const { ended } = await sessions.end(requireId(request), actorOf(request));
      if (!ended && isMissed) throw noSession();
      response.status(204).end();
    });
  router.delete(ONE, guards.delete, end(false));
  router.post(`${ONE}/revoke`, guards.delete, end(true));
  router.get(
    OF_USER,
    guards.read,
    asHandler(async (request, response) => {
      const { sessions: views } = await sessions.list({ userId: userIdOf(request) });
      response.json(pageOf(request, views));
    }),
  );
  router.delete(
    OF_USER,
    guards.delete,
    asHandler(async (request, response) => {
      await sessions.endAll({ userId: userIdOf(request), ...actorOf(request) });
      response.status(204).end();
    }),
  );
}

const idOf = ({ params }: Request): string => String(params["id"]);
const userIdOf = ({ params }: Request): string => String(params["user_id"]);

/** @throws DialectError 400 for a text that no session can have as its id */
function requireId(request: Request): string {
  const id = idOf(request);
  if (!isRef(id)) throw new DialectError(400, "The id is not a session's id.", "invalid_uri");
  return id;
}

const noSession = (): DialectError =>
  new DialectError(404, "The session does not exist.", "inexistent_session");

/**
 * Returns the page that a request asks for. Pages are in the order of ids, so a session that begins or ends between two
 * pages moves no other session.
 */
function pageOf({ query }: Request, views: readonly SessionView[]): Auth0SessionPage {
  const { take: taken = String(TAKE.usual) } = query;
  const take = typeof taken === "string" && /^\d{1,3}$/.test(taken) ? Number(taken) : 0;
  if (take < 1 || take > TAKE.max)
    throw invalidQuery(`'Expected an integer from 1 to ${String(TAKE.max)}' on property take`);
  const from = query["from"] ?? "";
  if (from !== "" && !isRef(from)) throw invalidQuery("'Expected the value of next' on property from");
  const rest = [...views].sort(byRef).filter(({ ref }) => ref > from);
  const page = rest.slice(0, take);
  const last = page.at(-1);
  const next = last && rest.length > take ? { next: last.ref } : {};
  return { sessions: page.map(toAuth0Session), ...next };
}

const byRef = (a: SessionView, b: SessionView): number => (a.ref < b.ref ? -1 : 1);

/** Returns the metadata of a body. `null` and `{}` remove all metadata. @throws DialectError 400 */
function metadataIn(body: Readonly<Record<string, unknown>>): Record<string, string> {
  requireKnown(body, ["session_metadata"]);
  const given = body["session_metadata"];
  const place = "on property session_metadata (Metadata associated with the session)";
  if (given === null) return {};
  if (typeof given !== "object" || Array.isArray(given))
    throw invalidBody(`'Expected type object but found another type' ${place}`);
  const entries = Object.entries(given);
  if (entries.length > METADATA.max)
    throw invalidBody(
      `'Too many properties defined (${String(entries.length)}), maximum ${String(METADATA.max)}' ${place}`,
    );
  const isText = (text: unknown): text is string =>
    typeof text === "string" && text.length <= METADATA.maxLength;
  const wrong = entries.find(([name, value]) => !isText(name) || !isText(value));
  if (wrong)
    throw invalidBody(`'Expected a string of at most ${String(METADATA.maxLength)} characters' ${place}`);
  return Object.fromEntries(entries);
}

const timeText = (at: number): string => new Date(at).toISOString();

/** Auth0's names of ways to authenticate, for the words that apps give to `signIn`. Other words stay. */
const METHODS: ReadonlyMap<string, string> = new Map([
  ["password", "pwd"],
  ["saml", "federated"],
  ["oidc", "federated"],
  ["oauth", "federated"],
  ["ldap", "federated"],
]);

function toAuth0Session(view: SessionView): Auth0Session {
  const { ref, userId, signedInAt, lastActivityAt, extendedAt, credentialsType, idleEndsAt } = view;
  const authenticatedAt = timeText(signedInAt);
  const name = credentialsType === null ? null : (METHODS.get(credentialsType) ?? credentialsType);
  return {
    id: ref,
    user_id: userId,
    created_at: authenticatedAt,
    updated_at: timeText(Math.max(signedInAt, lastActivityAt, extendedAt ?? 0)),
    authenticated_at: authenticatedAt,
    idle_expires_at: idleEndsAt === null ? null : timeText(idleEndsAt),
    expires_at: timeText(view.absoluteEndsAt),
    last_interacted_at: timeText(lastActivityAt),
    device: {
      initial_user_agent: deviceOf(view),
      initial_ip: view.ip,
      initial_asn: null,
      last_user_agent: null,
      last_ip: null,
      last_asn: null,
    },
    clients: [],
    authentication: { methods: name === null ? [] : [{ name, timestamp: authenticatedAt }] },
    cookie: { mode: view.persistent ? "persistent" : "non-persistent" },
    session_metadata: view.metadata,
    ...(view.sudoUserId === null ? {} : { actor: { sub: view.sudoUserId } }),
    kind: view.kind,
  };
}
