/** The description of Auth0's API in OpenAPI. */
import {
  boolean,
  list,
  map,
  number,
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
import { SESSION_KINDS } from "../../policy/index.js";
import { METADATA, TAKE } from "./sessions.js";
import { LIFETIME_NAMES, LIFETIMES, MINUTES_PER_HOUR, twinOf, type LifetimeName } from "./tenant-settings.js";

const error = (description: string): AnswerSpec => ({ description, schema: ref("Error") });
const json = (name: string, description: string): AnswerSpec => ({ description, schema: ref(name) });
const DONE: Answers = { 204: { description: "The sessions have ended" } };

/** Returns the answers of every operation. @param scope - the operation's scope */
const always = (scope: string): Answers => ({
  401: error("No valid access token"),
  403: error(`The token lacks the scope ${scope}, or another site's request`),
  429: error("Too many requests, with `X-RateLimit-Reset`"),
  503: error("Redis can't be reached, with `Retry-After`"),
});
const BAD_BODY: Answers = {
  400: error("The body or the id is not valid"),
  413: error("The body is too long"),
  415: error("The body is not application/json"),
};
const BAD_ID = error("The id is not a session's id");
const BAD_ADDRESS = error("The address can't be read");
const MISSING = error("The session does not exist, or has ended");

const mode = oneOf(["persistent", "non-persistent"], 'Persistent while users may choose "Stay logged in"');
const NO_EFFECT = "Stored and returned, without effect";
const cookie: Schema = object({ mode });
const prompt: Schema = {
  ...object({ oidc_logout_prompt_enabled: boolean(NO_EFFECT) }),
  description: NO_EFFECT,
};
const hours = (description: string): Schema => number(`${description}, in hours`);

const EFFECTS: Readonly<Record<LifetimeName, string>> = {
  session_lifetime: "Lifetime of a browser session",
  idle_session_lifetime: "Longest time without activity; turns inactivity logout on",
  ephemeral_session_lifetime: NO_EFFECT,
  idle_ephemeral_session_lifetime: NO_EFFECT,
};
const range = (maximum: number): Schema => ({ minimum: 1, maximum });
const WRITABLE: Readonly<Record<string, Schema>> = {
  ...Object.fromEntries(
    LIFETIME_NAMES.flatMap((name) => {
      const { maxHours } = LIFETIMES[name];
      const inMinutes = `${EFFECTS[name]}, in minutes. Not together with \`${name}\`.`;
      return [
        [name, whole(`${EFFECTS[name]}, in hours`, range(maxHours))],
        [twinOf(name), whole(inMinutes, range(maxHours * MINUTES_PER_HOUR))],
      ];
    }),
  ),
  session_cookie: { ...orNull(cookie), description: "`null` means persistent" },
  sessions: prompt,
};
const SHOWN: Readonly<Record<string, Schema>> = {
  session_lifetime: hours("Lifetime of a browser session, as saved"),
  idle_session_lifetime: hours(
    "Longest time without activity, as saved; left out while inactivity logout is off",
  ),
  ephemeral_session_lifetime: hours(NO_EFFECT),
  idle_ephemeral_session_lifetime: hours(NO_EFFECT),
  session_cookie: cookie,
  sessions: { ...prompt, description: `${NO_EFFECT}; left out until it is written` },
  effective: {
    ...object(
      {
        session_lifetime: hours("Lifetime that applies"),
        idle_session_lifetime: hours("Idle lifetime that applies; left out while inactivity logout is off"),
      },
      ["idle_session_lifetime"],
    ),
    description: "The lifetimes within the limits of the plan. An additional member.",
  },
};

const time = (description: string): Schema => text(`${description}, in ISO 8601`);
const never = (description: string): Schema => ({ type: "null", description });
const SESSION: Schema = object(
  {
    id: text("The session's public `ref`"),
    user_id: text("The user's id in the app"),
    created_at: time("The last authentication: no earlier time is kept"),
    updated_at: time("The last activity, extension or authentication"),
    authenticated_at: time("The last authentication"),
    idle_expires_at: orNull(time("The idle deadline; null while inactivity logout is off")),
    expires_at: time("The absolute deadline under the current settings"),
    last_interacted_at: time("The last activity"),
    device: object({
      initial_user_agent: orNull(text("Browser and system of the sign-in; the whole header is not kept")),
      initial_ip: orNull(text("IP address of the sign-in; null while places are not tracked")),
      initial_asn: never("Not known"),
      last_user_agent: never("Not kept"),
      last_ip: never("Not kept"),
      last_asn: never("Not known"),
    }),
    clients: list({}, "Always empty: a session belongs to one app"),
    authentication: object({
      methods: list(
        object({
          name: text("The app's `credentialsType`, in Auth0's words where they exist"),
          timestamp: time("The last authentication"),
        }),
        "The app's `credentialsType`; empty without one",
      ),
    }),
    cookie: object({
      mode: oneOf(["persistent", "non-persistent"], "Persistent if the session outlives the browser"),
    }),
    session_metadata: map({ type: "string" }, "The session's `metadata`"),
    actor: object({
      sub: text("User id of the administrator who is signed in as the user; left out otherwise"),
    }),
    kind: oneOf(SESSION_KINDS, "Kind of session. An additional member."),
  },
  ["actor"],
);

const METADATA_TEXT = `At most ${String(METADATA.max)} texts; \`null\` and \`{}\` remove all`;
const ID = { id: "The session's `id`" };
const USER = { user_id: "The user's id in the app" };

/** Auth0's API. */
export const AUTH0_API: ApiSpec = {
  title: "Auth0 Management API",
  version: "2",
  description:
    "The tenant settings about sessions, and the sessions of users, in the format of Auth0's Management API. Mount the router of `auth0Api` at `/api/v2`.",
  operations: {
    "GET /tenants/settings": {
      summary: "Returns the tenant settings about sessions.",
      parameters: {
        fields: "Names of members, separated by commas",
        include_fields: "`false` leaves the named members out",
      },
      answers: {
        ...always("read:tenant_settings"),
        200: json("TenantSettings", "The settings, with an `ETag`"),
        400: error("The query is not valid"),
      },
    },
    "PATCH /tenants/settings": {
      summary: "Changes the tenant settings about sessions. Members that are left out keep their values.",
      parameters: { fields: "As for `GET`", include_fields: "As for `GET`" },
      body: { schema: ref("WriteTenantSettings") },
      answers: {
        ...always("update:tenant_settings"),
        ...BAD_BODY,
        200: json("TenantSettings", "All settings after the change"),
        412: error("`If-Match` names another version"),
      },
    },
    "GET /sessions/{id}": {
      summary: "Returns a living session.",
      parameters: ID,
      answers: {
        ...always("read:sessions"),
        200: json("Session", "The session"),
        400: BAD_ADDRESS,
        404: MISSING,
      },
    },
    "PATCH /sessions/{id}": {
      summary: "Replaces a living session's metadata.",
      parameters: ID,
      body: { schema: ref("WriteSession") },
      answers: {
        ...always("update:sessions"),
        ...BAD_BODY,
        200: json("Session", "The session after the change"),
        404: MISSING,
      },
    },
    "DELETE /sessions/{id}": {
      summary: "Ends a session. The answer is the same for a session that has ended already.",
      parameters: ID,
      answers: { ...always("delete:sessions"), ...DONE, 400: BAD_ID },
    },
    "POST /sessions/{id}/revoke": {
      summary: "Ends a session.",
      parameters: ID,
      answers: { ...always("delete:sessions"), ...DONE, 400: BAD_ID, 404: MISSING },
    },
    "GET /users/{user_id}/sessions": {
      summary: "Lists a user's living sessions, in pages.",
      parameters: {
        ...USER,
        from: "`next` of the page before",
        take: `Sessions on the page, 1 to ${String(TAKE.max)}, by default ${String(TAKE.usual)}`,
        include_totals: "Accepted, without effect",
      },
      answers: {
        ...always("read:sessions"),
        200: json("SessionPage", "A page"),
        400: error("The address or the query is not valid"),
      },
    },
    "DELETE /users/{user_id}/sessions": {
      summary: "Ends all sessions of a user.",
      parameters: USER,
      answers: { ...always("delete:sessions"), ...DONE, 400: BAD_ADDRESS },
    },
  },
  schemas: {
    // With `fields` any member may be left out.
    TenantSettings: object(SHOWN, Object.keys(SHOWN)),
    WriteTenantSettings: { ...object(WRITABLE, Object.keys(WRITABLE)), minProperties: 1 },
    Session: SESSION,
    SessionPage: object(
      { sessions: list(ref("Session"), "The sessions"), next: text("`from` of the next page") },
      ["next"],
    ),
    WriteSession: object({
      session_metadata: {
        ...orNull(map({ type: "string", maxLength: METADATA.maxLength }, METADATA_TEXT)),
        maxProperties: METADATA.max,
      },
    }),
    Error: object({
      statusCode: whole("The HTTP status"),
      error: text("The status in words"),
      message: text("The error as a sentence"),
      errorCode: text("The code that SDKs compare"),
    }),
  },
};
