import type { Redis } from "ioredis";

/** How long a server that has accepted a connection may take to answer its greeting, in milliseconds. */
const HANDSHAKE_MS = { plain: 2_000, sentinel: 1_000 } as const;
/** How soon a client that ioredis has given up begins anew, in milliseconds. */
const BEGIN_ANEW_MS = 250;

/**
 * Keeps a connection of the package's own from dead ends of ioredis, for as long as it is wanted:
 *
 * - A frozen server's host accepts connections, and nothing bounds the wait for the greeting's answer.
 * - Where selecting the database is refused, it goes on with database 0.
 * - Told to disconnect while it asks a sentinel, as by its own failover detector, a client ends for good.
 *
 * @returns what closes the connection
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
    // The client would go on with database 0, where other sessions and other settings are, or none.
    if (error.command?.name === "select") client.disconnect(true);
  });
  client.on("end", () => {
    if (isWanted)
      after(BEGIN_ANEW_MS, () => {
        client.connect().catch(() => undefined);
      });
  });
  return () => {
    isWanted = false;
    clearTimeout(timer);
    client.disconnect();
  };
}
