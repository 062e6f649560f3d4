import type { NodeAddress } from "../../harness/redis-cluster.js";
import type { ReplicaWaitOptions, SettingsPatch, SystemLimits } from "../../../src/index.js";

/** An app that a host process starts. Plain data, because it is sent as a message. */
export interface AppConfig {
  /**
   * Kind of app:
   *
   * - `guarded`: express-curfew.
   * - `naive`: the app made by hand.
   * - `bare`: only express-session with connect-redis.
   * - `careless`: express-curfew with one option at its most careless value.
   */
  readonly kind: "guarded" | "naive" | "bare" | "careless";
  readonly redisUrl: string;
  /** Nodes of a Cluster that the app uses instead. */
  readonly clusterNodes?: readonly NodeAddress[];
  /** Options of ioredis for a Redis behind Sentinel, which the app uses instead. */
  readonly sentinel?: {
    readonly name: string;
    readonly sentinels: { readonly host: string; readonly port: number }[];
    readonly natMap?: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
  };
  readonly waitForReplicas?: ReplicaWaitOptions;
  /** True if the battery sets the app's clock. Otherwise Redis's own clock decides. */
  readonly hasTestClock?: boolean;
  readonly secrets?: string[];
  /**
   * Limit for answers of Redis. The battery's machine is busy, and its cases are not about slow answers.
   * @default 10000
   */
  readonly timeoutMs?: number;
  readonly defaults?: SettingsPatch;
  readonly limits?: Partial<SystemLimits>;
  readonly trustProxy?: boolean | number | string[];
  readonly cookie?: {
    secure?: boolean | "auto";
    sameSite?: "lax" | "strict" | "none";
    path?: string;
    domain?: string;
  };
  readonly cookieName?: string;
  readonly settingsRequestsPerMinute?: number;
  readonly allowEarlyExtension?: boolean;
  /** True if a listener of the app throws errors that contain the user's name. */
  readonly hasFailingListener?: boolean;
  /** True if the app listens before Redis has answered once. */
  readonly startsWithoutRedis?: boolean;
  /** True if the app has socket.io and ws, whose connections close with their sessions. */
  readonly hasSockets?: boolean;
  /** True if the app takes over sessions of express-session. */
  readonly takesOver?: boolean;
  /** Index in `CARELESS` of the `careless` app. */
  readonly careless?: number;
}

/** A process's report about itself. */
export interface Vitals {
  /** Resident memory after a garbage collection. */
  readonly rssBytes: number;
  /** Redis commands and HTTP requests without an answer: the numbers now, and the highest since the last question. */
  readonly pendingCommands: number;
  readonly requests: number;
  readonly mostPendingCommands: number;
  readonly mostRequests: number;
}

/** Commands to a host process. */
export type HostCommand =
  | { readonly id: number; readonly do: "start"; readonly config: AppConfig }
  | { readonly id: number; readonly do: "stop"; readonly port: number }
  | { readonly id: number; readonly do: "tellVitals" }
  | { readonly id: number; readonly do: "setClock"; readonly time: number };

/** Answers of a host process. */
export interface HostAnswer {
  readonly id: number;
  readonly port?: number;
  readonly vitals?: Vitals;
  readonly error?: string;
}
