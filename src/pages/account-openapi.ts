/** The description of `curfew.accountPages()` in OpenAPI. */
import type { ApiSpec } from "../openapi.js";
import { problem, PROBLEM } from "../openapi-answers.js";
import { formAt, NO_SESSION, pageAt, PAGES_NOTE, REF_FIELD, REF } from "./pages-openapi.js";

const LIST = "the list of the user's sessions";
const FRESH = "`reauthentication_required`";
const ASKED = { 403: problem(FRESH) };
const SENT = { 403: problem(`\`cross_site_request\` or ${FRESH}`) };

/** The pages on which users see and end their own sessions. */
export const ACCOUNT_PAGES_API: ApiSpec = {
  title: "Pages of users",
  version: "1",
  description: `HTML pages of \`curfew.accountPages()\`, and the forms on them. ${PAGES_NOTE}`,
  operations: {
    "GET /": pageAt("Lists the user's own sessions.", { page: "Number of the page, from 1" }),
    "GET /end": pageAt("Asks before a session ends.", { ref: REF }, { ...ASKED, ...NO_SESSION }),
    "POST /end": formAt("Ends one of the user's own sessions.", REF_FIELD, LIST, { ...SENT, ...NO_SESSION }),
    "GET /end-others": pageAt("Asks before all other sessions end.", {}, ASKED),
    "POST /end-others": formAt("Ends all other sessions of the user.", {}, LIST, SENT),
  },
  schemas: { Problem: PROBLEM },
};
