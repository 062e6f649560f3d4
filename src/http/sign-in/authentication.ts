import type { Request } from "express";
import { readSettings } from "../../state/settings/settings-store.js";
import { estimatedNow, type Storage } from "../../state/storage.js";
import { findContext } from "../request/context.js";

/**
 * Returns the start of an authentication; `null` for the time of the call. Before Redis's first reply to this process
 * `req.curfew.receivedAt` is 0. Then this function asks Redis first, so that no first sign-in or token of a process counts
 * as late (rules M21, M35).
 *
 * @param authenticatedAt - the app's value: `req.curfew.receivedAt`, or nothing
 */
export async function authenticationOf(
  request: Request,
  storage: Storage,
  authenticatedAt: number | undefined,
): Promise<number | null> {
  const context = findContext(request);
  if (authenticatedAt !== 0 || context?.receivedAt !== null) return authenticatedAt ?? null;
  await readSettings(storage);
  return estimatedNow(storage, context.arrivedAt) ?? authenticatedAt;
}
