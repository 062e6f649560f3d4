/** Finds a real redis-server: the requested program, the program on PATH, or Debian's, unpacked beside node_modules. */
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

/** Program to start, and the environment in which it finds its libraries. */
export interface RedisBinary {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
  /** Version, such as `7.0.15`. */
  readonly version: string;
  /** Origin of the program, for the line that names the server of a run. */
  readonly origin: string;
}

/** Thrown if no redis-server can be found or fetched here. The message is one line with the fix. */
export class NoRedisError extends Error {
  override readonly name = "NoRedisError";
}

/** Environment variable with the path of the program that tests start as redis-server. Valkey's server also works. */
export const REDIS_SERVER = "CURFEW_REDIS_SERVER";

const ADVICE = "install redis-server, or set REDIS_URL to a Redis that the tests may empty";

/** Folder for everything that tests fetch. */
export const CACHE = join(
  dirname(fileURLToPath(import.meta.url)),
  "../../node_modules/.cache/express-curfew",
);

/** redis-server is a link into redis-tools, so both are needed. The others are Debian 12's libraries for it. */
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
 * Returns the redis-server that tests start. A process searches only once.
 *
 * @throws {@link NoRedisError} if there is no redis-server and none can be fetched
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

/** Runs the program once to see that it starts. */
async function describeBinary(path: string, env: NodeJS.ProcessEnv, origin: string): Promise<RedisBinary> {
  try {
    const { stdout } = await run(path, ["--version"], { env });
    return { path, env, origin, version: /v=(\S+)/.exec(stdout)?.[1] ?? "unknown" };
  } catch (error) {
    throw new NoRedisError(`${path} does not run (${lastLine(error)}): ${ADVICE}.`, { cause: error });
  }
}

/** Returns Debian 12's package names, and all others that redis-server needs and this system lacks. */
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
