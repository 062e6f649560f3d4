import type { Request } from "express";
import { isExpress } from "../request/answers.js";

/** The path the browser asked for, wherever this middleware is mounted. */
export function pathOf(request: Request): string {
  if (isExpress(request)) return request.baseUrl + request.path;
  return request.url.split("?", 1)[0] ?? "";
}

/** Express takes no notice of case, nor of a slash at the end. */
export function isUnder(path: string, base: string): boolean {
  return `${path}/`.toLowerCase().startsWith(`${base}/`.toLowerCase());
}
