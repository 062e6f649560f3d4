import { CurfewError } from "../../errors.js";
import {
  ceilingOf,
  signInTerms,
  type Administrator,
  type Agent,
  type DeviceClass,
  type EffectiveSettings,
  type Place,
  type SessionGroups,
  type SessionKind,
  type SessionRecord,
  type SignInRequest,
  type SignInTerms,
} from "../../policy/index.js";
import { nextDeadline, queueSweep } from "../list/due-list.js";
import { claimNumber, revokedMeanwhile, type Claiming } from "./claim-number.js";
import { cleanUpFallen, cleanUpLosses, ENDED_RECORD_MS } from "./end-session.js";
import { evictedBy } from "./list-sessions.js";
import { keptForOld } from "./old-sessions.js";
import { latestOwn, ownRuleLost, readOwnRule } from "./own-rule.js";
import { placeOther } from "./place-other.js";
import { readUser } from "./read-order.js";
import { countriesOf } from "./read-records.js";
import { ownRuleIn, parseEntries } from "./user-format.js";
import { ACTIVITY_FIELD } from "./record-fields.js";
import { recordText } from "./record-format.js";
import type { SessionLabels } from "../values/session-labels.js";
import type { Fact } from "../replica-wait.js";
import { listOn } from "../list/shelves.js";
import { readSettings } from "../settings/settings-store.js";
import type { Storage } from "../storage.js";
import { readOfUser } from "../user-tags.js";

/** A sign-in as the app requests it, with facts about the browser. */
export interface Opening extends Omit<SignInRequest, "ceilingAt">, Claiming {
  /** The time that the session never passes, in milliseconds since 1970. */
  readonly endsAt: number | null;
  readonly secretHash: string;
  readonly userId: string;
  readonly credentialsType: string | null;
  readonly agent: Agent;
  readonly ip: string | null;
  /** True if the sign-in's request has `Sec-Fetch-User: ?1`. */
  readonly sendsUser: boolean;
  readonly labels: SessionLabels;
  /** Looks the address up; asked only while locations are tracked. */
  locate(ip: string | null): Promise<Place>;
  /** The app's data, in connect-redis's format. */
  readonly data: string;
  /** The administrator of a sudo session. @default null */
  readonly administrator?: Administrator | null;
  /**
   * True if the session takes over a session of express-session (rule M44). No limit refuses it, and if several processes
   * open it at once, one of them does. @default false
   */
  readonly takesOver?: boolean;
}

/** A session that has been opened, and under which settings. */
export interface OpenedSession {
  /** The tag of its user, for the cookie. */
  readonly tag: string;
  readonly record: SessionRecord;
  /** Class of the browser's device; `null` in sessions of another kind than `browser`. */
  readonly deviceClass: DeviceClass | null;
  readonly settings: EffectiveSettings;
  readonly settingsVersion: number;
  readonly now: number;
  /** False if another process took over the same session of express-session first. */
  readonly isFirst: boolean;
  /** Countries of the user's other browsers, for the event `newDevice`. */
  readonly otherCountries: readonly string[];
  /** Earlier sessions of the same browser, for the caller to end (rule C3): nothing in the user's key does. */
  readonly replaced: readonly string[];
}

/**
 * Opens a session: takes its number in the user's order, ends the sessions that it replaces, and stores record, data
 * and row. Returns when everything is stored.
 *
 * @throws CurfewError `too_many_sessions` if a limit refuses it; `details.sessions` lists the living sessions.
 * `authentication_expired` if its own end is in the past, or all of the user's sessions have been ended since the
 * authentication began (rule M35). `redis_unavailable` also if the person's own rule is unreadable
 */
export async function openSession(storage: Storage, opening: Opening): Promise<OpenedSession> {
  const [{ inForce, version, now }, { tag, found: user }, saved] = await Promise.all([
    readSettings(storage),
    readOfUser(storage, opening.userId, (named) => readUser(storage, named)),
    readOwnRule(storage, opening.userId),
  ]);
  const own = latestOwn(ownRuleIn(user), saved, now);
  const { credentialsType, labels, authenticatedAt } = opening;
  const groups = { tenant: labels.tenant ?? null, roles: labels.roles ?? [], credentialsType };
  if (authenticatedAt !== null && inForce.book.groupEnds.covers(groups, authenticatedAt))
    throw revokedMeanwhile();
  const settings = inForce.for(groups, own);
  if (!settings) throw ownRuleLost(storage, opening.userId);
  const ceilingAt = ceilingOf(opening.lifetimeMinutes, opening.endsAt, now);
  if (ceilingAt !== null && ceilingAt <= now)
    throw new CurfewError("authentication_expired", "endsAt is in the past; authenticate the user again.");
  const terms = signInTerms({ ...opening, ceilingAt }, settings, now);
  const nowhere = { city: null, state: null, country: null };
  const ip = settings.trackLocation ? opening.ip : null;
  const [place, otherCountries] = settings.trackLocation
    ? await Promise.all([opening.locate(ip), countriesOf(storage, parseEntries(user))])
    : [nowhere, []];
  const claimed = await claimNumber(
    storage,
    opening,
    { settings, inForce },
    { tag, user, own },
    terms.expiresAt,
    now,
  );
  const { replaced, number } = claimed;

  const record = newRecord(opening, { number, now, terms, ceilingAt, place, ip, groups });
  if (storage.settings.current.inForce.endOf(record)) throw revokedMeanwhile();
  const [fallen, isFirst] = await Promise.all([
    placeOther(storage, opening.ref, tag, record, now),
    storeSession(storage, opening, record, now),
    queueSweep(storage, [opening.ref], nextDeadline(record, settings), now),
  ]);
  const eviction = { reason: "evicted", at: now, by: evictedBy(opening.ref, record) } as const;
  cleanUpLosses(storage, claimed.lost, eviction);
  cleanUpFallen(storage, tag, fallen, eviction);
  const deviceClass = opening.kind === "browser" ? opening.deviceClass : null;
  return {
    tag,
    record,
    deviceClass,
    settings,
    settingsVersion: version,
    now,
    isFirst,
    otherCountries,
    replaced,
  };
}

/** Facts of a new session that its opening does not have. */
interface NewFacts {
  readonly number: number;
  readonly now: number;
  readonly terms: SignInTerms;
  readonly ceilingAt: number | null;
  readonly place: Place;
  readonly ip: string | null;
  readonly groups: SessionGroups;
}

function newRecord(opening: Opening, facts: NewFacts): SessionRecord {
  const { labels, takesOver = false, administrator = null } = opening;
  const { number, now, terms, ceilingAt, place, ip, groups } = facts;
  return {
    number,
    browserKey: opening.browserKey,
    userId: opening.userId,
    kind: opening.kind,
    signedInAt: now,
    expiresAt: terms.expiresAt,
    lastActivityAt: now,
    extendedAt: null,
    extendedCount: 0,
    persistent: terms.persistent,
    persistentCookie: terms.persistent,
    reportsInput: false,
    sendsUser: opening.sendsUser,
    ceilingAt,
    ...opening.agent,
    ...place,
    ip,
    ...groups,
    tags: labels.tags ?? [],
    metadata: labels.metadata ?? {},
    takenOver: takesOver,
    isAuthenticationKnown: !takesOver && administrator === null,
    administrator,
    end: null,
  };
}

/**
 * Writes what makes a session real: its record, its data and its row in the list of all.
 *
 * Several processes may take over one session at once. Then the record decides, and the others find it. It stays until
 * takeovers end, so that an ended session never comes back by its old cookie.
 *
 * @returns false if another process has stored it
 */
async function storeSession(
  storage: Storage,
  { ref, secretHash, data, takesOver = false }: Opening,
  record: SessionRecord,
  now: number,
): Promise<boolean> {
  const { redis, keys } = storage;
  const livesMs = record.expiresAt - now;
  const level = storage.list.level;
  const text = recordText(record, level, secretHash);
  const keptMs = livesMs + ENDED_RECORD_MS;
  const list = (): Promise<void> => listOn(storage, level, ref, record.expiresAt, now);
  if (!takesOver) {
    await Promise.all([
      redis.call("SET", [keys.record(ref), text, "PX", keptMs]),
      redis.call("SET", [keys.data(ref), data, "PX", livesMs]),
      list(),
    ]);
    return true;
  }
  // A request that finds the record needs the data.
  await redis.call("SET", [keys.data(ref), data, "PX", livesMs, "NX"]);
  const recordArgs = [keys.record(ref), text, "PX", keptForOld(storage, keptMs, now), "NX"];
  const isFirst = (await redis.call("SET", recordArgs)) !== null;
  if (isFirst) await list();
  return isFirst;
}

/** Returns the facts that a session is open: its record, and its place in the user's order, which decides evictions. */
export function openedFacts({ keys }: Storage, tag: string, kind: SessionKind, ref: string): Fact[] {
  return [
    kind === "browser"
      ? { key: keys.user(tag), field: "", holds: ref }
      : { key: keys.others(tag), field: ref, holds: "" },
    { key: keys.record(ref), field: ACTIVITY_FIELD, holds: "" },
  ];
}
