/** Parts that the descriptions of the browser's routes, the pages and the embedded pages share. */
import {
  oneOf,
  ref,
  text,
  whole,
  type Answers,
  type AnswerSpec,
  type OperationSpec,
  type Schema,
} from "./openapi.js";
import { END_REASONS } from "./policy/index.js";

const PROBLEM_TYPE = "application/problem+json";
const TEXT: Schema = { type: "string" };

/** The schema `Problem`, to which {@link problem} refers. */
export const PROBLEM: Schema = {
  type: "object",
  description: "A problem document (RFC 9457), with the facts of its error code",
  properties: {
    type: text("Always `about:blank`"),
    status: whole("The HTTP status"),
    error: text("The code of the error"),
    title: text("The error as a sentence"),
    reason: oneOf(END_REASONS, "Reason of the session's end"),
    loginUrl: text("Address of the login page"),
    triesLeft: whole("Tries left in this minute"),
  },
  required: ["type", "status", "error", "title"],
  additionalProperties: true,
};

/** Returns an answer with a problem document. */
export const problem = (description: string): AnswerSpec => ({
  description,
  schema: ref("Problem"),
  type: PROBLEM_TYPE,
});

/** Returns an answer with an HTML page. */
export const page = (description: string): AnswerSpec => ({ description, type: "text/html", schema: TEXT });

/** Returns an answer with an HTML page or a problem document. */
export const pageOrProblem = (description: string): AnswerSpec => ({
  ...page(description),
  others: { [PROBLEM_TYPE]: ref("Problem") },
});

/** Returns an answer with plain text or a problem document. */
export const textOrProblem = (description: string): AnswerSpec => ({
  ...problem(description),
  others: { "text/plain": TEXT },
});

/** Returns a redirect. */
export const seeOther = (description: string): AnswerSpec => ({ description });

/** Returns the body of a request that is a form. */
export const form = (schema: Schema): NonNullable<OperationSpec["body"]> => ({
  schema,
  type: "application/x-www-form-urlencoded",
});

/** Answers of every page for people and for programs. */
export const REDIS_AWAY: Answers = {
  503: textOrProblem("`redis_unavailable`, with `Retry-After`; plain text for a browser"),
};

const byApp = (description: string): AnswerSpec => ({
  description: `${description}; the app's error handler answers`,
  type: "*/*",
  schema: {},
});

/** Answers to a form that can't be read. */
export const UNREADABLE_FORM: Answers = {
  400: byApp("The form can't be read"),
  413: byApp("The form is too long"),
  415: byApp("The form's encoding is unknown"),
};
