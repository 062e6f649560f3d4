import type { ErrorRequestHandler } from "express";
import { bodyErrorStatus, CurfewError } from "../../errors.js";
import { sendProblem, sendSignInRequired, sendUnavailable } from "../request/answers.js";

/** A body that is JSON, but lacks a value that the route needs. */
export class BadBody extends Error {}

/** A password that the app has refused. */
export class WrongPassword extends Error {
  constructor(readonly triesLeft: number) {
    super("That password isn't right.");
  }
}

/** Answers the errors of the routes. All other errors go to the app. */
export function answerErrors(loginUrl: string): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (error instanceof BadBody) {
      sendProblem(response, { status: 400, error: "bad_request", title: error.message });
    } else if (error instanceof WrongPassword) {
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
      sendProblem(response, {
        ...error.details,
        status: error.status,
        error: error.code,
        title: error.shortMessage,
      });
    } else {
      const status = bodyErrorStatus(error);
      if (status === null) next(error);
      else
        sendProblem(response, {
          status,
          error: "bad_request",
          title: status === 400 ? "The body is not valid JSON." : "The body can't be read.",
        });
    }
  };
}
