import type { ServerResponse } from "node:http";
import type { Request, Response } from "express";
import { RETRY_AFTER_SECONDS } from "../../errors.js";
import { isDocumentRequest, safeReturnTo } from "../../policy/index.js";
import type { EndedEvent } from "../../wire.js";
import { addressForBrowser, findContext } from "./context.js";
import type { EndedState } from "./request-state.js";

/** A problem document (RFC 9457); `error` is the short name that programs switch on. */
export interface Problem {
  readonly status: number;
  readonly error: string;
  readonly title: string;
  readonly [member: string]: unknown;
}

/** Forbids every cache to store the answer, and names the headers on which the answer depends. */
export function forbidStorage(response: Response): void {
  response.setHeader("Cache-Control", "no-store");
  // The result of Express's vary() for an answer without the header, without its parsing.
  if (response.getHeader("Vary") === undefined) response.setHeader("Vary", "Cookie");
  else response.vary("Cookie");
}

/** Socket servers run session middleware in their handshake, on a request that Express has not prepared. */
export function isExpress(request: Request): boolean {
  return (request.app as unknown) !== undefined;
}

/** Answers with `application/problem+json`. */
export function sendProblem(response: Response, problem: Problem): void {
  forbidStorage(response);
  response
    .status(problem.status)
    .type("application/problem+json")
    .send(JSON.stringify({ type: "about:blank", ...problem }));
}

/**
 * Answers that Redis can't be asked: 503, so that nothing opens and clients come back by themselves. A page
 * gets plain text, never a redirect to the login page, for the user may well be signed in.
 */
export function sendUnavailable(request: Request, response: Response): void {
  response.setHeader("Retry-After", String(RETRY_AFTER_SECONDS));
  const title = "Sessions can't be checked right now. Please try again in a moment.";
  // Node's own answer in a socket server's handshake has none of Express's methods.
  if (typeof response.status !== "function") {
    (response as ServerResponse).setHeader("Cache-Control", "no-store");
    (response as ServerResponse).writeHead(503, { "Content-Type": "text/plain; charset=utf-8" }).end(title);
    return;
  }
  if (!isDocumentRequest(request)) {
    sendProblem(response, { status: 503, error: "redis_unavailable", title });
    return;
  }
  forbidStorage(response);
  response.status(503).type("text/plain").send(title);
}

/** Returns an end for clients, with the age of the evicting sign-in, because clocks differ. @param now - the deciding clock, if it is known */
export function describeEnd(
  { reason, by }: Pick<EndedState, "reason" | "by">,
  now: number | null,
): EndedEvent {
  const { device = null, place = null, at = 0 } = by ?? {};
  return { reason, ...(by && { by: { device, place, agoMs: Math.max(0, (now ?? at) - at) } }) };
}

/** Returns the address of the login page with parameters. */
export function loginAddress(loginUrl: string, parameters: Record<string, string | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, value);
  const text = query.toString();
  return text === "" ? loginUrl : `${loginUrl}${loginUrl.includes("?") ? "&" : "?"}${text}`;
}

/** The page to come back to after signing in: the one asked for, if asking for it again is harmless. */
export function returnTo(request: Request): string | undefined {
  if (request.method !== "GET" && request.method !== "HEAD") return undefined;
  const path = safeReturnTo(request.originalUrl, "");
  return path === "" ? undefined : addressForBrowser(request, path);
}

/** True for a navigation of a frame too, which {@link isDocumentRequest} leaves out. */
const acceptsPages = (request: Request): boolean => (request.get("accept") ?? "").includes("text/html");

/** Answers a frame of another site in plain words, because no login page may open there. */
export function sendEndedFrame(response: Response, status: number, title: string): void {
  forbidStorage(response);
  response.status(status).type("text/plain").send(`${title} Reload the page around it.`);
}

/** Redirects a visitor without a session to the login page, or answers a program with 401. */
export function sendSignInRequired(request: Request, response: Response, loginUrl: string): void {
  const ended = request.curfew.state === "ended" ? request.curfew : null;
  // The browser's cached pages of the session are deleted with the session.
  if (ended) response.setHeader("Clear-Site-Data", '"cache"');
  response.vary("Accept").vary("Sec-Fetch-Mode");
  const reason = ended?.reason;
  if (findContext(request)?.isEmbedded === true && acceptsPages(request)) {
    sendEndedFrame(response, 401, ended ? "This session has ended." : "No user is signed in here.");
    return;
  }
  if (isDocumentRequest(request)) {
    forbidStorage(response);
    response.redirect(303, loginAddress(loginUrl, { reason, return_to: returnTo(request) }));
    return;
  }
  sendProblem(response, {
    status: 401,
    ...(ended ? endedProblem(ended) : { error: "not_signed_in", title: "No user is signed in." }),
    loginUrl: loginAddress(loginUrl, { reason }),
  });
}

function endedProblem(ended: EndedState): Omit<Problem, "status"> & { error: string; title: string } {
  const title = "The session has ended.";
  return { error: "session_ended", title, ...describeEnd(ended, ended.checkedAt) };
}
