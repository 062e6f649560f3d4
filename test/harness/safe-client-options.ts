/** Options of an app's own client, as docs/redis.md recommends them. */
/** Options for every kind of Redis. */
export const SAFE_OPTIONS = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  reconnectOnError: (error: Error): boolean => error.message.includes("READONLY"),
  lazyConnect: true,
};

const soon = (times: number): number => Math.min(50 * times, 250);

/** Options behind Sentinel. */
export const SAFE_BEHIND_SENTINEL = {
  ...SAFE_OPTIONS,
  failoverDetector: true,
  commandTimeout: 500,
  connectTimeout: 1_000,
  disconnectTimeout: 100,
  retryStrategy: soon,
  sentinelCommandTimeout: 500,
  sentinelRetryStrategy: soon,
  sentinelReconnectStrategy: (): number => 1_000,
};
