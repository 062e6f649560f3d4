/** The app for the properties: the battery's app over HTTP in this process, with a real Redis to damage. */
import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { Redis } from "ioredis";
import { createTestClock, type TestClock } from "../../src/testing/index.js";
import { Browser } from "../harness/browser.js";
import { createGuardedApp, type GuardedApp } from "../battery/support/guarded-app.js";

/** A running app and its Redis. */
export interface Ground extends Pick<GuardedApp, "curfew"> {
  readonly port: number;
  readonly redis: Redis;
  readonly clock: TestClock;
  /** Signs a new user in. */
  signedIn(more?: Readonly<Record<string, unknown>>): Promise<{ browser: Browser; user: string }>;
  close(): Promise<void>;
}

/** Starts the app on a Redis that may be emptied. */
export async function openGround(redisUrl: string): Promise<Ground> {
  const redis = new Redis(redisUrl);
  await redis.flushdb();
  const clock = createTestClock(Date.now());
  const { app, curfew, close } = await createGuardedApp(
    { kind: "guarded", redisUrl, hasTestClock: true, trustProxy: 1, defaults: { trackLocation: true } },
    clock,
  );
  const server = createServer(app);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  let people = 0;
  return {
    port,
    curfew,
    redis,
    clock,
    signedIn: async (more = {}) => {
      people += 1;
      const user = `somebody-${people}`;
      const browser = new Browser();
      const { status, text } = await browser.at(port).trySignIn(user, more);
      if (status !== 200) throw new Error(`sign-in answered ${status}: ${text}`);
      return { browser, user };
    },
    async close() {
      server.close();
      server.closeAllConnections();
      redis.disconnect();
      await close();
    },
  };
}

/** A request as bytes, because an HTTP client refuses to send most of these inputs. */
export interface RawRequest {
  readonly method: string;
  readonly target: string;
  /** Headers in Latin-1. A name may occur more than once. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
}

/** An answer, possibly incomplete. */
export interface RawAnswer {
  /** HTTP status; 0 if the connection was closed without an answer. */
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** True if Node itself refused the request, before any handler. */
  readonly isNodes: boolean;
}

const ANSWER_WITHIN_MS = 20_000;

/** Sends bytes and reads until the connection is closed. */
export async function sendRaw(port: number, request: RawRequest): Promise<RawAnswer> {
  const { method, target, headers, body = "" } = request;
  const own: (readonly [string, string])[] = [
    ["Connection", "close"],
    ["Content-Length", String(Buffer.byteLength(body))],
  ];
  if (!headers.some(([name]) => name.toLowerCase() === "host")) own.push(["Host", `127.0.0.1:${port}`]);
  const lines = [...own, ...headers].map(([name, value]) => `${name}: ${value}`);
  const head = Buffer.from(`${[`${method} ${target} HTTP/1.1`, ...lines].join("\r\n")}\r\n\r\n`, "latin1");
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  // The connection of a refused request may break while its body is being sent.
  socket.on("error", () => undefined);
  socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy());
  socket.write(Buffer.concat([head, Buffer.from(body)]));
  await once(socket, "close");
  return parse(Buffer.concat(chunks).toString("latin1"));
}

function parse(text: string): RawAnswer {
  const end = text.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = text.slice(0, Math.max(0, end)).split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const at = line.indexOf(": ");
    const name = line.slice(0, at).toLowerCase();
    headers.set(name, [...(headers.has(name) ? [headers.get(name)] : []), line.slice(at + 2)].join("\n"));
  }
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? 0);
  return {
    status,
    headers,
    body: end < 0 ? "" : text.slice(end + 4),
    isNodes: !headers.has("date") || status === 417,
  };
}
