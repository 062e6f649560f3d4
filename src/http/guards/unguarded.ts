import type { Request, Response } from "express";
import { isPath, pathOf, pathOfUrl } from "../request/request-path.js";

/** Returns true for a request that a guard lets pass without a sign-in: a preflight, or the login page (rule M42). */
export function isUnguarded(request: Request, response: Response, loginUrl: string): boolean {
  if (isLoginPage(request, loginUrl)) return true;
  if (!isPreflight(request)) return false;
  dropBody(response);
  return true;
}

/** A guard in front of its own login page would redirect without end. */
function isLoginPage(request: Request, loginUrl: string): boolean {
  return loginUrl.startsWith("/") && isPath(pathOf(request), pathOfUrl(loginUrl));
}

/** Browsers send preflights without cookies, and the app may add `cors()` after the guard. */
function isPreflight({ method, headers }: Request): boolean {
  return (
    method === "OPTIONS" &&
    headers.origin !== undefined &&
    headers["access-control-request-method"] !== undefined &&
    !headers.cookie
  );
}

/** Browsers read a preflight's headers only. A handler for every method must not give its page away here. */
function dropBody(response: Response): void {
  const end = response.end.bind(response) as () => Response;
  response.write = () => true;
  response.end = (): Response => {
    if (!response.headersSent) response.removeHeader("Content-Length");
    return end();
  };
}
