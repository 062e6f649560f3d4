/** The number of a sign-in in its user's order, and the sessions that lose their places to it. */
import { CurfewError } from "../../errors.js";
import {
  CLASS_LIMITS,
  type BrowserLimitName,
  type DeviceClass,
  type EffectiveSettings,
  type SessionKind,
} from "../../policy/index.js";
import type { SessionView } from "../../wire.js";
import { userMessage } from "../keys.js";
import * as scripts from "../scripts.generated.js";
import type { Storage } from "../storage.js";
import type { InForce } from "../values/in-force.js";
import { classLimitsText, classNumber } from "./class-numbers.js";
import { endLapsed } from "./end-lapsed.js";
import { ENDED_RECORD_MS } from "./end-session.js";
import { candidatesIn, describe, judgeAll } from "./list-sessions.js";
import { lossesIn, type Loss } from "./losses.js";
import { refsOf } from "./over-among.js";
import { SENT_TWICE_MS } from "./settle-twins.js";
import { floorOf, parseEntries } from "./user-format.js";

/** The most browser sessions of one user (rule M36). */
const MAX_BROWSER_SESSIONS = 100;

/** A sign-in that asks for its number. */
export interface Claiming {
  readonly ref: string;
  readonly kind: SessionKind;
  readonly browserKey: string;
  /** Class of the browser's device. */
  readonly deviceClass: DeviceClass;
  /** Time at which the authentication began; `null` for the time of the call. */
  readonly authenticatedAt: number | null;
  /** True if the session takes over a session of express-session. No limit refuses it. @default false */
  readonly takesOver?: boolean;
}

/** The user of a sign-in. */
interface ClaimedUser {
  readonly tag: string;
  /** Text of the user's key at the time of the call. */
  readonly user: string;
  /** Text of the person's own rule. */
  readonly own: string;
}

/** The settings in force for a sign-in, and for the user's other sessions. */
interface ClaimedUnder {
  readonly settings: EffectiveSettings;
  readonly inForce: InForce;
}

/** The number of a sign-in, and the sessions that have lost their places. */
export interface Claim {
  readonly number: number;
  readonly lost: readonly Loss[];
  readonly replaced: readonly string[];
}

/**
 * Takes the sign-in's number in the user's order.
 *
 * @throws CurfewError `too_many_sessions`, `authentication_expired`
 */
export async function claimNumber(
  storage: Storage,
  claiming: Claiming,
  { settings, inForce }: ClaimedUnder,
  { tag, user, own }: ClaimedUser,
  expiresAt: number,
  now: number,
): Promise<Claim> {
  const isBrowser = claiming.kind === "browser";
  const looked = isFull(claiming, settings, user, now)
    ? await endLapsed(storage, user, lastingIn(user, now), inForce, now)
    : null;
  const reply = await storage.redis.run(scripts.claimSignIn, [
    storage.keys.user(tag),
    now,
    claiming.ref,
    claiming.kind,
    claiming.browserKey,
    expiresAt,
    (isBrowser ? settings.maxSessionsPerUser : null) ?? "",
    settings.whenLimitReached === "refuse_newest" && claiming.takesOver !== true ? "1" : "",
    expiresAt - now + ENDED_RECORD_MS,
    MAX_BROWSER_SESSIONS,
    SENT_TWICE_MS,
    floorOf(user),
    claiming.authenticatedAt === null ? "" : Math.floor(claiming.authenticatedAt),
    storage.keys.ends,
    userMessage(tag),
    own,
    inForce.book.groupEnds.latest + 1,
    classNumber(claiming.deviceClass),
    classLimitsText(settings),
    ...refsOf(looked?.over ?? []),
  ]);
  const [number, refs, replaced, text, ofClass] = reply as ClaimReply;
  if (number !== "")
    return { number: Number(number), lost: lossesIn([refs, ofClass as string[]], settings), replaced };
  if (refs.length === 0 && text === "") throw revokedMeanwhile();
  const candidates = await candidatesIn(storage, text, refs, now, looked?.records);
  const living = await judgeAll(storage, candidates, inForce, looked?.records);
  throw tooMany(
    living.map(describe),
    settings,
    ofClass === "1" ? CLASS_LIMITS[claiming.deviceClass] : "maxSessionsPerUser",
  );
}

type ClaimReply = [
  number: string,
  refs: string[],
  replaced: string[],
  text: string,
  ofClass: string[] | string,
];

const lastingIn = (user: string, now: number) => parseEntries(user).filter(({ endsAt }) => endsAt > now);

/** Returns true if the sign-in is above a limit, as far as the user's key says. */
function isFull(
  { kind, browserKey, deviceClass }: Claiming,
  settings: EffectiveSettings,
  user: string,
  now: number,
): boolean {
  if (kind !== "browser") return false;
  const entries = lastingIn(user, now);
  const others = entries.filter((entry) => entry.browserKey !== browserKey);
  const reaches = (found: typeof others, name: BrowserLimitName): boolean => {
    const limit = settings[name];
    return limit !== null && new Set(found.map((entry) => entry.browserKey)).size >= limit;
  };
  return (
    entries.length >= MAX_BROWSER_SESSIONS ||
    reaches(others, "maxSessionsPerUser") ||
    reaches(
      others.filter((entry) => entry.deviceClass === deviceClass),
      CLASS_LIMITS[deviceClass],
    )
  );
}

/** Returns the error for an authentication that began before an end of the user's sessions (rule M35). */
export function revokedMeanwhile(): CurfewError {
  return new CurfewError(
    "authentication_expired",
    "Sessions of the user were ended after this authentication began; authenticate the user again.",
  );
}

/** The devices of each limit, in a message. */
const DEVICES: Readonly<Record<BrowserLimitName, string>> = {
  maxSessionsPerUser: "browsers",
  maxDesktopsPerUser: "desktop computers",
  maxPhonesPerUser: "phones",
  maxTabletsPerUser: "tablets",
  maxOtherDevicesPerUser: "devices of its class",
};

function tooMany(
  sessions: readonly SessionView[],
  settings: EffectiveSettings,
  limit: BrowserLimitName,
): CurfewError {
  return new CurfewError(
    "too_many_sessions",
    `This account is signed in from as many ${DEVICES[limit]} as are allowed (${String(settings[limit])}). End one of those sessions first.`,
    { sessions, limit },
  );
}
