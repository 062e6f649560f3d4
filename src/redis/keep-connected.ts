import type { Redis } from "ioredis";

/** Longest wait for the reply to the greeting of a new connection, in milliseconds. */
const HANDSHAKE_MS = { plain: 2_000, sentinel: 1_000 } as const;
/** Pause before a client that ioredis has ended connects again, in milliseconds. */
const CONNECT_AGAIN_MS = 250;

/**
 * Keeps the package's own connection open until it is closed. ioredis alone would fail in three cases:
 *
 * - The host of a frozen server accepts connections. ioredis waits for the reply to the greeting without a limit.
 * - If the server refuses to select the database, ioredis continues with database 0.
 * - If a client disconnects while it asks a sentinel, for example by its failover detector, it never connects again.
 *
 * @returns a function that closes the connection
 */
export function keepConnected(client: Redis): () => void {
  const handshakeMs = client.options.sentinels ? HANDSHAKE_MS.sentinel : HANDSHAKE_MS.plain;
  let isWanted = true;
  let timer: NodeJS.Timeout | undefined;
  const after = (ms: number, act: () => void): void => {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
    timer.unref();
  };
  client.on("connect", () => {
    after(handshakeMs, () => {
      client.disconnect(true);
    });
  });
  for (const settled of ["ready", "close"] as const)
    client.on(settled, () => {
      clearTimeout(timer);
    });
  client.on("error", (error: Error & { readonly command?: { readonly name?: string } }) => {
    // The client would continue with database 0, which has other sessions and settings.
    if (error.command?.name === "select") client.disconnect(true);
  });
  client.on("end", () => {
    if (isWanted)
      after(CONNECT_AGAIN_MS, () => {
        client.connect().catch(() => undefined);
      });
  });
  return () => {
    isWanted = false;
    clearTimeout(timer);
    client.disconnect();
  };
}
