import type { Request } from "express";
import {
  checkOptions,
  isBoolean,
  isFunction,
  isObject,
  isText,
  isWhole,
  type Check,
  type OptionsSpec,
} from "./check-options.js";
import type { Events, Log } from "./events.js";
import { describeAgent } from "./http/request/describe-agent.js";
import { isLoginUrl, isSitePath } from "./http/guards/guards.js";
import { placeLookup, type Locate } from "./http/request/locate.js";
import {
  DEFAULT_LIMITS,
  DEFAULT_SETTINGS,
  type Agent,
  type Place,
  type Settings,
  type SettingsPatch,
  type SystemLimits,
} from "./policy/index.js";
import type { RedisOption } from "./redis/connect.js";
import type { ReplicaWaitOptions } from "./state/replica-wait.js";
import { requireDefaults } from "./state/settings/settings-store.js";

/** What counts as a person's activity, beside what the browser side reports. */
export type ActivityOption = "navigations" | "requests" | ((request: Request) => boolean);

/** Options of {@link createCurfew}. */
export interface CurfewOptions {
  /**
   * Where the sessions are: a URL or ioredis options (the package then opens its own connection, with options
   * that keep the app answering while Redis is away, and `curfew.close()` ends it), or the app's own ioredis
   * `Redis` or `Cluster` (never opened or closed; options of it that weaken enforcement are named at start).
   */
  readonly redis: RedisOption | undefined;
  /** Begins the names of this package's keys. @default "curfew:" */
  readonly prefix?: string;
  /** Begins the names of the app's session data, as in connect-redis. @default "sess:" */
  readonly sessionPrefix?: string;
  /** Settings until an administrator saves some. @default persistent sessions allowed, 30 minutes, no limits */
  readonly defaults?: SettingsPatch;
  /** System limits, in minutes: they supersede saved settings. @default 30 days absolute, 3 days idle */
  readonly limits?: Partial<SystemLimits>;
  /**
   * Which requests count as activity: `navigations` that a person started and requests of no browser,
   * all `requests` (for apps without the browser side), or a function.
   * @default "navigations"
   */
  readonly activity?: ActivityOption;
  /**
   * Finds the place of an IP address, asked at sign-in while `trackLocation` is on. What it throws, or does
   * not answer within half a second, is "not known"; it never fails a sign-in.
   */
  readonly locate?: Locate;
  /** Names browser and system of a User-Agent header. @default by the bowser package */
  readonly describeAgent?: (userAgent: string) => Agent;
  /** The longest that a request waits for Redis, in milliseconds. @default 1000 */
  readonly timeoutMs?: number;
  /** The clock that decides, in milliseconds since 1970; for tests. @default Redis's own */
  readonly clock?: () => number;
  /** Receives warnings. @default one line of JSON each, on stderr */
  readonly log?: Log;
  /** Where people sign in. @default "/login" */
  readonly loginUrl?: string;
  /** Where `curfew.routes()` is mounted: its requests are no activity by themselves. @default "/curfew" */
  readonly routesPath?: string;
  /** Other origins, such as `https://admin.example`, whose pages may send unsafe requests. @default none */
  readonly trustedOrigins?: readonly string[];
  /** Grant extensions before the warning opens, too. @default false */
  readonly allowEarlyExtension?: boolean;
  /**
   * Whether lowering `maxSessionsPerUser` ends open sessions at their next request; `false` leaves that to
   * their user's next sign-in.
   * @default true
   */
  readonly limitOpenSessions?: boolean;
  /**
   * Asks Redis by `WAIT`, after signing in or out, ending sessions and saving settings, whether the change has
   * reached replicas; the answer is `durable` in what those calls return. It tells, and can't prevent: a change
   * that is not durable has been made all the same. Requests that only read are not concerned.
   * @default not asked, and `durable` is null
   */
  readonly waitForReplicas?: ReplicaWaitOptions;
}

/** The options, complete. */
export interface Configuration {
  readonly redis: RedisOption | undefined;
  readonly prefix: string;
  readonly sessionPrefix: string;
  readonly defaults: Settings;
  readonly limits: SystemLimits;
  readonly activity: ActivityOption;
  readonly timeoutMs: number;
  readonly clock: (() => number) | null;
  readonly log: Log | undefined;
  readonly loginUrl: string;
  readonly routesPath: string;
  readonly trustedOrigins: readonly string[];
  readonly allowEarlyExtension: boolean;
  readonly limitOpenSessions: boolean;
  readonly waitForReplicas: Required<ReplicaWaitOptions> | null;
  describe(events: Events): {
    readonly locate: (ip: string | null) => Promise<Place>;
    readonly describeAgent: (userAgent: string | undefined) => Agent;
  };
}

const isPath: Check = (value) =>
  isSitePath(value) ? null : 'must be a path on this site, such as "/curfew"';

const CURFEW_OPTIONS: OptionsSpec<CurfewOptions> = {
  by: "",
  usage: 'createCurfew({ redis: "redis://127.0.0.1:6379" })',
  checks: {
    // Where it is opened.
    redis: () => null,
    prefix: isText,
    sessionPrefix: isText,
    defaults: isObject,
    limits: isObject,
    activity: (value) =>
      value === "navigations" || value === "requests" || typeof value === "function"
        ? null
        : 'must be "navigations", "requests" or a function of the request',
    locate: isFunction,
    describeAgent: isFunction,
    timeoutMs: (value) =>
      typeof value === "number" && value >= 50 && value <= 60_000 ? null : "must be 50 to 60000 milliseconds",
    clock: isFunction,
    log: isFunction,
    loginUrl: isLoginUrl,
    routesPath: isPath,
    trustedOrigins: (value) =>
      Array.isArray(value) && value.every(isOrigin)
        ? null
        : 'must be an array of origins such as "https://admin.example"',
    allowEarlyExtension: isBoolean,
    limitOpenSessions: isBoolean,
    waitForReplicas: isObject,
  },
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

function isOrigin(value: unknown): boolean {
  try {
    return typeof value === "string" && new URL(value).origin === value;
  } catch {
    return false;
  }
}

/** Checks and completes the options. @throws CurfewError `invalid_option` naming the option and the mend */
export function parseOptions(options: CurfewOptions): Configuration {
  checkOptions(CURFEW_OPTIONS, options);
  return {
    redis: options.redis,
    prefix: options.prefix ?? "curfew:",
    sessionPrefix: options.sessionPrefix ?? "sess:",
    defaults: requireDefaults(options.defaults ?? {}, DEFAULT_SETTINGS),
    limits: parseLimits(options.limits ?? {}),
    activity: options.activity ?? "navigations",
    timeoutMs: options.timeoutMs ?? 1_000,
    clock: options.clock ?? null,
    log: options.log,
    loginUrl: options.loginUrl ?? "/login",
    routesPath: options.routesPath ?? "/curfew",
    trustedOrigins: options.trustedOrigins ?? [],
    allowEarlyExtension: options.allowEarlyExtension ?? false,
    limitOpenSessions: options.limitOpenSessions ?? true,
    waitForReplicas: options.waitForReplicas ? parseReplicaWait(options.waitForReplicas) : null,
    describe: (events) => ({
      locate: placeLookup(options.locate, events),
      describeAgent: (userAgent) => describeAgent(userAgent, options.describeAgent),
    }),
  };
}

function parseReplicaWait(options: ReplicaWaitOptions): Required<ReplicaWaitOptions> {
  checkOptions(REPLICA_WAIT, options);
  return { count: options.count ?? 1, timeoutMs: options.timeoutMs ?? 100 };
}

function parseLimits(limits: Partial<SystemLimits>): SystemLimits {
  checkOptions(LIMITS, limits);
  return {
    absoluteMinutes: limits.absoluteMinutes ?? DEFAULT_LIMITS.absoluteMinutes,
    idleMinutes: limits.idleMinutes ?? DEFAULT_LIMITS.idleMinutes,
  };
}
