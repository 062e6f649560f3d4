/** The decision about a token: the same facts and rules as for a browser's session, without cookies. */
import { MINUTE_MS, verdict } from "../../policy/index.js";
import { noteActivity } from "../../state/sessions/change-session.js";
import { endSessionSoon } from "../../state/sessions/end-session.js";
import { readSession } from "../../state/sessions/read-session.js";
import { bounded, type Storage } from "../../state/storage.js";
import type { TokenSession } from "./bearer-options.js";
import { parseToken } from "./bearer-token.js";

/** Interval between two stored uses of a token, in milliseconds. Lists show the last use. */
const USE_INTERVAL_MS = MINUTE_MS;

/** A living token, and the time at which that was found. */
export interface JudgedToken {
  readonly session: TokenSession;
  readonly now: number;
}

/** Returns a new session's data: a token has no app's data, only its scopes. The format is connect-redis's. */
export function encodeData(scopes: readonly string[]): string {
  return JSON.stringify({ cookie: { originalMaxAge: null }, scopes });
}

/** Reads the scopes; `null` if the data make no sense. Then the token permits nothing. */
function scopesIn(data: string | null): readonly string[] | null {
  try {
    const { scopes } = JSON.parse(data ?? "null") as { readonly scopes?: unknown };
    return Array.isArray(scopes) && scopes.every((each) => typeof each === "string") ? scopes : null;
  } catch {
    return null;
  }
}

/**
 * Judges a token in one round trip. An end that is found here is recorded before the answer. Only sessions of the kind
 * `api` have tokens.
 *
 * @returns `null` unless the session continues
 * @throws CurfewError `redis_unavailable`
 */
export async function judgeToken(storage: Storage, token: string | null): Promise<JudgedToken | null> {
  const id = token === null ? null : parseToken(token);
  if (!id) return null;
  const reading = await readSession(storage, id);
  const { record, standing, effective, shown, now } = reading;
  if (record?.kind !== "api" || !standing || shown !== "present") return null;
  const judged = verdict(record, standing, effective, now);
  if (judged.state === "ended") {
    if (!record.end) await endSessionSoon(bounded(storage), id.ref, { reason: judged.reason, at: judged.at });
    return null;
  }
  const scopes = scopesIn(reading.data);
  if (!scopes) return null;
  const { userId, tenant, roles, signedInAt, lastActivityAt } = record;
  const { endsAt } = judged;
  if (now - lastActivityAt >= USE_INTERVAL_MS) noteUse(storage, id.ref, endsAt, now);
  return {
    session: { ref: id.ref, userId, scopes, tenant, roles, issuedAt: signedInAt, expiresAt: endsAt },
    now,
  };
}

/** Stores in the background that a token was used. No rule reads the time. */
function noteUse(storage: Storage, ref: string, endsAt: number, now: number): void {
  storage.backgroundWork.begin(
    () => noteActivity({ ...storage, redis: storage.background }, { ref, verdict: { endsAt } }, now),
    (error) => {
      storage.events.warn("write_failed", `Storing the use of a token: ${String(error)}`);
    },
  );
}
