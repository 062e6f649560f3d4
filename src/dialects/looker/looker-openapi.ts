/** The description of Looker's API in OpenAPI. */
import {
  boolean,
  list,
  map,
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
import { SESSION_KINDS, SESSION_MINUTES_RANGE } from "../../policy/index.js";

const error = (description: string): AnswerSpec => ({ description, schema: ref("Error") });
const json = (name: string, description: string): AnswerSpec => ({ description, schema: ref(name) });

/** Answers of every operation. */
const ALWAYS: Answers = {
  401: error("No session and no token"),
  404: error("Not found, or not permitted"),
  429: error("Too many requests, with `Retry-After`"),
  503: error("Redis can't be reached, with `Retry-After`"),
};
const DENIED: Answers = {
  ...ALWAYS,
  403: error(
    "Not permitted, with `deniedStatus: 403`; or another site's request; or a token and a session of different users",
  ),
};
const WITH_IDS: Answers = { ...DENIED, 400: error("The address can't be read") };
const WITH_BODY: Answers = {
  ...DENIED,
  400: error("The body is not a JSON object"),
  413: error("The body is too long"),
  422: json("ValidationError", "Every wrong field"),
};
const FIELDS = "Names of members, separated by commas. All other members are left out.";
const PATH = { user_id: "The user's id in the app", session_id: "The session's `id`" };

const can = map({ type: "boolean" }, "Operations that the sender may perform. A sent `can` is ignored.");
const CONFIG: Readonly<Record<string, Schema>> = {
  allow_persistent_sessions: boolean('True if users may choose "Stay logged in", for 30 days'),
  session_minutes: whole("Lifetime of a browser session. Other values than the range are shown clamped.", {
    minimum: SESSION_MINUTES_RANGE.min,
    maximum: SESSION_MINUTES_RANGE.max,
  }),
  unlimited_sessions_per_user: boolean("False for a limit of one browser for each user"),
  use_inactivity_based_logout: boolean("True if sessions end after 15 minutes without a click, touch or key"),
  track_session_location: boolean("True if sign-ins store IP address and place"),
};
const CONFIG_NAMES = Object.keys(CONFIG);

const nullable = (description: string): Schema => orNull(text(description));
const SESSION: Readonly<Record<string, Schema>> = {
  can,
  id: text("The session's public `ref`"),
  ip_address: nullable("IP address of the sign-in; null while places are not tracked"),
  browser: nullable("Name of the browser, from the User-Agent"),
  operating_system: nullable("Name of the system, from the User-Agent"),
  city: nullable("City of the IP address, as the app's `locate` finds it"),
  state: nullable("State of the IP address"),
  country: nullable("Country of the IP address"),
  credentials_type: nullable("The `credentialsType` that the app gave at the sign-in"),
  extended_at: nullable("Time of the last extension"),
  extended_count: whole("Number of extensions"),
  sudo_user_id: nullable("User id of the administrator who is signed in as this user; else null"),
  created_at: text("Time of the last authentication, in ISO 8601"),
  expires_at: text("The end under the current settings, in ISO 8601"),
  url: text("Path of the session in this API"),
  last_activity_at: text("Time of the last activity. An additional member."),
  persistent: boolean("True if the session outlives the browser. An additional member."),
  kind: oneOf(SESSION_KINDS, "Kind of session. An additional member."),
};

/** Looker's API. */
export const LOOKER_API: ApiSpec = {
  title: "Looker API",
  version: "4.0",
  description:
    "The session settings and the sessions of users, in the format of Looker 4.0. Mount the router of `lookerApi` at `/api/4.0`.",
  operations: {
    "POST /login": {
      summary: "Gives a program an access token. Only with the option `login`.",
      body: { type: "application/x-www-form-urlencoded", schema: ref("Credentials") },
      answers: {
        200: json("AccessToken", "The token"),
        400: error("The body can't be read"),
        401: error("All sessions of the owner were ended during the login"),
        403: error("Another site's request"),
        404: error("Wrong credentials"),
        413: error("The body is too long"),
        415: error("The body's encoding is not supported"),
        422: json("ValidationError", "Missing credentials"),
        429: error("Too many logins, with `Retry-After`"),
        503: error("Redis can't be reached, with `Retry-After`"),
      },
    },
    "DELETE /logout": {
      summary: "Ends the program's token. Only with the option `login`.",
      answers: { ...DENIED, 204: { description: "The token has ended" } },
    },
    "GET /session_config": {
      summary: "Returns the session settings.",
      answers: { ...DENIED, 200: json("SessionConfig", "The settings, with an `ETag`") },
    },
    "PATCH /session_config": {
      summary: "Changes the session settings. Members that are left out keep their values.",
      body: { schema: ref("WriteSessionConfig") },
      answers: {
        ...WITH_BODY,
        200: json("SessionConfig", "All settings after the change"),
        412: error("`If-Match` names another version"),
        415: error("The body is not application/json"),
      },
    },
    "GET /users/{user_id}/sessions": {
      summary: "Lists a user's living sessions, oldest first.",
      parameters: { user_id: PATH.user_id, fields: FIELDS },
      answers: {
        ...WITH_IDS,
        200: { description: "The sessions", schema: list(ref("Session"), "The sessions") },
      },
    },
    "GET /users/{user_id}/sessions/{session_id}": {
      summary: "Returns one of a user's living sessions.",
      parameters: { ...PATH, fields: FIELDS },
      answers: { ...WITH_IDS, 200: json("Session", "The session") },
    },
    "DELETE /users/{user_id}/sessions/{session_id}": {
      summary: "Ends one of a user's sessions.",
      parameters: PATH,
      answers: { ...WITH_IDS, 204: { description: "The session has ended" } },
    },
  },
  schemas: {
    Credentials: object({ client_id: text("The client's id"), client_secret: text("The client's secret") }),
    AccessToken: object({
      access_token: text("The token, for `Authorization: Bearer …`"),
      token_type: oneOf(["Bearer"], "The kind of token"),
      expires_in: whole("Seconds until the token ends"),
      refresh_token: { type: "null", description: "There is none" },
    }),
    SessionConfig: object({ can, ...CONFIG }),
    WriteSessionConfig: {
      ...object({ can, ...CONFIG }, ["can", ...CONFIG_NAMES]),
      additionalProperties: true,
    },
    // With `fields` any member may be left out.
    Session: object(SESSION, Object.keys(SESSION)),
    Error: object(
      {
        message: text("The error as a sentence"),
        documentation_url: text("Looker's page about the error"),
      },
      ["documentation_url"],
    ),
    ValidationError: object({
      message: text("Always `Validation Failed`"),
      errors: list(
        object({
          field: text("The wrong member"),
          code: oneOf(["invalid", "missing_field"], "The kind of error"),
          message: text("The error as a sentence"),
          documentation_url: text("Looker's page about the error"),
        }),
        "Every wrong member",
      ),
      documentation_url: text("Looker's page about the error"),
    }),
  },
};
