/** Parts of the descriptions of all pages in OpenAPI. */
import { text, type Answers, type OperationSpec, type Schema } from "../openapi.js";
import { form, page, problem, REDIS_AWAY, seeOther, UNREADABLE_FORM } from "../openapi-answers.js";

const LOGIN = "the login page without a session";

/** Answers of every page. */
export const ALWAYS: Answers = {
  ...REDIS_AWAY,
  303: seeOther(`In \`Location\`: ${LOGIN}`),
  401: problem("`session_ended` with its reason, or `not_signed_in`, for programs"),
};

/** Answers for a session that does not exist. */
export const NO_SESSION: Answers = { 404: page("The session has ended, or is not in the list") };

/** The parameter or field that names a session. */
export const REF = "The session's `ref`";

/** Sentences that hold for all pages. */
export const PAGES_NOTE =
  "They refuse unsafe requests of other sites. With the option `requireFresh`, those that end sessions also lead to the login page (303), or answer a program 403 with `reauthentication_required`.";

/** The field of a form that names a session. */
export const REF_FIELD: Readonly<Record<string, Schema>> = { ref: text(REF) };

/** Returns the description of a page. */
export const pageAt = (
  summary: string,
  parameters: Readonly<Record<string, string>> = {},
  answers: Answers = {},
): OperationSpec => ({ summary, parameters, answers: { ...ALWAYS, 200: page("The page"), ...answers } });

/**
 * Returns the description of a form's target.
 *
 * @param fields - schemas of the form's fields. A form may have more fields, which the pages do not read
 * @param next - the page to which the answer leads
 */
export const formAt = (
  summary: string,
  fields: Readonly<Record<string, Schema>>,
  next: string,
  answers: Answers = {},
): OperationSpec => ({
  summary,
  body: form({ type: "object", properties: fields }),
  answers: {
    ...ALWAYS,
    ...UNREADABLE_FORM,
    303: seeOther(`In \`Location\`: ${next}, or ${LOGIN}`),
    ...answers,
  },
});
