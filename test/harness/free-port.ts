import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** The range is below the ports that systems assign themselves. So no other test's server gets this port meanwhile. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

/** Returns a port on 127.0.0.1 that is free at the moment. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (await isFree(port)) return port;
  }
}

/** Returns true if a port on 127.0.0.1 is free at the moment. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
