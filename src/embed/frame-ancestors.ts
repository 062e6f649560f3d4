import type { Response } from "express";

const DIRECTIVE = /(^|;)\s*frame-ancestors(?![\w-])[^;]*/i;

/**
 * Lets pages of these sites show an answer in a frame, and no other site's. It replaces what the app or helmet has said about
 * frames, and keeps all else of their policies.
 *
 * @param ancestors - origins; none forbids every frame
 */
export function setFrameAncestors(response: Response, ancestors: readonly string[]): void {
  const directive = `frame-ancestors ${ancestors.length === 0 ? "'none'" : ancestors.join(" ")}`;
  response.removeHeader("X-Frame-Options");
  const policies = [response.getHeader("Content-Security-Policy") ?? []]
    .flat()
    .flatMap((line) => String(line).split(","))
    .map((policy) => policy.replace(DIRECTIVE, "$1").trim())
    .filter((policy) => policy.replace(/[;\s]/g, "") !== "");
  // A policy of its own: browsers keep to each of several (CSP Level 3, 3.3).
  response.setHeader("Content-Security-Policy", [...policies, directive]);
}
