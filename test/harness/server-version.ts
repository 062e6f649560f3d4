import { Redis } from "ioredis";

/**
 * Asks a server for its name and version, such as `Redis 7.0.15` or `Valkey 8.1.1`. @throws Error if the
 * server does not answer
 */
export async function askServerVersion(url: string): Promise<string> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 5_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return serverVersion(await client.info("server"));
  } finally {
    client.disconnect();
  }
}

/** Reads the version from the answer to `INFO server`. Valkey also names the Redis version that it replaces. */
export function serverVersion(info: string): string {
  const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1];
  if (valkey !== undefined) return `Valkey ${valkey}`;
  return `Redis ${/^redis_version:(\S+)/m.exec(info)?.[1] ?? "of an unknown version"}`;
}
