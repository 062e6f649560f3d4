/** All routes of `curfew.routes()`. */
import type { UseLimit } from "../../state/use-counter.js";

/** Names of the handlers. */
export type HandlerName =
  | "status"
  | "activity"
  | "extend"
  | "logout"
  | "reauth"
  | "startReauth"
  | "reauthDone"
  | "draftKey"
  | "listSessions"
  | "endSession"
  | "revokeOthers";

/** One route. */
export interface Route {
  readonly method: "get" | "post" | "delete";
  readonly path: string;
  readonly handler: HandlerName | "events";
  /** `fields`: an object in JSON; `none`: the body is not read. */
  readonly body: "fields" | "none";
  /** Most requests a minute from one session, counted in Redis for this route alone. */
  readonly perMinute: number;
  /** True if the handler counts the request itself, together with other counters. */
  readonly countsItself?: true;
  /** True if the route refuses every request of another site, also a safe one. */
  readonly refusesOtherSites?: true;
  /** True if the route answers visitors without a session too. It writes nothing. */
  readonly isPublic?: true;
}

const MINUTE_MS = 60_000;

/** Returns the limit of a session's requests to a route. */
export function routeLimit(handler: Route["handler"], perMinute: number): UseLimit {
  return { name: `route-${handler}`, uses: perMinute, windowMs: MINUTE_MS };
}

/** Limit of a route that pages call by themselves, in several tabs. */
const BY_PAGES = 600;
/** Limit of a route that a person calls by a button. */
export const BY_PERSON = 60;

/** The routes. Each one refuses other sites and, unless it is public, people who are not signed in. No cache may store its answer. */
export const ROUTES: readonly Route[] = [
  { method: "get", path: "/status", handler: "status", body: "none", perMinute: BY_PAGES },
  { method: "post", path: "/activity", handler: "activity", body: "fields", perMinute: BY_PAGES },
  { method: "post", path: "/extend", handler: "extend", body: "fields", perMinute: BY_PERSON },
  {
    method: "post",
    path: "/reauth",
    handler: "reauth",
    body: "fields",
    perMinute: BY_PERSON,
    countsItself: true,
  },
  // GET, because a link opens both in another tab. They change nothing.
  {
    method: "get",
    path: "/reauth",
    handler: "startReauth",
    body: "none",
    perMinute: BY_PERSON,
    isPublic: true,
  },
  { method: "get", path: "/reauth-done", handler: "reauthDone", body: "none", perMinute: BY_PERSON },
  { method: "post", path: "/logout", handler: "logout", body: "fields", perMinute: BY_PERSON },
  {
    method: "get",
    path: "/events",
    handler: "events",
    body: "none",
    perMinute: BY_PAGES,
    refusesOtherSites: true,
  },
  { method: "get", path: "/draft-key", handler: "draftKey", body: "none", perMinute: BY_PAGES },
  { method: "get", path: "/sessions", handler: "listSessions", body: "none", perMinute: BY_PERSON },
  { method: "delete", path: "/sessions/:ref", handler: "endSession", body: "none", perMinute: BY_PERSON },
  {
    method: "post",
    path: "/sessions/revoke-others",
    handler: "revokeOthers",
    body: "fields",
    perMinute: BY_PERSON,
  },
];
