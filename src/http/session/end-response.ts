import type { NextFunction, Response } from "express";
import { isExpress, sendUnavailable } from "../request/answers.js";
import type { End, RequestContext } from "../request/context.js";
import { isChanged, sendCookieWithHeaders } from "./cookies.js";
import { holdAnswer } from "./hold-answer.js";

/**
 * Has the session stored, and its cookie sent, when the answer ends.
 *
 * An unchanged session is recognised by its text, and the answer goes out as if there were no session. A changed one
 * is stored before the headers go out, so that Redis being away is told with 503.
 *
 * @param next - is told what is found to be wrong with an answer only when its session has been stored
 */
export function commitOnEnd(context: RequestContext, next: NextFunction): void {
  const { request, response } = context;
  const plainEnd = Reflect.get(response, "end") as End;
  let ends = false;
  let isUnstorable = false;
  response.end = function endWithSession(this: Response, ...args: Parameters<End>): Response {
    if (ends) return this;
    const { session } = request as Partial<Pick<typeof request, "session">>;
    let isStored: boolean;
    try {
      isStored = !session || !isChanged(context, session);
    } catch (error) {
      // No text can be made of it. Whoever has been told so answers that, and to throw again would end the process.
      if (isUnstorable) return plainEnd.apply(this, args);
      isUnstorable = true;
      throw error;
    }
    // One that the app has put on the request itself.
    if (session && session.id !== context.ownId && !this.headersSent) sendCookieWithHeaders(context);
    if (!session || isStored) return plainEnd.apply(this, args);
    ends = true;
    const letGo = holdAnswer(this);
    context.isAnswerHeld = letGo !== null;
    session.save((error: unknown) => {
      ends = false;
      context.isAnswerHeld = false;
      letGo?.();
      response.end = plainEnd as Response["end"];
      if (!error) endLate(context, () => plainEnd.apply(this, args), plainEnd, next);
      // An answer that has begun has been broken off by the store.
      else if (!this.headersSent) {
        clearAnswer(context);
        sendUnavailable(request, this);
      }
    });
    return this;
  } as Response["end"];
}

/** Nobody is there any more to catch what an answer such as one of no valid status throws, so Express is told. */
function endLate({ request, response }: RequestContext, end: () => void, plainEnd: End, next: NextFunction) {
  try {
    end();
  } catch (error) {
    response.end = plainEnd as Response["end"];
    if (isExpress(request)) next(error);
    else response.destroy();
  }
}

/**
 * Headers that say something of the site and not of one answer: who may read it, and what browsers are to do with it.
 * Any other may be the handler's, down to one by which a proxy would send a file in place of the 503. To note which
 * were there before the handler would cost every request something.
 */
const OF_THE_SITE = new RegExp(
  `^(?:${[
    "access-control-.*|content-security-policy.*|cross-origin-.*|origin-agent-cluster|permissions-policy",
    "referrer-policy|strict-transport-security|timing-allow-origin|nel|report.*|ratelimit.*|connection|vary",
    "x-(?:content-type-options|dns-prefetch-control|download-options|frame-options|xss-protection)",
    "x-(?:permitted-cross-domain-policies|powered-by|request-id)",
  ].join("|")})$`,
);

/** Takes back what the handler has said of an answer that is not going to be sent. */
function clearAnswer({ response, cookies }: RequestContext): void {
  const lines = [response.getHeader("Set-Cookie") ?? []].flat().map(String);
  for (const name of response.getHeaderNames()) if (!OF_THE_SITE.test(name)) response.removeHeader(name);
  const own = lines.filter((line) =>
    [cookies.session, cookies.browser].some((name) => line.startsWith(`${name}=`)),
  );
  if (own.length > 0) response.setHeader("Set-Cookie", own);
  response.statusMessage = "";
}
