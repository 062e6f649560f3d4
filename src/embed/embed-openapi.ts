/** The description of the routes of `curfew.embed()` in OpenAPI. */
import { object, ref, text, type ApiSpec } from "../openapi.js";
import { form, page, PROBLEM, REDIS_AWAY, seeOther, UNREADABLE_FORM } from "../openapi-answers.js";

const TOKEN = "The token of `curfew.embedUrl()`";
const REFUSED = "The token was used before, or is not valid any more";

/** The way into embedded pages. */
export const EMBED_API: ApiSpec = {
  title: "Way into embedded pages",
  version: "1",
  description:
    "Routes of `curfew.embed()`. `curfew.embedUrl()` returns the address of the first one. The app answers all other paths.",
  operations: {
    "GET /curfew-enter": {
      summary: "A page that posts the token at once. It uses no token up.",
      parameters: { token: TOKEN },
      answers: {
        200: page("The page"),
        403: {
          description: "The token is not valid, or not any more",
          type: "text/plain",
          schema: { type: "string" },
        },
      },
    },
    "POST /curfew-enter": {
      summary: "Uses the token up, and signs its user in for the embedded pages.",
      body: form(object({ token: text(TOKEN) })),
      answers: {
        ...REDIS_AWAY,
        ...UNREADABLE_FORM,
        303: seeOther("The page of `curfew.embedUrl()`, in `Location`"),
        403: {
          description: `${REFUSED} (plain text); \`cross_site_request\`; \`insecure_connection\` from the app's error handler`,
          type: "text/plain",
          schema: { type: "string" },
          others: { "application/problem+json": ref("Problem"), "*/*": {} },
        },
      },
    },
  },
  schemas: { Problem: PROBLEM },
};
