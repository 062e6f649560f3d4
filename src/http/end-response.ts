import { ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { NextFunction, Response } from "express";
import { isExpress, sendUnavailable } from "./answers.js";
import type { End, RequestContext } from "./context.js";
import { holdAnswer } from "./hold-answer.js";

/** Longer bodies take longer to be made text of than that saves. */
const SHORT_BODY_BYTES = 4_096;

/** What an answer is written with. */
export interface Writers {
  readonly end: End;
  readonly write: unknown;
}

/** The answer's own, to be taken before express-session puts its own in place. */
export function writersOf(response: Response): Writers {
  const { end, write } = response as unknown as Writers;
  return { end, write };
}

/**
 * Ends answers of requests whose session was loaded from Redis.
 *
 * An unchanged session is recognised by its text, and the answer goes out as if there were no session. A changed one
 * is stored before the headers go out, so that Redis being away is told with 503: express-session would send all but
 * the last byte first.
 *
 * @param next - is told what is found to be wrong with an answer only when its session has been stored
 */
export function takeOverEnd(context: RequestContext, plainEnd: End, next: NextFunction): void {
  const { request, response } = context;
  context.loaded = request.session;
  const firstEnd = writersOf(response).end;
  let ends = false;
  let isUnstorable = false;
  response.end = function endWithSession(this: Response, ...args: Parameters<End>): Response {
    if (ends) return this;
    const { session } = request as Partial<Pick<typeof request, "session">>;
    // Another that the app has taken from the store itself.
    if (typeof session?.id === "string" && session.id !== context.loaded?.id) context.joinExpressSession();
    const { loaded, loadedJson } = context;
    const sessionEnd = context.sessionEnd ?? firstEnd;
    // Gone after req.session.destroy(), another after signing in or out: express-session knows what to do.
    if (!session || session.id !== loaded?.id) return sessionEnd.apply(this, args);
    let isUnchanged: boolean;
    try {
      isUnchanged = JSON.stringify(session) === loadedJson && context.unsettledJson === null;
    } catch (error) {
      // No text can be made of it. Whoever has been told so answers that, and to throw again would end the process.
      if (isUnstorable) return plainEnd.apply(this, args);
      isUnstorable = true;
      throw error;
    }
    if (isUnchanged) return endUnchanged(this, plainEnd, args);
    ends = true;
    const letGo = holdAnswer(this);
    context.isAnswerHeld = letGo !== null;
    session.save((error: unknown) => {
      ends = false;
      context.isAnswerHeld = false;
      letGo?.();
      response.end = (error ? plainEnd : sessionEnd) as Response["end"];
      if (!error) endLate(context, () => sessionEnd.apply(this, args), plainEnd, next);
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
 * Express makes a buffer of what it sends. A short body that is text goes to the socket in one piece with the headers,
 * which takes much less than two. Whoever has an `end` or a socket of their own, as middlewares and adapters for
 * functions in a cloud do, is given what it would be without this package.
 */
function endUnchanged(response: Response, plainEnd: End, args: Parameters<End>): Response {
  const [body, ...others] = args;
  const isShort = Buffer.isBuffer(body) && body.length <= SHORT_BODY_BYTES && others.every(isUndefined);
  const isNodes = plainEnd === NODES_END && response.socket instanceof Socket;
  return isShort && isNodes
    ? plainEnd.call(response, body.toString("latin1"), "latin1")
    : plainEnd.apply(response, args);
}

const NODES_END: unknown = Reflect.get(ServerResponse.prototype, "end");
const isUndefined = (value: unknown): boolean => value === undefined;

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
