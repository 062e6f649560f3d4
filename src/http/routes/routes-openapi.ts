/** The description of `curfew.routes()` in OpenAPI. */
import {
  boolean,
  list,
  object,
  oneOf,
  orNull,
  ref,
  text,
  whole,
  type Answers,
  type AnswerSpec,
  type ApiSpec,
  type Schema,
} from "../../openapi.js";
import { page, problem, PROBLEM } from "../../openapi-answers.js";
import { DEVICE_CLASSES, SESSION_KINDS } from "../../policy/index.js";

const json = (name: string, description: string): AnswerSpec => ({ description, schema: ref(name) });

/** Answers of every route. */
const ALWAYS: Answers = {
  429: problem("`too_many_requests`: too many requests of this session, with `Retry-After`"),
  503: problem("`redis_unavailable`, with `Retry-After`"),
};
const SIGNED_IN: Answers = {
  ...ALWAYS,
  401: problem("`session_ended` with its reason, or `not_signed_in`"),
};
const UNSAFE: Answers = { ...SIGNED_IN, 403: problem("`cross_site_request`") };
const WITH_BODY: Answers = {
  ...UNSAFE,
  400: problem("`bad_request`: the body is not valid"),
  413: problem("`bad_request`: the body is too long"),
  415: problem("`unsupported_media_type`: send application/json"),
};
const STATUS = json("Status", "The session's status");
const EMPTY_BODY = { schema: { type: "object" } };
const script = (description: string) => ({
  summary: description,
  answers: {
    200: { description, type: "text/javascript", schema: { type: "string" } },
    304: { description: "The browser's copy is still right" },
  },
});

const OPERATIONS: ApiSpec["operations"] = {
  "GET /status": {
    summary: "Returns the session's status. Never activity.",
    answers: { ...SIGNED_IN, 200: STATUS },
  },
  "POST /activity": {
    summary: "Records that the person was active `idleMs` ago.",
    body: { schema: object({ idleMs: whole("Milliseconds since the last input, 0 or more") }) },
    answers: { ...WITH_BODY, 200: STATUS },
  },
  "POST /extend": {
    summary: "Extends the session, as the warning offers.",
    body: EMPTY_BODY,
    answers: {
      ...WITH_BODY,
      200: STATUS,
      409: problem("`extension_too_early`, `reauthentication_required` or `sign_in_required`"),
    },
  },
  "POST /reauth": {
    summary: "Begins a new absolute window, after the app's `verify` has checked the body.",
    body: { schema: { type: "object", description: "The fields that `verify` reads" } },
    answers: {
      ...WITH_BODY,
      200: STATUS,
      404: { description: "The app has no `verify`" },
      403: problem(
        "`bad_credentials` with `triesLeft`, `sudo_refused`, `insecure_connection`, or `cross_site_request`",
      ),
      429: problem("`too_many_tries` or `too_many_requests`, with `Retry-After`"),
    },
  },
  "GET /reauth": {
    summary: "Leads to the page at which the user signs in again.",
    answers: { ...ALWAYS, 303: { description: "The address, in `Location`" } },
  },
  "GET /reauth-done": {
    summary: "The page after signing in again. It informs the other tabs.",
    answers: {
      ...ALWAYS,
      200: page("A page that closes itself"),
      303: { description: "Without a session: the login page, in `Location`" },
      401: problem("Without a session, for a page's own call"),
    },
  },
  "POST /logout": {
    summary: "Ends the session.",
    body: EMPTY_BODY,
    answers: { ...WITH_BODY, 204: { description: "The session has ended" } },
  },
  "GET /events": {
    summary: "Sends the events `ended` and `settings` while a tab is open. Never activity.",
    answers: {
      ...UNSAFE,
      200: { description: "An event stream", type: "text/event-stream", schema: { type: "string" } },
      503: problem("`too_many_streams` or `redis_unavailable`, with `Retry-After`"),
    },
  },
  "GET /draft-key": {
    summary: "Returns the keys that seal the user's drafts in this browser.",
    answers: { ...SIGNED_IN, 200: json("DraftKeys", "The keys; the first one seals") },
  },
  "GET /sessions": {
    summary: "Lists the user's own living sessions.",
    answers: { ...SIGNED_IN, 200: json("Sessions", "The sessions, oldest first") },
  },
  "DELETE /sessions/{ref}": {
    summary: "Ends one of the user's own sessions.",
    parameters: { ref: "The session's `ref`" },
    answers: {
      ...UNSAFE,
      204: { description: "The session has ended" },
      400: problem("`bad_request`: the address can't be read"),
      404: problem("`not_found`: the `ref` names none of the user's living sessions"),
    },
  },
  "POST /sessions/revoke-others": {
    summary: "Ends all other sessions of the user.",
    body: EMPTY_BODY,
    answers: { ...WITH_BODY, 200: json("Revoked", "The number of ended sessions") },
  },
  "GET /client.js": script("The browser's script, for five minutes in caches"),
  "GET /reauth-done.js": script("The script of `reauth-done`"),
};

const NULLABLE_TEXTS = ["browser", "operatingSystem", "ip", "city", "state", "country", "credentialsType"];

const ms = (description: string): Schema => whole(`${description}, in milliseconds`);
const time = (description: string): Schema => whole(`${description}, in milliseconds since 1970`);

const SCHEMAS: ApiSpec["schemas"] = {
  Status: object({
    state: oneOf(["active"], "The state"),
    limit: oneOf(["absolute", "idle"], "The nearer deadline"),
    remainingMs: ms("Time until the session ends"),
    warnMs: ms("Time before the end at which the warning opens"),
    idleRemainingMs: orNull(ms("Time until inactivity ends the session; `null` if it does not")),
    absoluteRemainingMs: ms("Time until the absolute deadline"),
    action: oneOf(["stay", "extend", "reauthenticate", "sign_in", "none"], "The offer of the warning"),
    extendMs: ms("Time that the warning's button adds"),
    reauthentication: oneOf(["in_place", "login_page"], "The place to sign in again"),
    persistent: boolean("True if the session outlives the browser"),
    sessionTag: text("Tells one session from another in the same browser"),
    userTag: text("Tells one user from another in the same browser"),
    configVersion: whole("Version of the settings"),
  }),
  Problem: PROBLEM,
  Session: object({
    ref: text("Public handle of the session"),
    kind: oneOf(SESSION_KINDS, "Kind of session"),
    ...Object.fromEntries(NULLABLE_TEXTS.map((name) => [name, orNull(text("`null` if it is unknown"))])),
    deviceClass: orNull(
      oneOf(
        DEVICE_CLASSES,
        "Class of the browser's device; `null` in sessions of another kind than `browser`",
      ),
    ),
    signedInAt: time("The last authentication"),
    lastActivityAt: time("The last activity"),
    expiresAt: time("The end under the current settings"),
    limit: oneOf(["absolute", "idle"], "The deadline that `expiresAt` is"),
    extendedAt: orNull(time("The last extension")),
    extendedCount: whole("Number of extensions"),
    persistent: boolean("True if the session outlives the browser"),
    sudoUserId: orNull(
      text("User id of the administrator who is signed in as this user; `null` in all other sessions"),
    ),
    isCurrent: boolean("True for the session that asks"),
  }),
  Sessions: object({ sessions: list(ref("Session"), "The sessions") }),
  Revoked: object({ revoked: whole("Number of listed sessions that ended") }),
  DraftKeys: object({
    sessionTag: text("As in `Status`"),
    userTag: text("As in `Status`"),
    keys: list(
      object({
        kid: text("Names the secret that the key comes from"),
        key: text("32 bytes for AES-GCM, in base64url"),
        tag: text("Names the user in the browser's storage"),
      }),
      "One key for each accepted cookie secret",
    ),
  }),
};

/** The routes of the browser. */
export const ROUTES_API: ApiSpec = {
  title: "Routes of the browser",
  version: "1",
  description:
    "Routes of `curfew.routes()` for the pages of a site. They need the session's cookie, and refuse unsafe requests of other sites.",
  operations: OPERATIONS,
  schemas: SCHEMAS,
};
