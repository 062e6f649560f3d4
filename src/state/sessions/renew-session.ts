import { MINUTE_MS, signInTerms, type SessionCore, type EffectiveSettings } from "../../policy/index.js";
import { levelOf } from "../list/shelves.js";
import * as scripts from "../scripts.generated.js";
import { clockArgument, estimatedNow, type Storage } from "../storage.js";
import { makeRoom, relist, type JudgedSession } from "./change-session.js";
import { ENDED_RECORD_MS } from "./end-session.js";
import { underOffer, type Offer } from "./record-secrets.js";

/** Within how many milliseconds of an offer another re-authentication is the same form sent twice. */
const SENT_TWICE_MS = 10_000;

/** A session that was found living, and by which settings, and when. */
interface FoundSession extends JudgedSession {
  readonly settings: EffectiveSettings;
  readonly now: number;
}

/** A re-authentication, with the facts at its judgement. */
export interface Renewal extends FoundSession {
  /** The hash of the secret that its request shows, and of the new one. */
  readonly shownHash: string;
  readonly offeredHash: string;
}

/** Result of a re-authentication: the session under its new window, `repeated` or `ended`. */
export type Renewed = SessionCore | "repeated" | "ended";

/**
 * Offers a session a new secret and a new window, in one deciding write (rules N14, M25). The session keeps its
 * handle and its place in its user's order. Until a request shows the new secret, the session continues under the
 * present secret. So the browser stays signed in even if the answer is lost.
 *
 * @param roomUntil - result of {@link makeRoomToRenew}
 */
export async function renewSession(storage: Storage, roomUntil: number, renewal: Renewal): Promise<Renewed> {
  const { ref, record, now } = renewal;
  const offer = { ...termsOf(renewal), at: now, secretHash: renewal.offeredHash };
  if (offer.expiresAt > roomUntil) await makeRoom(storage, renewal, offer.expiresAt, now);
  const [result, level] = (await storage.redis.run(scripts.offerSecret, [
    storage.keys.record(ref),
    renewal.shownHash,
    renewal.offeredHash,
    now,
    offer.expiresAt - now,
    offer.persistent ? "1" : "",
    offer.expiresAt - now + ENDED_RECORD_MS,
    SENT_TWICE_MS,
    renewal.verdict.endsAt,
    clockArgument(storage),
  ])) as [number, string?];
  if (result === 0) return "repeated";
  if (result !== 1) return "ended";
  relist(storage, ref, levelOf(level), Math.max(offer.expiresAt, record.expiresAt), now);
  return underOffer(record, offer);
}

/** Within how many milliseconds the verdict on a re-authentication usually comes. A later one makes room once more. */
const VERDICT_WITHIN_MS = 1_000;

/**
 * Makes room for the end that a re-authentication will bring.
 *
 * @returns the time until which there is room, in milliseconds since 1970
 */
export async function makeRoomToRenew(storage: Storage, found: FoundSession): Promise<number> {
  // The handler may have taken long since the session was found.
  const now = estimatedNow(storage, performance.now()) ?? found.now;
  const until = termsOf({ ...found, now }).expiresAt + VERDICT_WITHIN_MS;
  await makeRoom(storage, found, until, now);
  return until;
}

function termsOf({ record, settings, now }: FoundSession): Pick<Offer, "expiresAt" | "persistent"> {
  const { kind, persistent, expiresAt, signedInAt, ceilingAt } = record;
  // A browser's lifetime is the settings' to say; an API's or an embedded session's was the app's.
  const lifetimeMinutes = kind === "browser" ? null : (expiresAt - signedInAt) / MINUTE_MS;
  return signInTerms({ kind, persistent, lifetimeMinutes, ceilingAt }, settings, now);
}

/** Makes the offered secret the present one, in the background, once a request has shown it (rule M28). */
export function showSecretSoon(storage: Storage, ref: string, secretHash: string, now: number): void {
  storage.backgroundWork.begin(
    () => storage.background.run(scripts.showSecret, [storage.keys.record(ref), secretHash, now]),
    (error) => {
      storage.events.warn("write_failed", `Taking up a re-authentication: ${String(error)}`);
    },
  );
}
