import type { NodeAddress } from "../../harness/redis-cluster.js";
import type { ReplicaWaitOptions, SettingsPatch, SystemLimits } from "../../../src/index.js";

/** An app for a host process to start; it must survive being sent as a message. */
export interface AppConfig {
  /**
   * `guarded` by express-curfew, `naive` by hand, `bare` express-session with connect-redis and nothing else;
   * `careless` is express-curfew with an option at its most careless.
   */
  readonly kind: "guarded" | "naive" | "bare" | "careless";
  readonly redisUrl: string;
  /** The nodes of a Cluster that it uses instead. */
  readonly clusterNodes?: readonly NodeAddress[];
  /** Where the app finds its Redis instead, as ioredis's options. */
  readonly sentinel?: {
    readonly name: string;
    readonly sentinels: { readonly host: string; readonly port: number }[];
    readonly natMap?: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
  };
  readonly waitForReplicas?: ReplicaWaitOptions;
  /** Whether the app's time is what the battery says; else it is Redis's own. */
  readonly hasTestClock?: boolean;
  readonly secrets?: string[];
  /** @default 10000: the battery's machine is busy, and no case here is about how long Redis may take */
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
  /** Whether a listener of the app throws errors with the user's name in them. */
  readonly hasFailingListener?: boolean;
  /** Whether the app listens before Redis has answered once. */
  readonly startsWithoutRedis?: boolean;
  /** Which of `CARELESS` the `careless` app is. */
  readonly careless?: number;
}

/** What a process tells of itself. */
export interface Vitals {
  /** After a garbage collection. */
  readonly rssBytes: number;
  /** Redis commands without an answer, and HTTP requests without one: now, and at most since last asked. */
  readonly pendingCommands: number;
  readonly requests: number;
  readonly mostPendingCommands: number;
  readonly mostRequests: number;
}

/** What a host process is told. */
export type HostCommand =
  | { readonly id: number; readonly do: "start"; readonly config: AppConfig }
  | { readonly id: number; readonly do: "stop"; readonly port: number }
  | { readonly id: number; readonly do: "tellVitals" }
  | { readonly id: number; readonly do: "setClock"; readonly time: number };

/** What it answers. */
export interface HostAnswer {
  readonly id: number;
  readonly port?: number;
  readonly vitals?: Vitals;
  readonly error?: string;
}
