/** Fetches the Redis and Valkey versions on which the suite can run, each from a release of Debian. */
import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { lastLine, libraryFolders, simulateInstall, unpackPackages } from "./debian-packages.js";
import { CACHE } from "./redis-binary.js";

/** A version line and its source. */
export interface RedisVersion {
  /** Name such as `redis@7.0`. The server itself reports the exact version. */
  readonly id: string;
  readonly program: "redis" | "valkey";
  /** Release of Debian that has the version; `null` if no release has it. */
  readonly suite: string | null;
}

/** All versions, oldest first. */
export const REDIS_VERSIONS: readonly RedisVersion[] = [
  { id: "redis@6.2", program: "redis", suite: null },
  { id: "redis@7.0", program: "redis", suite: "bookworm" },
  { id: "redis@7.2", program: "redis", suite: null },
  { id: "redis@8", program: "redis", suite: "trixie" },
  { id: "valkey@8", program: "valkey", suite: "trixie" },
  { id: "valkey@9", program: "valkey", suite: "sid" },
];

/** Thrown if a version is not available here. The message gives the reason. */
export class NotToBeHad extends Error {
  override readonly name = "NotToBeHad";
}

/**
 * Fetches a version once, and makes a program of it that runs on this system.
 *
 * @returns the path of its server program
 * @throws {@link NotToBeHad} with the reason
 */
export async function fetchRedisVersion({ id, program, suite }: RedisVersion): Promise<string> {
  if (suite === null) throw new NotToBeHad("no release of Debian has it");
  const root = join(CACHE, `${id}-${process.arch}`);
  try {
    await unpackPackages({
      root,
      // The server's program is a link, which may not resolve before the first start.
      proof: `usr/bin/${program}-cli`,
      suite,
      packages: async (apt) => (await simulateInstall(apt, `${program}-server`)).filter(isNeeded),
    });
    await wrap(root, `${program}-cli`);
    return await wrap(root, `${program}-server`);
  } catch (error) {
    throw new NotToBeHad(lastLine(error), { cause: error });
  }
}

/** Selects the libraries of a server from the packages of a whole system. */
const isNeeded = (name: string): boolean => /^(redis|valkey|lib|lua|zlib)/.test(name);

/**
 * Writes a script that starts the program with the C library and loader of its own release, because this
 * system's may be too old. `exec` keeps the process id, so signals reach the server.
 */
async function wrap(root: string, program: string): Promise<string> {
  const libraries = await libraryFolders(root);
  const quoted = [await findLoader(libraries), "--library-path", libraries.join(":")].map(quote).join(" ");
  const script = `#!/bin/sh\nexec ${quoted} ${quote(join(root, "usr/bin", program))} "$@"\n`;
  const bin = join(root, "bin-here");
  await mkdir(bin, { recursive: true });
  const path = join(bin, program);
  // Another run may be executing the existing script.
  const fresh = `${path}.${String(process.pid)}`;
  await writeFile(fresh, script, { mode: 0o755 });
  await rename(fresh, path);
  return path;
}

async function findLoader(libraries: readonly string[]): Promise<string> {
  for (const folder of libraries) {
    const names = await readdir(folder).catch(() => []);
    const loader = names.find((name) => /^ld-linux.*\.so\.\d+$/.test(name));
    if (loader !== undefined) return join(folder, loader);
  }
  throw new Error("its release's C library has no loader for this kind of machine");
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
