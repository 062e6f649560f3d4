/** The text of a user's key, `curfew:u:<tag>`. Scripts write it; lib/user-key.lua describes it. */
import {
  CLASS_LIMITS,
  limitsClasses,
  type ClassLimits,
  type DeviceClass,
  type EndReason,
  type SessionCore,
  type Settings,
  type UserStanding,
} from "../../policy/index.js";
import { BROWSER_KEY_LENGTH, REF_LENGTH } from "../keys.js";
import { knownClass } from "./class-numbers.js";

const VERSION = "2";
const RADIX = 36;
const NUMBER_LENGTH = 9;
const REASON_AT = 1;
const FLOOR_AT = 5;
const FLOOR_AT_AT = 14;
const SPARED_AT = 23;
const EVICTED_AT = 32;
const LATEST_AT = 41;
const OTHERS_AT = 50;
const RULE_AT = 2;
const RULE_DIGITS = 3;
const NO_RULE = "---";
const HEAD_LENGTH = 59;
const BROWSER_AT = REF_LENGTH;
const NUMBER_AT = BROWSER_AT + BROWSER_KEY_LENGTH;
const END_AT = NUMBER_AT + NUMBER_LENGTH;
const ENTRY_LENGTH = END_AT + NUMBER_LENGTH;

/** The last number of an entry: its own end, and this many milliseconds for each number of its class before. */
const CLASS_STEP = 2e13;

/** Place of the last revocation's time, for confirmWrite-1.lua. */
export const FLOOR_AT_PLACE = `${String(FLOOR_AT_AT + 1)}-${String(FLOOR_AT_AT + NUMBER_LENGTH)}`;

/** Place of the number of the person's own rule, for confirmWrite-1.lua. */
export const OWN_REVISION_PLACE = `${String(HEAD_LENGTH + 1)}-${String(HEAD_LENGTH + NUMBER_LENGTH)}`;

/** The letters under which reasons are stored. */
const LETTERS: Readonly<Record<EndReason, string>> = {
  idle: "i",
  absolute: "a",
  evicted: "e",
  revoked: "r",
  revoked_by_admin: "m",
  signed_out: "s",
  unknown: "-",
};
const REASONS: ReadonlyMap<string, EndReason> = new Map(
  Object.entries(LETTERS).map(([reason, letter]) => [letter, reason as EndReason]),
);

/** Returns the letter of a reason, as revokeAll-1.lua stores it. */
export const letterOf = (reason: EndReason): string => LETTERS[reason];

/** A browser session's place in its user's order. */
export interface BrowserEntry {
  readonly ref: string;
  readonly browserKey: string;
  readonly number: number;
  /** Its own absolute end, in milliseconds since 1970. */
  readonly endsAt: number;
  /** `null` in a damaged entry. */
  readonly deviceClass: DeviceClass | null;
}

/** An API, embed or sudo session's place in the order of those. */
export type OtherEntry = Omit<BrowserEntry, "browserKey" | "deviceClass">;

/** The session that is judged. */
export type JudgedFacts = Pick<SessionCore, "kind" | "number" | "browserKey">;

/** True if the text has the form of a user's key. Its numbers may be damaged all the same. */
export function isUserText(text: string): boolean {
  const { length } = text;
  const entries = length - entriesAt(text);
  return text.startsWith(VERSION) && entries >= 0 && entries % ENTRY_LENGTH === 0;
}

/** Returns the place of the first entry, behind the head and the person's own rule; NaN in a damaged text. */
function entriesAt(text: string): number {
  if (text.startsWith(NO_RULE, RULE_AT)) return HEAD_LENGTH;
  return HEAD_LENGTH + numberAt(text, RULE_AT, RULE_DIGITS);
}

/** Returns the text of the person's own rule in a user's key; "" if there is none or the text is not a user's key. */
export function ownRuleIn(text: string): string {
  const end = entriesAt(text);
  return end > HEAD_LENGTH ? text.slice(HEAD_LENGTH, end) : "";
}

/** Reads the number that begins there. Anything else is NaN, which no rule lets pass. */
function numberAt(text: string, at: number, length = NUMBER_LENGTH): number {
  let number = 0;
  for (let i = at; i < at + length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) number = number * RADIX + code - 48;
    else if (code >= 97 && code <= 122) number = number * RADIX + code - 87;
    else return Number.NaN;
  }
  return number;
}

/** The limits under which the standing of a session is read. With limits of classes there is one of all browsers, too. */
export type CountedLimits = ClassLimits & Pick<Settings, "maxSessionsPerUser">;

/**
 * Reads the user's facts that affect one session. Newer browsers are counted only if the user has as many other
 * browsers as a limit lets be newer; the count is 0 otherwise.
 *
 * @param limits - limits of browsers that end open sessions; `null` for none
 * @param over - refs that are over and do not count
 * @returns `null` if the text is not a user's key
 */
export function parseStanding(
  text: string,
  session: JudgedFacts,
  now: number,
  limits: CountedLimits | null,
  over: ReadonlySet<string> = NOBODY,
): UserStanding | null {
  if (!isUserText(text)) return null;
  const isBrowser = session.kind === "browser";
  const spared = numberAt(text, SPARED_AT);
  const place = isBrowser ? placeIn(text, session) : NO_PLACE;
  const isByClass = isBrowser && limits !== null && limitsClasses(limits);
  const deviceClass = isByClass && place.at !== NOWHERE ? classAt(text, place.at) : null;
  const isCounted = isBrowser && limits !== null;
  const others = (text.length - entriesAt(text)) / ENTRY_LENGTH - (place.at === NOWHERE ? 0 : 1);
  const mayBeAbove = isCounted && !(others < leastLimit(limits, deviceClass));
  const newer = mayBeAbove ? countNewer(text, session, deviceClass, limits, now, over) : NO_NEWER;
  return {
    floor: numberAt(text, FLOOR_AT),
    floorReason: REASONS.get(text.charAt(REASON_AT)) ?? "unknown",
    floorAt: numberAt(text, FLOOR_AT_AT),
    sparedNumber: spared === 0 ? null : spared,
    evictedBelow: numberAt(text, isBrowser ? EVICTED_AT : OTHERS_AT),
    newerBrowsers: newer.newerBrowsers,
    newerOfClass: newer.newerOfClass,
    deviceClass,
    hasPlace: !isBrowser || (isByClass ? deviceClass !== null : place.at !== NOWHERE),
    latestNumber: numberAt(text, LATEST_AT),
    replacedAt: isBrowser ? replacedAt(session, place) : null,
    groupEnd: null,
  };
}

/** Number of one browser's sessions that may live beside each other. They are twins while their cookie is unknown. */
const TWINS = 2;

/** Returns the time at which other sign-ins of the same browser replaced a session; `null` if none did (rule M10). */
function replacedAt(session: JudgedFacts, { at, twins }: BrowserPlace): number | null {
  if (twins.length === 0) return null;
  const latest = Math.max(...twins.map(({ number }) => number));
  if (at === NOWHERE) return Math.max(session.number, latest);
  return twins.filter(({ number }) => number > session.number).length >= TWINS ? latest : null;
}

/** The other sessions in the user's order that began in the same browser. */
export function twinsOf(text: string, session: JudgedFacts): readonly OtherEntry[] {
  return session.kind === "browser" ? placeIn(text, session).twins : NO_ENTRIES;
}

/** The place of a session in its user's order, and the other sessions of the same browser. */
interface BrowserPlace {
  /** Position of its entry in the text, or {@link NOWHERE}. */
  readonly at: number;
  readonly twins: readonly OtherEntry[];
}

function placeIn(text: string, { browserKey, number }: JudgedFacts): BrowserPlace {
  let twins: OtherEntry[] | null = null;
  let place = NOWHERE;
  for (let at = entriesAt(text); at < text.length; at += ENTRY_LENGTH) {
    if (!text.startsWith(browserKey, at + BROWSER_AT)) continue;
    const other = numberAt(text, at + NUMBER_AT);
    if (other === number) {
      place = at;
      continue;
    }
    twins ??= [];
    twins.push({ ref: text.slice(at, at + REF_LENGTH), number: other, endsAt: endAt(text, at) });
  }
  return { at: place, twins: twins ?? NO_ENTRIES };
}

const NO_ENTRIES: readonly OtherEntry[] = [];
const NOWHERE = -1;
const NO_PLACE: BrowserPlace = { at: NOWHERE, twins: NO_ENTRIES };

/** Returns the own end of the entry that begins there. */
const endAt = (text: string, entry: number): number => numberAt(text, entry + END_AT) % CLASS_STEP;

/** Returns the class of the entry that begins there; `null` if it makes no sense. */
function classAt(text: string, entry: number): DeviceClass | null {
  return knownClass(Math.floor(numberAt(text, entry + END_AT) / CLASS_STEP));
}

/** Returns the class of a browser session's device; `null` for other kinds, and without a place in the order. */
export function deviceClassIn(text: string, session: JudgedFacts): DeviceClass | null {
  if (session.kind !== "browser") return null;
  const { at } = placeIn(text, session);
  return at === NOWHERE ? null : classAt(text, at);
}

/** Returns the number below which a user's sessions are revoked; 0 if the text has none. */
export function floorOf(text: string): number {
  const floor = isUserText(text) ? numberAt(text, FLOOR_AT) : 0;
  return Number.isNaN(floor) ? 0 : floor;
}

/** Returns why all of a user's sessions were revoked; `unknown` without a text, `revoked` if the text does not say. */
export function floorReasonOf(text: string): EndReason {
  return text === "" ? "unknown" : (REASONS.get(text.charAt(REASON_AT)) ?? "revoked");
}

const NOBODY: ReadonlySet<string> = new Set();

type Newer = Pick<UserStanding, "newerBrowsers" | "newerOfClass">;
const NO_NEWER: Newer = { newerBrowsers: 0, newerOfClass: 0 };

/** Returns the lowest limit that can end a session of this class. */
function leastLimit(limits: CountedLimits, deviceClass: DeviceClass | null): number {
  const ofClass = deviceClass === null ? null : limits[CLASS_LIMITS[deviceClass]];
  return Math.min(limits.maxSessionsPerUser ?? Infinity, ofClass ?? Infinity);
}

/** Counts the other browsers, still signed in at `now` as far as their entries say, that signed in later. */
function countNewer(
  text: string,
  session: JudgedFacts,
  deviceClass: DeviceClass | null,
  limits: CountedLimits,
  now: number,
  over: ReadonlySet<string>,
): Newer {
  const browsers = new Set<string>();
  const ofClass = new Set<string>();
  const isLimited = deviceClass !== null && limits[CLASS_LIMITS[deviceClass]] !== null;
  const first = entriesAt(text);
  for (let at = text.length - ENTRY_LENGTH; at >= first; at -= ENTRY_LENGTH) {
    const number = numberAt(text, at + NUMBER_AT);
    if (number <= session.number) break;
    const browserKey = text.slice(at + BROWSER_AT, at + NUMBER_AT);
    const counts = number > session.number && endAt(text, at) > now;
    if (!counts || browserKey === session.browserKey || over.has(text.slice(at, at + REF_LENGTH))) continue;
    browsers.add(browserKey);
    if (isLimited && classAt(text, at) === deviceClass) ofClass.add(browserKey);
  }
  return { newerBrowsers: browsers.size, newerOfClass: ofClass.size };
}

/** Reads the browser sessions in a user's order, oldest first. Damaged entries are left out. */
export function parseEntries(text: string): BrowserEntry[] {
  const entries: BrowserEntry[] = [];
  if (!isUserText(text)) return entries;
  const latest = numberAt(text, LATEST_AT);
  for (let at = entriesAt(text); at < text.length; at += ENTRY_LENGTH) {
    const entry = {
      ref: text.slice(at, at + REF_LENGTH),
      browserKey: text.slice(at + BROWSER_AT, at + NUMBER_AT),
      number: numberAt(text, at + NUMBER_AT),
      endsAt: endAt(text, at),
      deviceClass: classAt(text, at),
    };
    if (entry.number <= latest) entries.push(entry);
  }
  return entries;
}

/** Reads the order of API, embed and sudo sessions, as readOthers-1.lua returns it, oldest first. */
export function parseOthers(flat: readonly string[]): OtherEntry[] {
  const entries: OtherEntry[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [ref = "", value = ""] = flat.slice(i, i + 2);
    const entry = { ref, number: numberAt(value, 0), endsAt: numberAt(value, NUMBER_LENGTH) };
    if (Number.isFinite(entry.number)) entries.push(entry);
  }
  return entries.sort((a, b) => a.number - b.number);
}
