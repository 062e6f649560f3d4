import { channel, type Channel } from "node:diagnostics_channel";
import { EventEmitter } from "node:events";
import { invalidArgument, isFunction, unknownName } from "./check-options.js";
import type {
  BrowserLimitName,
  DeviceClass,
  EndReason,
  EndTarget,
  EvictedBy,
  RuleChange,
  SessionKind,
  Settings,
} from "./policy/index.js";

/** The session of an event. `ref` is its public handle; no event contains its id. */
export interface SessionEvent {
  readonly ref: string;
  readonly userId: string;
  readonly kind: SessionKind;
}

/** Codes of warnings: problems that throw no error. Each code has a section in docs/errors.md. */
export type WarningCode =
  | "audit_failed"
  | "clock_jumped"
  | "corrupt_record"
  | "corrupt_session_data"
  | "corrupt_settings"
  | "embedded_redis"
  | "insecure_cookie"
  | "listener_failed"
  | "locate_failed"
  | "plain_http"
  | "proxy_not_trusted"
  | "redis_eviction_policy"
  | "redis_refused"
  | "redis_unavailable"
  | "replication_unconfirmed"
  | "rules_lost"
  | "settings_lost"
  | "sockets_unguarded"
  | "tag_key_lost"
  | "unknown_session"
  | "unsafe_redis_option"
  | "weak_secret"
  | "write_failed";

/** The payload of each event. Times are milliseconds since 1970. */
export interface CurfewEvents {
  signedIn: SessionEvent & {
    readonly at: number;
    readonly persistent: boolean;
    /** Browser and system, such as `Chrome on Windows`; `null` if unknown. */
    readonly device: string | null;
    /** Class of the browser's device; `null` in sessions of another kind than `browser`. */
    readonly deviceClass: DeviceClass | null;
    /** Address of the sign-in; `null` if locations are not tracked. */
    readonly ip: string | null;
    /** City and country; `null` if locations are not tracked, or the place is unknown. */
    readonly place: string | null;
    /** User id of the administrator who signed in as the user; `null` if the user signed in. */
    readonly sudoUserId: string | null;
  };
  /**
   * A user has signed in from a browser or a country that is new for this user, so that the app can write to the user. A
   * browser is known for 400 days after its latest sign-in. The first sign-in of a user is not new. A country is new if
   * the user's other open sessions are all of other countries. Browsers are noted only where this event has a listener.
   */
  newDevice: SessionEvent & {
    readonly at: number;
    readonly isNewBrowser: boolean;
    readonly isNewCountry: boolean;
    /** Browser and system, such as `Chrome on Windows`; `null` if unknown. */
    readonly device: string | null;
    /** Class of the browser's device. */
    readonly deviceClass: DeviceClass | null;
    /** Address of the sign-in; `null` if locations are not tracked. */
    readonly ip: string | null;
    /** City and country; `null` if locations are not tracked, or the place is unknown. */
    readonly place: string | null;
  };
  /** A session of express-session continues as a session of this package (rule M44). */
  takenOver: SessionEvent & { readonly at: number };
  /**
   * Emitted once per session, in the process that recorded the end. If that process dies before it emits the event, another
   * process emits it within two minutes, with the same `id` and without the actor and the limit.
   */
  ended: SessionEvent & {
    /** Names the event. Listeners that must act once compare it with those that they have seen. */
    readonly id: string;
    readonly at: number;
    readonly reason: EndReason;
    readonly by: EvictedBy | null;
    readonly actor: string | null;
    /** Limit above which an evicted session was; `null` for other reasons, and if the limit is unknown. */
    readonly limit: BrowserLimitName | null;
    /** User id of the administrator who was signed in as the user; `null` for all other sessions. */
    readonly sudoUserId: string | null;
  };
  extended: SessionEvent & { readonly at: number; readonly endsAt: number; readonly extendedCount: number };
  reauthenticated: SessionEvent & { readonly at: number };
  settingsChanged: {
    readonly at: number;
    readonly actor: string | null;
    /** Place from which the actor made the change, such as an IP address; `null` if it is unknown. */
    readonly from: string | null;
    readonly version: number;
    readonly settings: Settings;
    /** The changed rule for some; `null` if the general settings were changed. */
    readonly rule: RuleChange | null;
    /** The sessions that were ended together; `null` if the settings or rules were changed. */
    readonly ended: EndTarget | null;
  };
  /** A problem for the operator. The `log` option receives the problem too. */
  warning: { readonly code: WarningCode; readonly message: string };
}

/** Names of the events. */
export type EventName = keyof CurfewEvents;

const EVENT_NAMES = Object.keys({
  signedIn: true,
  newDevice: true,
  takenOver: true,
  ended: true,
  extended: true,
  reauthenticated: true,
  settingsChanged: true,
  warning: true,
} satisfies Record<EventName, true>) as readonly EventName[];

/** Events that the audit trail keeps: all except warnings, and `newDevice`, whose facts `signedIn` has too. */
export const AUDIT_TYPES = EVENT_NAMES.filter((name) => name !== "warning" && name !== "newDevice");

/** Type of an event that the audit trail keeps. */
export type AuditType = (typeof AUDIT_TYPES)[number];

/** The channels of `node:diagnostics_channel`, such as `express-curfew:ended`. They carry the events of all instances. */
const CHANNELS = Object.fromEntries(
  EVENT_NAMES.map((name) => [name, channel(`express-curfew:${name}`)]),
) as Readonly<Record<EventName, Channel>>;

/** Receives the payload of one event. An error that a listener throws or rejects with is logged and disturbs no request. */
export type Listener<Name extends EventName> = (event: CurfewEvents[Name]) => unknown;

/** One line for an operator. It never contains an id, a cookie or a secret. */
export interface LogEntry {
  readonly level: "warn" | "error";
  readonly code: WarningCode;
  readonly message: string;
}

/**
 * Receives log entries; the default writes each as one line of JSON to stderr. If the function throws or rejects, the
 * entry goes to stderr too.
 */
export type Log = (entry: LogEntry) => unknown;

// JSON does not escape these characters. Terminals and log readers take some of them for line breaks or commands.
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff]/g;

/** Returns a value as one line of printable JSON. Control characters of a User-Agent or user name are escaped. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(
    UNPRINTABLE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Returns an entry as one line of printable JSON. */
export function formatLogEntry(entry: LogEntry): string {
  return printableJson({ source: "express-curfew", ...entry });
}

const logToStderr: Log = (entry) => {
  process.stderr.write(`${formatLogEntry(entry)}\n`);
};

/** Typed events. An error of a listener never reaches the request. */
export class Events {
  readonly #emitter = new EventEmitter();
  readonly #log: Log;
  readonly #warnedOf = new Set<WarningCode>();

  constructor(log: Log = logToStderr) {
    this.#log = (entry) => {
      const failed = (error: unknown): void => {
        logToStderr({ level: "error", code: "listener_failed", message: `log: ${String(error)}` });
        logToStderr(entry);
      };
      try {
        const result = log(entry);
        if (result instanceof Promise) result.catch(failed);
      } catch (error) {
        failed(error);
      }
    };
  }

  /** Adds a listener. @returns a function that removes the listener @throws CurfewError `invalid_argument` */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    const given: unknown = name;
    if (typeof given !== "string" || !(EVENT_NAMES as readonly string[]).includes(given))
      throw invalidArgument("on", `"${String(given)}" ${unknownName(String(given), EVENT_NAMES, "event")}`);
    const problem = isFunction(listener);
    if (problem !== null) throw invalidArgument("on", `the listener ${problem}`);
    this.#emitter.on(name, listener);
    return () => this.#emitter.off(name, listener);
  }

  /** True if an event has a listener, or its diagnostics channel a subscriber. */
  isHeard(name: EventName): boolean {
    return this.#emitter.listenerCount(name) > 0 || CHANNELS[name].hasSubscribers;
  }

  /** Gives an event to the listeners, and to the subscribers of its diagnostics channel. */
  emit<Name extends EventName>(name: Name, event: CurfewEvents[Name]): void {
    const failed = (error: unknown): void => {
      this.#log({ level: "error", code: "listener_failed", message: `${name}: ${String(error)}` });
    };
    for (const listener of this.#emitter.listeners(name)) {
      try {
        // A listener may be async. No other code would catch its rejection.
        const result = (listener as Listener<Name>)(event);
        if (result instanceof Promise) result.catch(failed);
      } catch (error) {
        failed(error);
      }
    }
    const published = CHANNELS[name];
    if (published.hasSubscribers) published.publish(event);
  }

  /** Logs a warning and emits it to listeners. */
  warn(code: WarningCode, message: string): void {
    this.#log({ level: "warn", code, message });
    this.emit("warning", { code, message });
  }

  /** Like `warn`, but only once per code: for conditions that would otherwise be reported on every request. */
  warnOnce(code: WarningCode, message: string): void {
    if (this.#warnedOf.has(code)) return;
    this.#warnedOf.add(code);
    this.warn(code, message);
  }
}
