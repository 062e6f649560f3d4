import type { Request } from "express";
import { isExpress } from "./answers.js";

/** Returns the path that the browser requested, for any mount path of this middleware. */
export function pathOf(request: Request): string {
  if (isExpress(request)) return request.baseUrl + request.path;
  return request.url.split("?", 1)[0] ?? "";
}

/** Parameter of a page that reloads itself. */
export const REFRESH_PARAMETER = "curfew-refresh";

/** True for a page that has reloaded itself. No person asked for it, so it is not activity (rule M4). */
export const isRefresh = ({ url }: Request): boolean => url.includes(`${REFRESH_PARAMETER}=`);

/** Express takes no notice of case, nor of a slash at the end. */
export function isUnder(path: string, base: string): boolean {
  return `${path}/`.toLowerCase().startsWith(`${base}/`.toLowerCase());
}

/** True for the same path. Says so quickly of most other paths, since this is asked on each request. */
export function isPath(path: string, other: string): boolean {
  if (path.length - other.length > 1 || path.length < other.length) return false;
  return isUnder(path, other) && (path.length === other.length || path.endsWith("/"));
}

/** The path of a URL on this site, without query and fragment. */
export const pathOfUrl = (url: string): string => url.split(/[?#]/, 1)[0] ?? "";
