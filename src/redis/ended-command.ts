import type { RedisCommand } from "../telemetry.js";
import type { LuaScript } from "./port.js";

/** Error message of ioredis if the client's own `commandTimeout` ends first. */
export const TIMED_OUT = "Command timed out";
/** Problem of a command without a reply in time. */
export const TIMEOUT = "timeout";

/** Returns the facts about a command that has ended. @param sent - name of the command, or the script that it ran */
export function endedCommand(
  sent: string | LuaScript,
  startedAt: number,
  problem: string | null,
): RedisCommand {
  const durationMs = performance.now() - startedAt;
  return typeof sent === "string"
    ? { name: sent.toUpperCase(), script: null, durationMs, problem }
    : { name: "EVALSHA", script: sent.name, durationMs, problem };
}

/** Returns the first word of the server's error, such as `OOM`. The other words can hold arguments. */
export function problemOf(name: string, message: string): string {
  if (name === "ReplyError") return /^[A-Z]+(?= |$)/.exec(message)?.[0] ?? "ERR";
  return message === TIMED_OUT ? TIMEOUT : "connection";
}

/** Returns the name of the command that failed. Its arguments stay unread, because they hold ids. */
export function commandOf(error: unknown): string {
  return String((error as { readonly command?: { readonly name?: unknown } }).command?.name).toUpperCase();
}
