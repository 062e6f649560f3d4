/** Real redis-servers for tests: one of a test's own, to be frozen, killed or configured, and the one all share. */
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

/** How a server is started. */
export interface StartRedisOptions {
  /** Further arguments, such as `["--maxmemory", "2mb"]`. They win over the ones given by default. */
  readonly args?: readonly string[];
  /** `"aof"` keeps every write, so that `restart()` finds it again. @default "none" */
  readonly persistence?: "none" | "aof";
  /** Listen here rather than on a free port. */
  readonly port?: number;
  /** Further environment variables. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A running redis-server that belongs to whoever started it. */
export interface RedisServer {
  /** Such as `redis://127.0.0.1:41234`. Stays the same over a `restart()`. */
  readonly url: string;
  readonly port: number;
  /** Such as `7.0.15`. */
  readonly version: string;
  /** Where the program came from. */
  readonly origin: string;
  /** The present process; another one after `restart()`. */
  readonly pid: number;
  /** Ends the server, even a frozen one, and removes what it stored. Harmless when it has ended already. */
  stop(): Promise<void>;
  /** `"SIGSTOP"` freezes it with its connections open, `"SIGCONT"` wakes it, `"SIGKILL"` is a crash. */
  signal(signal: NodeJS.Signals): void;
  /** Kills the server and starts it again on the same port, empty unless it has persistence. */
  restart(): Promise<void>;
}

const READY_WITHIN_MS = 10_000;
const PORT_TRIES = 5;

/**
 * Starts a redis-server on 127.0.0.1, on a free port and without persistence. `REDIS_URL` is not asked: who calls this
 * wants to freeze or kill the server.
 *
 * @throws `NoRedisError` where there is no redis-server and none can be fetched
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
  /** One line: which server and version, and where it came from. */
  readonly description: string;
  readonly isOwn: boolean;
  stop(): Promise<void>;
}

/** `REDIS_URL` if set, else a server of the run's own. */
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
      // Between asking for a free port and taking it, another process may have been faster.
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
 * A test process that is killed itself must not leave servers behind. Its end of the pipe closes however it ends, which
 * is what the shell waits for; handlers of its own would not hear SIGKILL.
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

/** Settles when the server says that it accepts connections, or rejects with what it said instead. */
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
    // The streams stay in flow afterwards: a full pipe would block the server.
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

/** SIGKILL, since a frozen process hears no other signal. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}
