import type { Response } from "express";

/** Headers by which an app tells shared caches to keep an answer, in lower case. */
const CACHE_HEADERS =
  /^(?:expires|surrogate-control|edge-control|x-accel-expires|(?:.+-)?cdn-cache-control)$/;
const SHARED = /(?:^|[\s,])(?:public|immutable|s-maxage)(?=[\s,=]|$)/i;

/** True if shared caches may keep the answer or update one with it, because the handler says so or by its status. */
export function isForSharedCaches(response: Response): boolean {
  const { statusCode } = response;
  if (statusCode === 304 || statusCode === 206) return true;
  return SHARED.test(String(response.getHeader("Cache-Control") ?? ""));
}

/** Forbids every cache to keep the answer, because it sets a cookie of one browser (rule M13). */
export function forbidSharing(response: Response): void {
  for (const name of response.getHeaderNames()) if (CACHE_HEADERS.test(name)) response.removeHeader(name);
  // An event stream must not be compressed.
  const isFixed = String(response.getHeader("Cache-Control")).includes("no-transform");
  response.setHeader("Cache-Control", isFixed ? "no-store, no-transform" : "no-store");
}
