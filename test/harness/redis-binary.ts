/** Finds a real redis-server: the one asked for, the one on PATH, else Debian's own, unpacked beside node_modules. */
import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  lastLine,
  libraryFolders,
  simulateInstall,
  unpackPackages,
  type AptOptions,
} from "./debian-packages.js";

const run = promisify(execFile);

/** What to start, and the environment that lets it find its libraries. */
export interface RedisBinary {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
  /** Such as `7.0.15`. */
  readonly version: string;
  /** Where it came from, for the line that says which server ran. */
  readonly origin: string;
}

/** No redis-server can be had here; the message is one line that says what to do. */
export class NoRedisError extends Error {
  override readonly name = "NoRedisError";
}

/** The environment variable with the path of the program that tests start as redis-server; Valkey's will do. */
export const REDIS_SERVER = "CURFEW_REDIS_SERVER";

const ADVICE = "install redis-server, or set REDIS_URL to a Redis that the tests may empty";

/** Where what tests have fetched is kept. */
export const CACHE = join(
  dirname(fileURLToPath(import.meta.url)),
  "../../node_modules/.cache/express-curfew",
);

/** redis-server is a link into redis-tools, so both are needed; the rest are what Debian 12's links against. */
const DEBIAN_PACKAGES = [
  "redis-server",
  "redis-tools",
  "libjemalloc2",
  "liblua5.1-0",
  "liblzf1",
  "lua-bitop",
  "lua-cjson",
  "libatomic1",
];

let found: Promise<RedisBinary> | undefined;

/**
 * The redis-server that tests start. Looked for once in a process.
 *
 * @throws {@link NoRedisError} where there is none and none can be fetched
 */
export function findRedisBinary(): Promise<RedisBinary> {
  found ??= locate();
  return found;
}

async function locate(): Promise<RedisBinary> {
  const asked = process.env[REDIS_SERVER];
  if (asked !== undefined && asked !== "")
    return describeBinary(asked, process.env, `${REDIS_SERVER}=${asked}`);
  const onPath = await firstOnPath("redis-server");
  if (onPath !== undefined) return describeBinary(onPath, process.env, onPath);
  if ((await firstOnPath("apt-get")) === undefined || (await firstOnPath("dpkg")) === undefined) {
    throw new NoRedisError(`No redis-server on PATH: ${ADVICE}.`);
  }
  const root = join(CACHE, `redis-${process.arch}`);
  const proof = "usr/bin/redis-server";
  try {
    await unpackPackages({ root, proof, packages: packagesToFetch });
  } catch (error) {
    const why = `Fetching redis-server with apt-get failed (${lastLine(error)})`;
    throw new NoRedisError(`${why}: ${ADVICE}.`, { cause: error });
  }
  const env = { ...process.env, LD_LIBRARY_PATH: (await libraryFolders(root)).join(delimiter) };
  return describeBinary(join(root, proof), env, "Debian's packages, unpacked in node_modules/.cache");
}

/** Runs it once, to see that it does run. */
async function describeBinary(path: string, env: NodeJS.ProcessEnv, origin: string): Promise<RedisBinary> {
  try {
    const { stdout } = await run(path, ["--version"], { env });
    return { path, env, origin, version: /v=(\S+)/.exec(stdout)?.[1] ?? "unknown" };
  } catch (error) {
    throw new NoRedisError(`${path} does not run (${lastLine(error)}): ${ADVICE}.`, { cause: error });
  }
}

/** Debian 12's package names, and whatever else redis-server needs that this (perhaps slimmer or newer) system lacks. */
async function packagesToFetch(apt: AptOptions): Promise<readonly string[]> {
  try {
    const missing = await simulateInstall(apt, "redis-server");
    if (missing.includes("redis-server")) return [...new Set(["redis-tools", ...missing])];
  } catch {
    // A system with broken dependencies refuses to simulate, but still downloads.
  }
  return DEBIAN_PACKAGES;
}

async function firstOnPath(command: string): Promise<string | undefined> {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const folder of folders) {
    if (await isExecutable(join(folder, command))) return join(folder, command);
  }
  return undefined;
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
