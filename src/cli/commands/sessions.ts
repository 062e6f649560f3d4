/** `sessions list|end`. */
import { createSessionsApi, type SessionsApi } from "../../api/sessions-api.js";
import type { SessionView } from "../../wire.js";
import { UsageError, type Arguments } from "../arguments.js";
import type { Opened } from "../open.js";
import { EXIT, table, timeText, type Result, type Surroundings } from "../output.js";

const DEFAULT_ROWS = 50;
const MAX_ROWS = 10_000_000;
/** Rows that are read at once. */
const PAGE = 500;

/** Runs one of the commands for sessions. */
export function runSessions(
  { storage }: Opened,
  given: Arguments,
  surroundings: Surroundings,
): Promise<Result> {
  const api = createSessionsApi(storage);
  return given.command === "sessions end" ? end(api, given) : list(api, given, surroundings);
}

async function list(api: SessionsApi, given: Arguments, { progress, signal }: Surroundings): Promise<Result> {
  const userId = given.text("user");
  const limit = given.whole("limit", 1, MAX_ROWS) ?? DEFAULT_ROWS;
  const sessions: SessionView[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await api.list({
      limit: Math.min(PAGE, limit - sessions.length),
      ...(userId === undefined ? {} : { userId }),
      ...(typeof cursor === "string" ? { cursor } : {}),
    });
    sessions.push(...page.sessions);
    cursor = page.nextCursor;
    progress?.(`${String(sessions.length)} sessions read`);
  } while (cursor !== null && sessions.length < limit && !signal.aborted);
  const shown = userId === undefined ? sessions.slice(0, limit) : sessions;
  return {
    json: { sessions: shown, complete: cursor === null },
    lines: [
      ...table(["REF", "USER", "KIND", "DEVICE", "SIGNED IN", "LAST ACTIVITY", "EXPIRES"], shown.map(rowOf)),
      ...(cursor === null ? [] : [`There are more sessions. Write --limit for another number of rows.`]),
    ],
  };
}

function rowOf(session: SessionView) {
  const { ref, userId, kind, browser, operatingSystem, signedInAt, lastActivityAt, expiresAt } = session;
  const device = [browser, operatingSystem].filter(Boolean).join(" on ");
  return [ref, userId, kind, device || null, ...[signedInAt, lastActivityAt, expiresAt].map(timeText)];
}

async function end(api: SessionsApi, given: Arguments): Promise<Result> {
  const [ref] = given.words;
  const userId = given.text("user");
  const except = given.text("except");
  const actor = given.text("actor");
  const by = actor === undefined ? {} : { actor };
  if (ref !== undefined) {
    if (except !== undefined) throw new UsageError("--except is for sessions end --user");
    const result = await api.end(ref, { ...by, ...(userId === undefined ? {} : { userId }) });
    const line = result.ended ? "Ended the session." : "No living session has this ref.";
    return { json: result, lines: [line], code: result.ended ? EXIT.done : EXIT.no };
  }
  if (userId === undefined) throw new UsageError("sessions end needs a ref, or --user");
  const result = await api.endAll({ userId, ...by, ...(except === undefined ? {} : { except }) });
  return { json: result, lines: [`Ended ${String(result.ended)} sessions.`] };
}
