import type { SessionData } from "express-session";

/**
 * Reads the app's session data as connect-redis stores it, with a cookie that has no life of its own: how
 * long it lives is decided on each request. `null` if it can't be read.
 */
export function parseSessionData(json: string): SessionData | null {
  try {
    const data = JSON.parse(json) as Partial<SessionData> | null;
    if (typeof data !== "object" || data === null || Array.isArray(data)) return null;
    const { cookie } = data;
    if (typeof cookie !== "object" || Array.isArray(cookie)) return null;
    Object.assign(cookie, { originalMaxAge: null, expires: null });
    return data as SessionData;
  } catch {
    return null;
  }
}
