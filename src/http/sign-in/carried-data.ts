import type { SessionData } from "express-session";
import type { Check } from "../../check-options.js";
import type { RequestContext } from "../request/context.js";

/**
 * Decides if the new session keeps a field of the request's session. `isUnchanged` is true if the request has
 * left the field as it was loaded.
 */
export type Keeps = (name: string, isUnchanged: boolean) => boolean;

/**
 * Returns the data of the request's session for a new session of `userId`. A field of another user's session is
 * included only if this request has written it (rule M8).
 */
export function carriedData(
  { request, loaded, loadedUserId }: RequestContext,
  userId: string,
  keeps: Keeps,
): Record<string, unknown> {
  const before = loaded === null ? {} : (JSON.parse(loaded.json) as Record<string, unknown>);
  const isAnothers = loadedUserId !== null && loadedUserId !== userId;
  return Object.fromEntries(
    Object.entries(dataOf(request.session)).filter(([name, value]) => {
      const isUnchanged = Object.hasOwn(before, name) && isSameJson(value, before[name]);
      return !(isAnothers && isUnchanged) && keeps(name, isUnchanged);
    }),
  );
}

/** All data of an anonymous session, none, or the named fields. */
export type KeepData = boolean | readonly string[];

/** Checks the option `keepData`. */
export const isKeepData: Check = (value) =>
  typeof value === "boolean" || (Array.isArray(value) && value.every((name) => typeof name === "string"))
    ? null
    : 'must be true, false, or an array of field names such as ["cart"]';

/** True if `keepData` names the field. */
export function isNamed(keepData: KeepData, name: string): boolean {
  return typeof keepData === "boolean" ? keepData : keepData.includes(name);
}

/** Returns the rule for the option `keepData` of `signIn`. Data of the same user's session always stay (rule M38). */
export function keepsNamed(
  { loadedUserId }: RequestContext,
  { userId, keepData = true }: { readonly userId: string; readonly keepData?: KeepData },
): Keeps {
  return (name) => loadedUserId === userId || isNamed(keepData, name);
}

function isSameJson(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Returns the app's own data in a session. */
export function dataOf(session: Partial<SessionData> | null | undefined): Record<string, unknown> {
  // There is no session after req.session.destroy() or `req.session = null`, although the types promise one.
  return Object.fromEntries(
    Object.entries(session ?? {}).filter(([name]) => name !== "cookie" && name !== "__proto__"),
  );
}
