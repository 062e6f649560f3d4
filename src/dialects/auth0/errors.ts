/** Auth0's errors: four members, whose codes SDKs compare. */
import { STATUS_CODES } from "node:http";
import type { Request, Response } from "express";
import { SECOND_MS } from "../../policy/index.js";
import { DialectError, type Failure } from "../dialect-router.js";

/** Body of each error response. */
export interface Auth0Error {
  readonly statusCode: number;
  readonly error: string;
  readonly message: string;
  readonly errorCode: string;
}

/** Codes of failures for which no route has named a code. */
const CODES: Readonly<Record<number, string>> = {
  400: "invalid_body",
  401: "invalid_token",
  403: "access_denied",
  404: "not_found",
  412: "precondition_failed",
  413: "invalid_body",
  415: "invalid_body",
  429: "too_many_requests",
  503: "service_unavailable",
};

/** Returns a function that sends a failure in Auth0's format. A 422 of the settings becomes 400, which Auth0's SDKs know. */
export function failureSender(requestsPerMinute: number) {
  return (_request: Request, response: Response, failure: Failure): void => {
    const { message, code } = failure;
    const status = failure.status === 422 ? 400 : failure.status;
    if (status === 429) setLimitHeaders(response, requestsPerMinute);
    const body: Auth0Error = {
      statusCode: status,
      error: STATUS_CODES[status] ?? "Error",
      message,
      errorCode: code ?? CODES[status] ?? "error",
    };
    response.status(status).json(body);
  };
}

/** Clients wait until `X-RateLimit-Reset`, in seconds since 1970 on their own clock. */
function setLimitHeaders(response: Response, limit: number): void {
  const retryInSeconds = Number(response.getHeader("Retry-After") ?? 1);
  const reset = Math.ceil(Date.now() / SECOND_MS) + retryInSeconds;
  response.set({
    "X-RateLimit-Limit": String(limit),
    "X-RateLimit-Remaining": "0",
    "X-RateLimit-Reset": String(reset),
  });
}

/** Returns the error for a body that Auth0's schema forbids. */
export function invalidBody(problem: string): DialectError {
  return new DialectError(400, `Payload validation error: ${problem}.`, "invalid_body");
}

/** Returns the error for a query that Auth0's schema forbids. */
export function invalidQuery(problem: string): DialectError {
  return new DialectError(400, `Query validation error: ${problem}.`, "invalid_query_string");
}
