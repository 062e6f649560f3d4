import type { AuditType } from "../../events.js";
import { MINUTE_MS, SECOND_MS } from "../../policy/index.js";
import { failsWithWrongType } from "../../redis/reply.js";
import type { Storage } from "../storage.js";
import { decodeAudited, isAbout, isBy, type AuditEntry, type StreamEntry } from "./audit-entry.js";

/** Selection of entries. */
export interface AuditFilter {
  /** User whose sessions the entries are about, or who caused them. @default all users */
  readonly userId?: string;
  /** Earliest time of the events: a `Date`, or milliseconds since 1970. @default the beginning of the trail */
  readonly since?: Date | number;
  /** Types of the events. @default all types */
  readonly types?: readonly AuditType[];
}

/** Selection of one page of entries. */
export interface AuditListOptions extends AuditFilter {
  /** Entries on a page, 1 to 500. @default 50 */
  readonly limit?: number;
  /** `nextCursor` of the page before. @default the newest entry */
  readonly cursor?: string;
}

/** One page of the trail. */
export interface AuditPage {
  /** Entries, newest first. A page can have fewer than `limit`, or none, before the last page. */
  readonly entries: readonly AuditEntry[];
  /** `cursor` of the next page; `null` on the last page. */
  readonly nextCursor: string | null;
}

/** Largest page. */
export const MAX_AUDIT_LIMIT = 500;
const DEFAULT_LIMIT = 50;
/** Entries that Redis returns at once. */
const READ_AT_ONCE = 500;
/** Reads for one page. With them a filter that nothing matches looks at 10,000 entries. */
const READS_FOR_A_PAGE = 20;
/** Greatest difference between the clocks of two masters that the search for a time allows, in milliseconds. */
const SKEW_MS = 10 * MINUTE_MS;
/** Interval of two looks for new entries, in milliseconds. */
const FOLLOW_EVERY_MS = SECOND_MS / 2;

/** Highest number in the position of an entry. */
const MAX_PART = 2n ** 64n - 1n;

/** True for a position that Redis can read on from: two numbers, of which the first has a next number. */
export function isPosition(text: unknown): text is string {
  const [, time, number] = /^(\d{1,20})-(\d{1,20})$/.exec(typeof text === "string" ? text : "") ?? [];
  return time !== undefined && BigInt(time) < MAX_PART && BigInt(number ?? "") <= MAX_PART;
}

/** True for the position of an entry. Redis gives no entry the first position, `0-0`. */
export const isCursor = (text: unknown): text is string => isPosition(text) && !/^0+-0+$/.test(text);

/** Reads one page of the trail, newest first. */
export async function listAudit(storage: Storage, options: AuditListOptions): Promise<AuditPage> {
  const { limit = DEFAULT_LIMIT } = options;
  const matches = matcher(options);
  const found: AuditEntry[] = [];
  let end = options.cursor === undefined ? "+" : `(${options.cursor}`;
  for (let reads = 0; reads < READS_FOR_A_PAGE; reads++) {
    const texts = await range(storage, "XREVRANGE", end, earliest(storage, options));
    for (const text of texts) {
      const entry = decodeAudited(text);
      if (entry === null || !matches(entry)) continue;
      found.push(entry);
      if (found.length === limit) return { entries: found, nextCursor: entry.position };
    }
    const last = texts.at(-1);
    if (!last || texts.length < READ_AT_ONCE) return { entries: found, nextCursor: null };
    end = `(${last[0]}`;
  }
  return { entries: found, nextCursor: end.slice(1) };
}

/** Yields the entries behind a position, oldest first, and then each new entry, until `signal` aborts. */
export async function* followAudit(
  storage: Storage,
  { after, signal, ...filter }: AuditFilter & { readonly after?: string; readonly signal?: AbortSignal },
): AsyncGenerator<AuditEntry> {
  const matches = matcher(filter);
  let position = after ?? (await newest(storage));
  while (signal?.aborted !== true) {
    const texts = await range(storage, "XRANGE", `(${position}`, "+");
    for (const text of texts) {
      position = text[0];
      const entry = decodeAudited(text);
      if (entry !== null && matches(entry)) yield entry;
    }
    if (texts.length < READ_AT_ONCE) await pause(FOLLOW_EVERY_MS, signal);
  }
}

/** Yields all entries of the trail as Redis has them, oldest first, in parts. */
export async function* walkAudit(storage: Storage): AsyncGenerator<readonly StreamEntry[]> {
  let start = "-";
  for (;;) {
    const texts = await range(storage, "XRANGE", start, "+");
    yield texts;
    const last = texts.at(-1);
    if (!last || texts.length < READ_AT_ONCE) return;
    start = `(${last[0]}`;
  }
}

async function newest(storage: Storage): Promise<string> {
  const [entry] = await range(storage, "XREVRANGE", "+", "-", 1);
  return entry?.[0] ?? "0-0";
}

async function range(
  { redis, keys }: Storage,
  command: "XRANGE" | "XREVRANGE",
  from: string,
  to: string,
  count = READ_AT_ONCE,
): Promise<readonly StreamEntry[]> {
  const args = [keys.audit, from, to, "COUNT", count];
  try {
    return (await (command === "XRANGE"
      ? redis.call("XRANGE", args)
      : redis.call("XREVRANGE", args))) as StreamEntry[];
  } catch (error) {
    if (failsWithWrongType(error)) return [];
    throw error;
  }
}

/**
 * Returns the position before which no entry of the wanted time stands. Redis names an entry by its own clock, and an
 * event is never later than its entry.
 */
function earliest({ clock }: Storage, { since }: AuditFilter): string {
  return since === undefined || clock ? "-" : String(Math.max(0, Math.floor(Number(since)) - SKEW_MS));
}

function matcher({ userId, since, types }: AuditFilter): (entry: AuditEntry) => boolean {
  return (entry) =>
    (types?.includes(entry.type) ?? true) &&
    (since === undefined || entry.at >= Number(since)) &&
    (userId === undefined || isAbout(entry, userId) || isBy(entry, userId));
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
  });
}
