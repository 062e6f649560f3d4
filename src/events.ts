import { EventEmitter } from "node:events";
import { invalidArgument, isFunction, unknownName } from "./check-options.js";
import type { EndReason, EvictedBy, SessionKind, Settings } from "./policy/index.js";

/** A session, as events name it. `ref` is its public handle; its id appears nowhere. */
export interface SessionEvent {
  readonly ref: string;
  readonly userId: string;
  readonly kind: SessionKind;
}

/** What went wrong without an error being thrown. */
export type WarningCode =
  | "clock_jumped"
  | "corrupt_record"
  | "corrupt_session_data"
  | "corrupt_settings"
  | "insecure_cookie"
  | "listener_failed"
  | "locate_failed"
  | "proxy_not_trusted"
  | "redis_eviction_policy"
  | "redis_unavailable"
  | "replication_unconfirmed"
  | "settings_lost"
  | "unknown_session"
  | "unsafe_redis_option"
  | "weak_secret"
  | "write_failed";

/** The payload of each event. Times are milliseconds since 1970. */
export interface CurfewEvents {
  signedIn: SessionEvent & { readonly at: number; readonly persistent: boolean };
  /** Once per session and cluster: from the process that recorded the end. */
  ended: SessionEvent & {
    readonly at: number;
    readonly reason: EndReason;
    readonly by: EvictedBy | null;
    readonly actor: string | null;
  };
  extended: SessionEvent & { readonly at: number; readonly endsAt: number; readonly extendedCount: number };
  reauthenticated: SessionEvent & { readonly at: number; readonly previousRef: string };
  settingsChanged: {
    readonly at: number;
    readonly actor: string | null;
    readonly version: number;
    readonly settings: Settings;
  };
  /** Something an operator should look at; also given to the `log` option. */
  warning: { readonly code: WarningCode; readonly message: string };
}

/** The names of the events. */
export type EventName = keyof CurfewEvents;

const EVENT_NAMES: readonly string[] = Object.keys({
  signedIn: true,
  ended: true,
  extended: true,
  reauthenticated: true,
  settingsChanged: true,
  warning: true,
} satisfies Record<EventName, true>);

/** Receives one event's payload. What it throws, or rejects with, is logged and disturbs no request. */
export type Listener<Name extends EventName> = (event: CurfewEvents[Name]) => unknown;

/** One line for an operator: never an id, a cookie or a secret. */
export interface LogEntry {
  readonly level: "warn" | "error";
  readonly code: WarningCode;
  readonly message: string;
}

/** Receives log entries; the default writes each as one line of JSON to stderr. */
export type Log = (entry: LogEntry) => void;

// JSON leaves these as they are, and terminals and log readers take some of them for line breaks or commands.
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff]/g;

/** Formats an entry as one line of printable JSON, whatever a User-Agent or a user name contains. */
export function formatLogEntry(entry: LogEntry): string {
  return JSON.stringify({ source: "express-curfew", ...entry }).replace(
    UNPRINTABLE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const logToStderr: Log = (entry) => {
  process.stderr.write(`${formatLogEntry(entry)}\n`);
};

/** Typed events, of which none can break a request. */
export class Events {
  readonly #emitter = new EventEmitter();
  readonly #log: Log;
  readonly #toldOnce = new Set<WarningCode>();

  constructor(log: Log = logToStderr) {
    this.#log = (entry) => {
      try {
        log(entry);
      } catch (error) {
        logToStderr({ level: "error", code: "listener_failed", message: `log: ${String(error)}` });
        logToStderr(entry);
      }
    };
  }

  /** @throws CurfewError `invalid_argument` */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    const given: unknown = name;
    if (typeof given !== "string" || !EVENT_NAMES.includes(given))
      throw invalidArgument("on", `"${String(given)}" ${unknownName(String(given), EVENT_NAMES, "event")}`);
    const problem = isFunction(listener);
    if (problem !== null) throw invalidArgument("on", `the listener ${problem}`);
    this.#emitter.on(name, listener);
    return () => this.#emitter.off(name, listener);
  }

  emit<Name extends EventName>(name: Name, event: CurfewEvents[Name]): void {
    const failed = (error: unknown): void => {
      this.#log({ level: "error", code: "listener_failed", message: `${name}: ${String(error)}` });
    };
    for (const listener of this.#emitter.listeners(name)) {
      try {
        // An async function is a listener too; nobody else would catch what it rejects with.
        const result = (listener as Listener<Name>)(event);
        if (result instanceof Promise) result.catch(failed);
      } catch (error) {
        failed(error);
      }
    }
  }

  warn(code: WarningCode, message: string): void {
    this.#log({ level: "warn", code, message });
    this.emit("warning", { code, message });
  }

  /** The same for what is so until somebody mends it, and would otherwise be told with every request. */
  warnOnce(code: WarningCode, message: string): void {
    if (this.#toldOnce.has(code)) return;
    this.#toldOnce.add(code);
    this.warn(code, message);
  }
}
