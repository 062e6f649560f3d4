/** Starts real redis-servers. A test may freeze, kill or configure its own server; all tests share another server. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.js";
import { findRedisBinary, type RedisBinary } from "./redis-binary.js";
import { askServerVersion } from "./server-version.js";

export { NoRedisError } from "./redis-binary.js";

/** Options of a server. */
export interface StartRedisOptions {
  /** More arguments, such as `["--maxmemory", "2mb"]`. They replace default arguments. */
  readonly args?: readonly string[];
  /** `"aof"` keeps every write, so that `restart()` finds it again. @default "none" */
  readonly persistence?: "none" | "aof";
  /** Port to listen on. @default a free port */
  readonly port?: number;
  /** More environment variables. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A running redis-server. The caller that starts it also stops it. */
export interface RedisServer {
  /** Address, such as `redis://127.0.0.1:41234`. A `restart()` keeps it. */
  readonly url: string;
  readonly port: number;
  /** Version, such as `7.0.15`. */
  readonly version: string;
  /** Origin of the program. */
  readonly origin: string;
  /** Process id. A `restart()` changes it. */
  readonly pid: number;
  /** Ends the server, even a frozen server, and removes its data. Does nothing if the server has ended already. */
  stop(): Promise<void>;
  /**
   * Sends a signal: `"SIGSTOP"` freezes the server with its connections open, `"SIGCONT"` wakes it,
   * `"SIGKILL"` is a crash.
   */
  signal(signal: NodeJS.Signals): void;
  /** Kills the server and starts it again on the same port, empty unless it has persistence. */
  restart(): Promise<void>;
}

const READY_WITHIN_MS = 10_000;
const PORT_TRIES = 5;

/**
 * Starts a redis-server on 127.0.0.1, on a free port and without persistence. Ignores `REDIS_URL`, because callers
 * freeze or kill the server.
 *
 * @throws `NoRedisError` if there is no redis-server and none can be fetched
 */
export async function startRedis(options: StartRedisOptions = {}): Promise<RedisServer> {
  const binary = await findRedisBinary();
  const folder = await mkdtemp(join(tmpdir(), "curfew-redis-"));
  const { child: first, port } = await launchOnFreePort(binary, folder, options);
  let child = first;
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    version: binary.version,
    origin: binary.origin,
    get pid() {
      return child.pid ?? 0;
    },
    async stop() {
      await kill(child);
      await rm(folder, { recursive: true, force: true });
    },
    signal(signal) {
      child.kill(signal);
    },
    async restart() {
      await kill(child);
      child = await launch(binary, folder, port, options);
    },
  };
}

/** The server that a test run shares. */
export interface SharedRedis {
  readonly url: string;
  /** One line with the server, its version and its origin. */
  readonly description: string;
  readonly isOwn: boolean;
  stop(): Promise<void>;
}

/** Returns the server of `REDIS_URL` if set, else a new server for the run. */
export async function sharedRedis(): Promise<SharedRedis> {
  const url = process.env["REDIS_URL"];
  if (url !== undefined && url !== "") {
    const version = await versionAt(url);
    return { url, description: `${version} at REDIS_URL`, isOwn: false, stop: () => Promise.resolve() };
  }
  const server = await startRedis();
  const version = await askServerVersion(server.url);
  const description = `${version} on port ${server.port} (${server.origin})`;
  return { url: server.url, description, isOwn: true, stop: () => server.stop() };
}

async function versionAt(url: string): Promise<string> {
  try {
    return await askServerVersion(url);
  } catch (error) {
    const advice = "correct it, or unset it for a server of the tests' own";
    throw new Error(`REDIS_URL can't be reached (${String(error)}): ${advice}.`, { cause: error });
  }
}

async function launchOnFreePort(
  binary: RedisBinary,
  folder: string,
  options: StartRedisOptions,
): Promise<{ child: ChildProcess; port: number }> {
  for (let tries = 1; ; tries += 1) {
    const port = options.port ?? (await freePort());
    try {
      return { child: await launch(binary, folder, port, options), port };
    } catch (error) {
      // Another process may take the free port before this server does.
      const wasTaken = String(error).includes("in use");
      if (wasTaken && options.port === undefined && tries < PORT_TRIES) continue;
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }
}

async function launch(
  binary: RedisBinary,
  folder: string,
  port: number,
  options: StartRedisOptions,
): Promise<ChildProcess> {
  const args = ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder, "--save", ""];
  args.push("--appendonly", options.persistence === "aof" ? "yes" : "no", "--appendfsync", "always");
  args.push(...(options.args ?? []));
  const child = spawn(binary.path, args, {
    env: { ...binary.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  killWithThisProcess(child);
  await ready(child);
  return child;
}

/**
 * Ends a child process when this process ends, even by SIGKILL. The shell waits for the end of a pipe, which closes
 * with this process. A signal handler would not notice SIGKILL.
 */
export function killWithThisProcess(child: ChildProcess): void {
  if (child.pid === undefined) return;
  const script = 'read -r _; kill -9 "$0"';
  const guard = spawn("sh", ["-c", script, String(child.pid)], { stdio: ["pipe", "ignore", "ignore"] });
  guard.on("error", () => undefined);
  guard.unref();
  if (guard.stdin instanceof Socket) guard.stdin.unref();
  child.once("exit", () => guard.kill("SIGKILL"));
}

/** Resolves when the server says that it accepts connections. Rejects with its output if it says something else. */
export function ready(child: ChildProcess, says = "Ready to accept connections"): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(new Error(`redis-server ${why}: ${output.trim().split("\n").slice(-3).join(" / ")}`));
    };
    const timer = setTimeout(() => {
      fail(`was not ready within ${READY_WITHIN_MS} ms`);
    }, READY_WITHIN_MS);
    const read = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-8_192);
      if (!output.includes(says)) return;
      clearTimeout(timer);
      resolve();
    };
    // The streams must keep flowing: a full pipe would block the server.
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("error", (error) => {
      fail(`did not start (${error.message})`);
    });
    child.once("close", (code) => {
      fail(`ended with code ${String(code)}`);
    });
  });
}

/** Kills a process with SIGKILL, because a frozen process reacts to no other signal. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}
