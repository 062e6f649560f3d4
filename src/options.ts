import type { Request } from "express";
import {
  checkOptions,
  isBoolean,
  isFunction,
  isLoginUrl,
  isObject,
  isPath,
  isText,
  isWhole,
  type OptionsSpec,
} from "./check-options.js";
import { invalidOption } from "./errors.js";
import type { Log } from "./events.js";
import {
  DEFAULT_LIMITS,
  DEFAULT_SETTINGS,
  type Agent,
  type Place,
  type SettingsPatch,
  type SystemLimits,
} from "./policy/index.js";
import type { RedisOption } from "./redis/connect.js";
import type { AuditBounds } from "./state/audit/audit-trail.js";
import type { StorageConfiguration } from "./state/open-storage.js";
import type { ReplicaWaitOptions } from "./state/replica-wait.js";
import { prefixesCollide } from "./state/keys.js";
import { requireDefaults } from "./state/settings/settings-store.js";
import type { Telemetry } from "./telemetry.js";

/**
 * Requests that count as a person's activity (rules M1 to M4). Reports of the browser side and extensions always count.
 *
 * - `auto`: navigations, until the session's pages report input. Then only reports, forms, and navigations that the
 *   browser marks as a person's.
 * - `navigations`: navigations, even if the session's pages report input.
 * - `requests`: all requests except prefetches, beacons and event streams.
 * - A function decides per request. `byDefault` is the decision of `auto`.
 *
 * Requests of other sites count only as navigations. Requests to `routesPath` never count.
 */
export type ActivityOption =
  "auto" | "navigations" | "requests" | ((request: Request, byDefault: boolean) => boolean);

/** Returns the place of an IP address; `null` if it has no place, such as a private address. */
export type Locate = (ip: string) => Promise<Partial<Place> | null> | Partial<Place> | null;

/** Options of {@link createCurfew}. */
export interface CurfewOptions {
  /**
   * The Redis of the sessions. With a URL or ioredis options, the package opens its own connection, and
   * `curfew.close()` ends it. Its options keep the app responding while Redis is away.
   *
   * Pass the app's own ioredis `Redis` or `Cluster` to share a connection. The package never opens or closes it. At
   * start a warning names each of its options that weakens enforcement.
   *
   * `"embedded:"` starts a Redis inside the process, for development and tests. It forgets everything at exit, and needs
   * the package js-redis-server.
   * @example "redis://127.0.0.1:6379"
   */
  readonly redis: RedisOption | undefined;
  /** Prefix of the package's keys. Change it if two apps share a Redis. @default "curfew:" */
  readonly prefix?: string;
  /** Prefix of the keys with session data, as in connect-redis. Change it if two apps share a Redis. @default "sess:" */
  readonly sessionPrefix?: string;
  /**
   * Settings until an administrator saves settings.
   * @default persistent sessions allowed, 30 minutes, no limits
   * @example { sessionMinutes: 60, inactivityLogout: true }
   */
  readonly defaults?: SettingsPatch;
  /**
   * System limits, in minutes. They override saved settings that are higher.
   * @default { absoluteMinutes: 43200, idleMinutes: 4320 }, which are 30 and 3 days
   * @example { absoluteMinutes: 720 }
   */
  readonly limits?: Partial<SystemLimits>;
  /**
   * Requests that count as activity. With `auto`, navigations and requests of programs count until the session's pages
   * report input. Then only reports, forms, and navigations that the browser marks as a person's count. Write
   * `navigations` if only some of your pages report input. Write `requests` if every call of your pages counts. A function
   * decides per request.
   * @default "auto"
   * @example (request, byDefault) => byDefault && request.path !== "/board"
   */
  readonly activity?: ActivityOption;
  /**
   * Returns the place of an IP address. The package calls it at sign-in while `trackLocation` is on. An error, or no
   * result within half a second, means an unknown place. It never fails a sign-in.
   */
  readonly locate?: Locate;
  /** Returns browser and system of a User-Agent header. @default uses the bowser package */
  readonly describeAgent?: (userAgent: string) => Agent;
  /** Longest time that a request waits for Redis, in milliseconds, 50 to 60,000. @default 1000 */
  readonly timeoutMs?: number;
  /** The clock for all decisions, in milliseconds since 1970. Set it in tests. @default the clock of Redis */
  readonly clock?: () => number;
  /** Receives warnings. @default writes each warning to stderr, as one line of JSON */
  readonly log?: Log;
  /**
   * Receives measurements of requests, ends and Redis. `openTelemetry()` of `express-curfew/otel` sends them to
   * OpenTelemetry.
   * @default no measurement
   * @example openTelemetry()
   */
  readonly telemetry?: Telemetry;
  /** Address of the login page. @default "/login" */
  readonly loginUrl?: string;
  /** Path of `curfew.routes()`. Requests below it do not count as activity. @default "/curfew" */
  readonly routesPath?: string;
  /** Other origins whose pages may send unsafe requests. @default none @example ["https://admin.example"] */
  readonly trustedOrigins?: readonly string[];
  /** True allows extensions before the warning opens. @default false */
  readonly allowEarlyExtension?: boolean;
  /**
   * True if a lower `maxSessionsPerUser` ends open sessions at their next request. With `false` the user's next sign-in
   * ends them.
   * @default true
   */
  readonly limitOpenSessions?: boolean;
  /**
   * Waits (`WAIT`) for replicas after a sign-in, a sign-out, the end of sessions and a change of settings. These calls
   * return the result in `durable`. A change that is not durable is still made. Requests that only read do not wait.
   * @default no wait; `durable` is null
   * @example { count: 1, timeoutMs: 100 }
   */
  readonly waitForReplicas?: ReplicaWaitOptions;
  /**
   * The audit trail in Redis. `maxEntries` bounds it, and `false` keeps no trail. An entry takes about 200 bytes. Raise
   * the bound if the trail must reach back further.
   * @default { maxEntries: 10000 }
   * @example { maxEntries: 1_000_000 }
   */
  readonly audit?: false | AuditOptions;
}

/** Options of the audit trail. */
export interface AuditOptions {
  /** Number of entries that Redis keeps, 100 to 10,000,000. The oldest entries are deleted. @default 10000 */
  readonly maxEntries?: number;
}

/** The options with all defaults. */
export interface Configuration extends StorageConfiguration {
  readonly activity: ActivityOption;
  readonly loginUrl: string;
  readonly routesPath: string;
  readonly trustedOrigins: readonly string[];
  readonly allowEarlyExtension: boolean;
  readonly locate: Locate | undefined;
  readonly describeAgent: ((userAgent: string) => Agent) | undefined;
}

const CURFEW_OPTIONS: OptionsSpec<CurfewOptions> = {
  by: "",
  usage: 'createCurfew({ redis: "redis://127.0.0.1:6379" })',
  checks: {
    // `connect` checks this option.
    redis: () => null,
    prefix: isText,
    sessionPrefix: isText,
    defaults: isObject,
    limits: isObject,
    activity: (value) =>
      typeof value === "function" || ["auto", "navigations", "requests"].includes(value as string)
        ? null
        : 'must be "auto", "navigations", "requests" or a function of the request',
    locate: isFunction,
    describeAgent: isFunction,
    timeoutMs: (value) =>
      typeof value === "number" && value >= 50 && value <= 60_000 ? null : "must be 50 to 60000 milliseconds",
    clock: isFunction,
    log: isFunction,
    telemetry: (value) =>
      (isObject(value) ?? isFunction((value as Partial<Telemetry>).check))
        ? 'must be openTelemetry(), imported from "express-curfew/otel"'
        : null,
    loginUrl: isLoginUrl,
    routesPath: isPath,
    trustedOrigins: (value) =>
      Array.isArray(value) && value.every(isOrigin)
        ? null
        : 'must be an array of origins such as "https://admin.example"',
    allowEarlyExtension: isBoolean,
    limitOpenSessions: isBoolean,
    waitForReplicas: isObject,
    audit: (value) => (value === false ? null : isObject(value) && "must be false or { maxEntries: 10000 }"),
  },
  refused: { activityFrom: 'is called activity now; write activity: "auto", "navigations" or "requests"' },
};

const LIMITS: OptionsSpec<SystemLimits> = {
  by: "limits",
  what: "limit",
  usage: "limits: { absoluteMinutes: 43200, idleMinutes: 4320 }",
  checks: {
    absoluteMinutes: isWhole(1, 525_600, "minutes"),
    idleMinutes: isWhole(1, 144_000, "minutes"),
  },
};

const REPLICA_WAIT: OptionsSpec<ReplicaWaitOptions> = {
  by: "waitForReplicas",
  usage: "waitForReplicas: { count: 1, timeoutMs: 100 }",
  checks: {
    count: isWhole(1, Infinity, "replicas"),
    timeoutMs: isWhole(1, 60_000, "milliseconds"),
  },
};

const AUDIT: OptionsSpec<AuditOptions> = {
  by: "audit",
  usage: "audit: { maxEntries: 10000 }",
  checks: { maxEntries: isWhole(100, 10_000_000, "entries") },
};

const AUDIT_ENTRIES = 10_000;

function isOrigin(value: unknown): boolean {
  try {
    return typeof value === "string" && new URL(value).origin === value;
  } catch {
    return false;
  }
}

/** Checks the options and adds the defaults. @throws CurfewError `invalid_option`; names the option and the fix */
export function parseOptions(options: CurfewOptions): Configuration {
  checkOptions(CURFEW_OPTIONS, options);
  const { prefix = "curfew:", sessionPrefix = "sess:" } = options;
  if (prefixesCollide(prefix, sessionPrefix))
    throw invalidOption(
      "sessionPrefix",
      `is "${sessionPrefix}", so keys with session data would be keys of the package, which begin with prefix "${prefix}"; give another one, such as "${prefix}sess:"`,
    );
  return {
    redis: options.redis,
    prefix,
    sessionPrefix,
    defaults: requireDefaults(options.defaults ?? {}, DEFAULT_SETTINGS),
    limits: parseLimits(options.limits ?? {}),
    activity: options.activity ?? "auto",
    timeoutMs: options.timeoutMs ?? 1_000,
    clock: options.clock ?? null,
    log: options.log,
    telemetry: options.telemetry ?? null,
    loginUrl: options.loginUrl ?? "/login",
    routesPath: options.routesPath ?? "/curfew",
    trustedOrigins: options.trustedOrigins ?? [],
    allowEarlyExtension: options.allowEarlyExtension ?? false,
    limitOpenSessions: options.limitOpenSessions ?? true,
    waitForReplicas: options.waitForReplicas ? parseReplicaWait(options.waitForReplicas) : null,
    audit: parseAudit(options.audit ?? {}),
    isApp: true,
    locate: options.locate,
    describeAgent: options.describeAgent,
  };
}

function parseReplicaWait(options: ReplicaWaitOptions): Required<ReplicaWaitOptions> {
  checkOptions(REPLICA_WAIT, options);
  return { count: options.count ?? 1, timeoutMs: options.timeoutMs ?? 100 };
}

function parseAudit(audit: false | AuditOptions): AuditBounds | null {
  if (audit === false) return null;
  checkOptions(AUDIT, audit);
  return { maxEntries: audit.maxEntries ?? AUDIT_ENTRIES };
}

function parseLimits(limits: Partial<SystemLimits>): SystemLimits {
  checkOptions(LIMITS, limits);
  return {
    absoluteMinutes: limits.absoluteMinutes ?? DEFAULT_LIMITS.absoluteMinutes,
    idleMinutes: limits.idleMinutes ?? DEFAULT_LIMITS.idleMinutes,
  };
}
