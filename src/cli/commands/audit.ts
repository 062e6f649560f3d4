/** `audit`. */
import { setTimeout as delay } from "node:timers/promises";
import { createAuditApi, type AuditApi } from "../../api/audit-api.js";
import { unknownName } from "../../check-options.js";
import { CurfewError } from "../../errors.js";
import { AUDIT_TYPES, printableJson, type AuditType } from "../../events.js";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../policy/index.js";
import { isTimestamp } from "../../policy/time.js";
import type { AuditEntry } from "../../state/audit/audit-entry.js";
import type { AuditFilter } from "../../state/audit/read-audit.js";
import { UsageError, type Arguments } from "../arguments.js";
import { groupText } from "../changes.js";
import type { Opened } from "../open.js";
import { table, timeText, type Result, type Surroundings } from "../output.js";
import { readRows } from "../rows.js";

const RETRY_MS = SECOND_MS;

/** Runs the command. With `--follow` it runs until the signal. */
export async function runAudit(
  { storage, audit }: Opened,
  given: Arguments,
  surroundings: Surroundings,
): Promise<Result> {
  const api = createAuditApi(storage, audit);
  const filter = filterOf(given);
  if (!given.follows) return list(api, filter, given);
  for (const option of ["since", "limit"] as const)
    if (given.text(option) !== undefined) throw new UsageError(`--follow takes no --${option}`);
  await follow(api, filter, surroundings);
  return { json: null, lines: [], isPrinted: true };
}

function filterOf(given: Arguments): AuditFilter {
  const userId = given.text("user");
  const since = given.text("since");
  for (const type of given.types)
    if (!(AUDIT_TYPES as readonly string[]).includes(type))
      throw new UsageError(`--type ${type} ${unknownName(type, AUDIT_TYPES, "type")}`);
  return {
    ...(userId === undefined ? {} : { userId }),
    ...(since === undefined ? {} : { since: timeIn(since) }),
    ...(given.types.length === 0 ? {} : { types: given.types as AuditType[] }),
  };
}

const UNITS: Readonly<Record<string, number>> = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

/** Reads `30m`, `12h`, `7d` or a date. @throws UsageError */
function timeIn(text: string): number {
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return Math.max(0, Date.now() - Number(count) * (UNITS[unit] ?? 0));
  // Date.parse takes nearly every text, such as "1".
  const at = /^\d{4}-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!isTimestamp(at) || at < 0)
    throw new UsageError("--since must be 30m, 12h, 7d, or a date such as 2025-01-01T12:00Z");
  return at;
}

async function list(api: AuditApi, filter: AuditFilter, given: Arguments): Promise<Result> {
  const { rows: entries } = await readRows<AuditEntry>(given, async (page) => {
    const { entries: rows, nextCursor } = await api.list({ ...filter, ...page });
    return { rows, nextCursor };
  });
  return {
    json: entries,
    lines: table(["WHEN", "EVENT", "USER", "BY", "SESSION", "DETAILS"], entries.map(rowOf)),
  };
}

function rowOf(entry: AuditEntry) {
  return [
    timeText(entry.at),
    entry.type,
    "userId" in entry ? entry.userId : null,
    "actor" in entry ? entry.actor : null,
    "ref" in entry ? entry.ref : null,
    detailsOf(entry),
  ];
}

function detailsOf(entry: AuditEntry): string | null {
  switch (entry.type) {
    case "signedIn":
      return entry.device;
    case "extended":
      return `until ${timeText(entry.endsAt)}`;
    case "ended":
      return [entry.reason, entry.limit, entry.by?.device].filter(Boolean).join(": ");
    case "settingsChanged":
      return [`version ${String(entry.version)}`, groupText(entry), entry.from].filter(Boolean).join(", ");
    case "takenOver":
    case "reauthenticated":
      return null;
  }
}

/** Prints each new entry as a line of JSON. After an outage it continues behind the last entry. */
async function follow(
  api: AuditApi,
  filter: AuditFilter,
  { print, note, signal }: Surroundings,
): Promise<void> {
  // Known before the first event, so that an outage before it loses no event.
  const [newest] = (await api.list({ limit: 1 })).entries;
  let after = newest?.position ?? "0-0";
  while (!signal.aborted)
    try {
      for await (const entry of api.follow({ ...filter, signal, after })) {
        print(printableJson(entry));
        after = entry.position;
      }
    } catch (error) {
      if (!(error instanceof CurfewError) || error.code !== "redis_unavailable") throw error;
      note(`Redis is unavailable; trying again: ${error.shortMessage}`);
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
}
