import type { Response } from "express";
import { sendUnavailable } from "./answers.js";
import type { RequestContext } from "./context.js";

type End = (chunk?: unknown, encoding?: unknown, callback?: unknown) => Response;

/** The answer's own `end`, to be taken before express-session puts its own in place. */
export function endOf(response: Response): End {
  return (response as unknown as { readonly end: End }).end;
}

/**
 * Ends answers of requests whose session was loaded from Redis.
 *
 * An unchanged session is recognised by its text, and the answer goes out as if there were no session:
 * express-session would hash it. A changed one is stored before the headers go out, so that Redis being away
 * is told with 503: express-session would send all but the last byte first.
 */
export function takeOverEnd(context: RequestContext, plainEnd: End): void {
  const { request, response, loadedJson } = context;
  const loaded = request.session;
  const sessionEnd = endOf(response);
  let ends = false;
  response.end = function endWithSession(this: Response, ...args: Parameters<End>): Response {
    if (ends) return this;
    // Gone after req.session.destroy(), another after signing in or out: express-session knows what to do.
    const isLoaded = (request.session as unknown) === loaded;
    if (isLoaded && JSON.stringify(loaded) === loadedJson) return plainEnd.apply(this, args);
    if (!isLoaded || this.headersSent) return sessionEnd.apply(this, args);
    ends = true;
    loaded.save((error: unknown) => {
      ends = false;
      response.end = (error ? plainEnd : sessionEnd) as Response["end"];
      if (error) {
        clearAnswer(this);
        sendUnavailable(request, this);
      } else sessionEnd.apply(this, args);
    });
    return this;
  } as Response["end"];
}

/** Takes back what the handler has said of an answer that is not going to be sent. */
function clearAnswer(response: Response): void {
  for (const name of ["Content-Length", "Content-Encoding", "ETag", "Location", "Last-Modified"])
    response.removeHeader(name);
}
