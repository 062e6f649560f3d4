import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Express } from "express";
import { CurfewError } from "express-curfew";
import { createExample } from "./app.js";
import { banner } from "./banner.js";
import { createSkippableClock } from "./clock.js";

const HOST = "127.0.0.1";
const DEFAULT_PORT = 3_000;
/** Longest time that open requests get at exit, in milliseconds. */
const DRAIN_MS = 5_000;

interface ChosenRedis {
  /** Value of the option `redis` of `createCurfew`. */
  readonly redis: string;
  readonly description: string;
}

/** A mistake that the person at the terminal can fix. The message is shown without a stack. */
class StartError extends Error {}

function chooseRedis(): ChosenRedis {
  const url = process.env["REDIS_URL"];
  if (url !== undefined && url !== "") return { redis: url, description: `${hostOf(url)} (REDIS_URL)` };
  return {
    redis: "embedded:",
    description: "embedded; it forgets everything at exit (set REDIS_URL to keep it)",
  };
}

/** Returns the host of a Redis URL. The URL may contain a password, which must not be printed. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "the given address";
}

function readPort(): number {
  const text = process.env["PORT"] ?? String(DEFAULT_PORT);
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new StartError(`PORT must be a number from 0 (any free port) to 65535, not "${text}".`);
}

function readSecret(): { readonly secret: string; readonly description: string } {
  const secret = process.env["SESSION_SECRET"];
  if (secret !== undefined && secret !== "") return { secret, description: "from SESSION_SECRET" };
  const description = "a random one; a restart signs all users out (set SESSION_SECRET to keep it)";
  return { secret: randomBytes(32).toString("base64url"), description };
}

/** Returns a server; with TLS_KEY and TLS_CERT, which name files, a server for HTTPS. */
function createAppServer(app: Express): { readonly server: Server; readonly origin: string } {
  const { TLS_KEY: key = "", TLS_CERT: cert = "" } = process.env;
  if (key === "" && cert === "") return { server: createServer(app), origin: `http://${HOST}` };
  try {
    const tls = { key: readFileSync(key), cert: readFileSync(cert) };
    return { server: createTlsServer(tls, app), origin: "https://localhost" };
  } catch (error) {
    throw new StartError(`TLS_KEY and TLS_CERT must both name files in PEM: ${String(error)}`);
  }
}

async function listen(server: Server, port: number, origin: string): Promise<string> {
  server.listen(port, HOST);
  try {
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new StartError(
      `Port ${port} is taken. Choose another one, such as PORT=${port + 1} npm run example`,
    );
  }
  return `${origin}:${(server.address() as AddressInfo).port}`;
}

async function start(): Promise<() => Promise<void>> {
  const port = readPort();
  const { secret, description } = readSecret();
  const { redis, description: redisDescription } = chooseRedis();
  const { app, curfew } = await createExample({ redis, secret, clock: createSkippableClock() });
  const { server, origin } = createAppServer(app);
  const stop = async (): Promise<void> => {
    const closed = server.listening ? once(server, "close") : Promise.resolve();
    server.close();
    setTimeout(() => {
      server.closeAllConnections();
    }, DRAIN_MS).unref();
    await closed;
    await curfew.close();
  };
  try {
    const url = await listen(server, port, origin);
    await curfew.ready().catch(() => {
      throw new StartError(`Redis at ${redisDescription} does not answer.`);
    });
    console.log(banner({ url, redis: redisDescription, secret: description }));
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

let stopping = false;

/** A second Ctrl+C, or a signal that npm passes on again, changes nothing. */
function stopOnce(stop: () => Promise<void>, signal: NodeJS.Signals): void {
  if (stopping) return;
  stopping = true;
  console.log(`${signal}: stopping.`);
  stop().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}

try {
  const stop = await start();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stopOnce(stop, signal));
} catch (error) {
  // An error about an option, such as a bad REDIS_URL, is also meant for the person at the terminal.
  if (!(error instanceof StartError || error instanceof CurfewError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
