import type { NextFunction } from "express";
import { sendUnavailable } from "../request/answers.js";
import type { RequestContext } from "../request/context.js";
import { clearAnswer, endLate } from "./end-response.js";
import { holdAnswer } from "./hold-answer.js";

/**
 * Holds an answer that the handler has ended until `work` is stored, and then sends it. If the work fails, the answer
 * is 503: it must not report what is not stored.
 *
 * @param send - ends the answer
 * @param onFailure - runs before the 503 is sent
 * @param next - receives the errors of `send`
 */
export function sendAfter(
  context: RequestContext,
  work: Promise<unknown>,
  send: () => void,
  onFailure: () => void,
  next: NextFunction,
): void {
  const { request, response } = context;
  const release = holdAnswer(response);
  work.then(
    () => {
      release();
      endLate(context, send, next);
    },
    () => {
      release();
      onFailure();
      if (response.headersSent) {
        response.destroy();
        return;
      }
      clearAnswer(context);
      sendUnavailable(request, response);
    },
  );
}
