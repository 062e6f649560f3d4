import type { ErrorRequestHandler } from "express";
import { requestProblem, CurfewError } from "../../errors.js";
import { TooManyTries, WrongCredentials } from "./try-limits.js";
import { sendProblem, sendSignInRequired, sendUnavailable } from "../request/answers.js";

/** A body that is JSON, but lacks a value that the route needs. */
export class BadBody extends Error {}

/** A ref that names none of the user's living sessions. */
export class NoSuchSession extends Error {
  constructor() {
    super("This ref names none of your living sessions.");
  }
}

/** Answers the errors of the routes. All other errors go to the app. */
export function answerErrors(loginUrl: string): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (error instanceof BadBody) {
      sendProblem(response, { status: 400, error: "bad_request", title: error.message });
    } else if (error instanceof NoSuchSession) {
      sendProblem(response, { status: 404, error: "not_found", title: error.message });
    } else if (error instanceof TooManyTries) {
      response.setHeader("Retry-After", String(Math.max(1, Math.ceil(error.retryInMs / 1_000))));
      sendProblem(response, { status: 429, error: "too_many_tries", title: error.message });
    } else if (error instanceof WrongCredentials) {
      const { triesLeft } = error;
      sendProblem(response, { status: 403, error: "bad_credentials", title: error.message, triesLeft });
    } else if (error instanceof CurfewError && error.code === "redis_unavailable") {
      // Its message has the cause, which names hosts of the app's network.
      sendUnavailable(request, response);
    } else if (error instanceof CurfewError && error.status !== 500) {
      if (error.code === "session_ended" && request.curfew.state === "ended") {
        sendSignInRequired(request, response, loginUrl);
        return;
      }
      response.set(error.headers);
      sendProblem(response, {
        ...error.details,
        status: error.status,
        error: error.code,
        title: error.shortMessage,
      });
    } else {
      const problem = requestProblem(error);
      if (problem === null) next(error);
      else sendProblem(response, { status: problem.status, error: "bad_request", title: problem.message });
    }
  };
}
