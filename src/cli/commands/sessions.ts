/** `sessions list|end`. */
import { createSessionsApi, type SessionsApi } from "../../api/sessions-api.js";
import { deviceOf } from "../../state/sessions/list-sessions.js";
import type { SessionView } from "../../wire.js";
import { UsageError, type Arguments } from "../arguments.js";
import type { Opened } from "../open.js";
import { EXIT, table, timeText, type Result, type Surroundings } from "../output.js";
import { readRows } from "../rows.js";

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
  const of = userId === undefined ? {} : { userId };
  const { rows: sessions, complete } = await readRows<SessionView>(
    given,
    async (page) => {
      const { sessions: rows, nextCursor } = await api.list({ ...page, ...of });
      return { rows, nextCursor };
    },
    (count) => {
      progress?.(`${String(count)} sessions read`);
      return !signal.aborted;
    },
  );
  return {
    json: { sessions, complete },
    lines: [
      ...table(
        ["REF", "USER", "KIND", "CLASS", "DEVICE", "SIGNED IN", "LAST ACTIVITY", "EXPIRES"],
        sessions.map(rowOf),
      ),
      ...(complete ? [] : ["There may be more sessions. Write --limit for another number of rows."]),
    ],
  };
}

function rowOf(session: SessionView) {
  const { ref, userId, kind, deviceClass, signedInAt, lastActivityAt, expiresAt } = session;
  const times = [signedInAt, lastActivityAt, expiresAt].map(timeText);
  return [ref, userId, kind, deviceClass, deviceOf(session), ...times];
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
  return {
    json: result,
    lines: [`Ended ${String(result.ended)} ${result.ended === 1 ? "session" : "sessions"}.`],
  };
}
