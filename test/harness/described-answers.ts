/** Compares each answer of a test's app with the descriptions in OpenAPI. */
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Request, RequestHandler } from "express";
import { onTestFinished } from "vitest";
import { AUTH0_API } from "../../src/dialects/auth0/auth0-openapi.js";
import { LOOKER_API } from "../../src/dialects/looker/looker-openapi.js";
import { EMBED_API } from "../../src/embed/embed-openapi.js";
import { ROUTES_API } from "../../src/http/routes/routes-openapi.js";
import { ACCOUNT_PAGES_API } from "../../src/pages/account-openapi.js";
import { ADMIN_PAGES_API } from "../../src/pages/admin-openapi.js";
import { bodiesOf, type AnswerSpec, type ApiSpec, type Schema } from "../../src/openapi.js";

/** The APIs, by the path at which the tests mount them. */
export const DESCRIBED: Readonly<Record<string, ApiSpec>> = {
  "/curfew": ROUTES_API,
  "/api/4.0": LOOKER_API,
  "/api/v2": AUTH0_API,
  "/embed": EMBED_API,
  "/me/sessions": ACCOUNT_PAGES_API,
  "/admin": ADMIN_PAGES_API,
};

/** An answer that was seen: the API's path, the operation and the status. */
export type SeenAnswer = `${string} ${number}`;

const JSON_TYPE = "application/json";

const ajv = new Ajv2020({ strict: false, allErrors: true });
for (const [base, { schemas }] of Object.entries(DESCRIBED))
  ajv.addSchema({ $id: idOf(base), components: { schemas } });

function idOf(base: string): string {
  return `described:${base}`;
}

/** Returns what is wrong with a body under a schema of an API; `null` if it fits. */
export function misfit(base: string, schema: Schema, body: unknown): string | null {
  const text = JSON.stringify(schema).replaceAll('"#/', `"${idOf(base)}#/`);
  const isValid = ajv.validate(JSON.parse(text) as object, body);
  return isValid ? null : ajv.errorsText();
}

/** Finds an operation by its method and its path in an API. */
function operationOf(api: ApiSpec, method: string, path: string): string | undefined {
  return Object.keys(api.operations).find((name) => {
    const [itsMethod = "", itsPath = ""] = name.split(" ");
    const pattern = itsPath.replace(/\{\w+\}/g, "[^/]+").replaceAll(".", "\\.");
    return itsMethod === method && new RegExp(`^${pattern}$`).test(path);
  });
}

/**
 * Creates a middleware that compares answers with their descriptions.
 *
 * @param report - gets each difference
 * @param seen - gets each answer of a described operation
 */
export function compareAnswers(
  report: (difference: string) => void,
  seen: (answer: SeenAnswer) => void = () => undefined,
): RequestHandler {
  return (request, response, next) => {
    const place = placeOf(request);
    if (!place) {
      next();
      return;
    }
    const { base, name, api } = place;
    let body: unknown;
    const { send } = response;
    response.send = function (sent: unknown) {
      body ??= sent;
      return send.call(this, sent);
    };
    response.on("finish", () => {
      const { statusCode: status } = response;
      const title = `${base} ${name} ${String(status)}`;
      seen(title as SeenAnswer);
      const answer = api.operations[name]?.answers[status];
      const difference = answer
        ? differenceOf(base, answer, body, String(response.getHeader("Content-Type") ?? ""))
        : "is not described";
      if (difference !== null) report(`${title} ${difference}`);
    });
    next();
  };
}

/**
 * Creates a middleware that compares answers with their descriptions. The test fails at its end if one differs.
 *
 * @param hasFaults - true if described routes may answer 500 to 599
 */
export function requireDescribed(hasFaults = false): RequestHandler {
  const differences: string[] = [];
  onTestFinished(() => {
    if (differences.length > 0) throw new Error(`Not as OpenAPI describes: ${differences.join("; ")}`);
  });
  return compareAnswers((difference) => {
    if (!hasFaults || !/ 5\d\d /.test(difference)) differences.push(difference);
  });
}

function placeOf(request: Request) {
  for (const [base, api] of Object.entries(DESCRIBED)) {
    if (request.path !== base && !request.path.startsWith(`${base}/`)) continue;
    const name = operationOf(api, request.method, request.path.slice(base.length) || "/");
    if (name !== undefined) return { base, api, name };
  }
  return undefined;
}

function differenceOf(base: string, answer: AnswerSpec, sent: unknown, type: string): string | null {
  if (!answer.schema)
    return sent === undefined || sent === "" || !type.includes("json") ? null : "has a body";
  const bodies = Object.entries(bodiesOf(answer));
  const [expected = "", schema] = bodies.find(([each]) => each === "*/*" || type.startsWith(each)) ?? [];
  if (!schema) {
    // The check of other sites is the same for all routes of an app.
    const isRefusal =
      type.startsWith("application/problem+json") && bodies.some(([each]) => each === JSON_TYPE);
    return isRefusal && String(sent).includes("cross_site_request") ? null : `has the type ${type}`;
  }
  if (!expected.includes("json")) return null;
  const body = typeof sent === "string" ? (JSON.parse(sent) as unknown) : sent;
  return misfit(base, schema, body);
}
