/** The description of `curfew.adminPages()` in OpenAPI. */
import { AUDIT_TYPES } from "../events.js";
import {
  oneOf,
  text,
  whole,
  type Answers,
  type ApiSpec,
  type OperationSpec,
  type Schema,
} from "../openapi.js";
import { page, pageOrProblem, PROBLEM, seeOther } from "../openapi-answers.js";
import { CLASS_LIMIT_NAMES } from "../policy/index.js";
import { SPANS } from "./audit-page.js";
import { KINDS } from "./end-many-page.js";
import { ALWAYS, formAt, NO_SESSION, pageAt, PAGES_NOTE, REF_FIELD, REF } from "./pages-openapi.js";
import { TARGET_KINDS } from "./rule-words.js";
import { MINUTES_PER_UNIT } from "./settings-form.js";

const SETTINGS = "the settings";
const SESSIONS = "the list of sessions";
const USER = "User id";
const JOB = "Names the count, or the work in the background";
const names = (values: Readonly<Record<string, unknown>>): string => Object.keys(values).join(", ");

const ticked = (description: string): Schema => oneOf(["on"], description);
const action = (...values: readonly string[]): Readonly<Record<string, Schema>> => ({
  action: oneOf(values, "The button"),
});
const VERSION = { version: whole("Version of the settings that the person saw") };
const JOB_FIELD = { job: text(JOB) };
const USER_FIELD = { user: text(USER) };
const REVIEW = { ...VERSION, ...JOB_FIELD, ...action("review", "save", "observe", "edit", "cancel") };
const UNIT = oneOf(Object.keys(MINUTES_PER_UNIT), "Unit of the time");
const NUMBER = text("A number");
const LIMITS = Object.fromEntries(
  CLASS_LIMIT_NAMES.map((name) => [name, text("A number, or empty: no limit")]),
);

const SETTINGS_FIELDS = {
  ...REVIEW,
  inactivityLogout: ticked("Inactivity Logout"),
  idleMinutes: NUMBER,
  idleMinutesUnit: UNIT,
  allowPersistentSessions: ticked("Persistent sessions"),
  sessionMinutes: NUMBER,
  sessionMinutesUnit: UNIT,
  concurrent: oneOf(["unlimited", "limited"], "`limited`: `maxSessionsPerUser` applies"),
  maxSessionsPerUser: NUMBER,
  ...LIMITS,
  whenLimitReached: oneOf(["end_oldest", "refuse_newest"], "Effect of a sign-in above the limit"),
  trackLocation: ticked("Session Location"),
};
const TARGET_FIELDS = { kind: oneOf(Object.keys(TARGET_KINDS), "Kind of target"), name: text("Name or id") };
const RULE_FIELDS = {
  ...VERSION,
  ...action("save", "remove"),
  ...TARGET_FIELDS,
  inactivityLogout: ticked("Inactivity Logout"),
  idleMinutes: NUMBER,
  sessionMinutes: NUMBER,
  forbidPersistent: ticked("No persistent sessions"),
  maxSessionsPerUser: NUMBER,
  ...LIMITS,
  refuseNewest: ticked("Refuse a sign-in above the limit"),
};

const NO_USER: Answers = { 404: page("No user is named") };
const CONFLICT: Answers = { 412: page("The form: the settings were changed meanwhile") };
const elsewhere = (next: string): Answers => ({
  303: seeOther(`In \`Location\`: ${next}, or the login page without a session`),
});
const INVALID: Answers = { 422: page("The form with its problems") };
const REVIEWED: Answers = { ...CONFLICT, ...INVALID, 200: page("The review, or the form") };

const OPERATIONS: ApiSpec["operations"] = {
  "GET /": { summary: "Leads to the settings.", answers: { ...ALWAYS, ...elsewhere(SETTINGS) } },
  "GET /settings": pageAt("The settings in a form."),
  "POST /settings": formAt("Reviews, observes or saves a change.", SETTINGS_FIELDS, SETTINGS, REVIEWED),
  "GET /settings/review": pageAt(
    "Shows a review again.",
    { job: JOB },
    { 404: page("The review was canceled, or it is too old") },
  ),
  "POST /settings/stop-observing": formAt("Stops the observation of a change.", {}, SETTINGS),
  "GET /settings/rule": pageAt(
    "The rule of a tenant, a role or a user.",
    { kind: names(TARGET_KINDS), name: "Name or id" },
    { 404: page("The address names no tenant, role or user") },
  ),
  "POST /settings/rule": formAt(
    "Saves or removes a rule.",
    RULE_FIELDS,
    "the settings, or the user's sessions",
    { ...CONFLICT, ...INVALID, 404: page("The form names no tenant, role or user") },
  ),
  "GET /settings/purge-locations": pageAt(
    "Asks before stored places are deleted, or shows the progress.",
    { job: JOB },
    elsewhere("the settings if this work is not known"),
  ),
  "POST /settings/purge-locations": formAt(
    "Deletes stored places, or stops.",
    { ...JOB_FIELD, ...action("cancel") },
    "the progress, or the settings",
  ),
  "GET /history": pageAt("The latest changes of the settings."),
  "POST /history/rollback": formAt(
    "Reviews or saves the settings of an earlier version.",
    { ...REVIEW, to: whole("The earlier version") },
    SETTINGS,
    { ...REVIEWED, 404: page("The history has no saved settings with this version") },
  ),
  "GET /sessions": pageAt("All sessions, one user's sessions, or the users that a search finds.", {
    user: USER,
    q: "Text of the search: a user id, or a text for `findUsers`",
    page: "Number of the page of one user's sessions, from 1",
    cursor: "Place in the list of all sessions",
  }),
  "GET /sessions/session": pageAt("One session.", { ref: REF }, NO_SESSION),
  "GET /sessions/end": pageAt("Asks before a session ends.", { ref: REF, user: USER }, NO_SESSION),
  "POST /sessions/end": formAt("Ends a session.", { ...REF_FIELD, ...USER_FIELD }, SESSIONS, NO_SESSION),
  "GET /sessions/end-all": pageAt("Asks before all sessions of a user end.", { user: USER }, NO_USER),
  "POST /sessions/end-all": formAt("Ends all sessions of a user.", USER_FIELD, SESSIONS, NO_USER),
  "GET /sessions/end-many": pageAt(
    "The form that ends many sessions, or their count.",
    { job: JOB },
    elsewhere("the form if this count is not known"),
  ),
  "POST /sessions/end-many": formAt(
    "Counts or ends the sessions of a target.",
    {
      ...action("count", "end", "cancel"),
      kind: oneOf(Object.keys(KINDS), "Kind of target"),
      value: text("Name, or a time such as 2026-11-29 14:00 (UTC)"),
      ...JOB_FIELD,
    },
    "the count, or the list of sessions",
    INVALID,
  ),
  "GET /audit": pageAt("The audit trail.", {
    user: USER,
    type: AUDIT_TYPES.join(", "),
    since: names(SPANS),
    cursor: "Place in the trail",
  }),
};

const FORBIDDEN: Answers = {
  403: pageOrProblem(
    "A page: for administrators only. Or `cross_site_request` or `reauthentication_required`",
  ),
};

const forAdministrators = (operation: OperationSpec): OperationSpec => ({
  ...operation,
  answers: { ...operation.answers, ...FORBIDDEN },
});

/** The pages for administrators. */
export const ADMIN_PAGES_API: ApiSpec = {
  title: "Pages of administrators",
  version: "1",
  description: `HTML pages of \`curfew.adminPages()\`, and the forms on them, for the administrators that \`authorize\` permits. ${PAGES_NOTE}`,
  operations: Object.fromEntries(
    Object.entries(OPERATIONS).map(([name, operation]) => [name, forAdministrators(operation)]),
  ),
  schemas: { Problem: PROBLEM },
};
