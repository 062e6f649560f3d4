/** Finds a real redis-server: the one on PATH, else Debian's own packages unpacked beside node_modules. */
import { execFile } from "node:child_process";
import { access, constants, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

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

const ADVICE = "install redis-server, or set REDIS_URL to a Redis that the tests may empty";
const CACHE = join(dirname(fileURLToPath(import.meta.url)), "../../node_modules/.cache/express-curfew");

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
  const onPath = await firstOnPath("redis-server");
  if (onPath !== undefined) return describe(onPath, process.env, onPath);
  if ((await firstOnPath("apt-get")) === undefined || (await firstOnPath("dpkg")) === undefined) {
    throw new NoRedisError(`No redis-server on PATH: ${ADVICE}.`);
  }
  const root = join(CACHE, `redis-${process.arch}`);
  const path = join(root, "usr/bin/redis-server");
  if (!(await isExecutable(path))) await unpackDebianPackages(root);
  const env = { ...process.env, LD_LIBRARY_PATH: (await libraryFolders(root)).join(delimiter) };
  return describe(path, env, "Debian's packages, unpacked in node_modules/.cache");
}

async function describe(path: string, env: NodeJS.ProcessEnv, origin: string): Promise<RedisBinary> {
  try {
    const { stdout } = await run(path, ["--version"], { env });
    return { path, env, origin, version: /v=(\S+)/.exec(stdout)?.[1] ?? "unknown" };
  } catch (error) {
    throw new NoRedisError(`${path} does not run (${lastLine(error)}): ${ADVICE}.`, { cause: error });
  }
}

/** Unpacks into a folder of its own and renames it, so that of several test runs at once each sees all or nothing. */
async function unpackDebianPackages(root: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, "fetch-"));
  try {
    const tree = join(work, "tree");
    const debs = await download(work);
    for (const deb of debs) await run("dpkg", ["-x", deb, tree]);
    await rename(tree, root).catch(async (error: unknown) => {
      if (!(await isExecutable(join(root, "usr/bin/redis-server")))) throw error;
    });
  } catch (error) {
    throw new NoRedisError(`Fetching redis-server with apt-get failed (${lastLine(error)}): ${ADVICE}.`, {
      cause: error,
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** `apt-get download` with lists and cache of its own, so neither root nor an earlier `apt-get update` is needed. */
async function download(work: string): Promise<string[]> {
  const debs = join(work, "debs");
  for (const folder of ["lists/partial", "cache/archives/partial", "debs"]) {
    await mkdir(join(work, folder), { recursive: true });
  }
  const config = join(work, "apt.conf");
  const settings = [
    `Dir::State::Lists "${join(work, "lists")}";`,
    `Dir::Cache "${join(work, "cache")}";`,
    // Root's apt-get would otherwise become a user who may not write here.
    'APT::Sandbox::User "";',
    // A source that can't be read is an error, so that its reason can be told.
    'APT::Update::Error-Mode "any";',
  ];
  await writeFile(config, `${settings.join("\n")}\n`);
  const options = { cwd: debs, env: { ...process.env, APT_CONFIG: config, LC_ALL: "C" } };
  // The source that failed may be one that is not needed; the download shows.
  const updateError = await run("apt-get", ["-q", "update"], options).then(
    () => undefined,
    (error: unknown) => error,
  );
  try {
    await run("apt-get", ["-q", "download", ...(await packagesToFetch(options))], options);
  } catch (error) {
    throw updateError ?? error;
  }
  const files = await readdir(debs);
  return files.filter((file) => file.endsWith(".deb")).map((file) => join(debs, file));
}

/** Debian 12's package names, and whatever else redis-server needs that this (perhaps slimmer or newer) system lacks. */
async function packagesToFetch(options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<string[]> {
  const simulate = ["-q", "--simulate", "--no-install-recommends", "install", "redis-server"];
  try {
    const { stdout } = await run("apt-get", simulate, options);
    const missing = [...stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? "");
    if (missing.includes("redis-server")) return [...new Set(["redis-tools", ...missing])];
  } catch {
    // A system with broken dependencies refuses to simulate, but still downloads.
  }
  return DEBIAN_PACKAGES;
}

async function libraryFolders(root: string): Promise<string[]> {
  const folders: string[] = [];
  for (const lib of ["usr/lib", "lib"]) {
    const entries = await readdir(join(root, lib)).catch(() => []);
    const triplets = entries.filter((entry) => entry.includes("-linux-"));
    folders.push(...triplets.map((triplet) => join(root, lib, triplet)), join(root, lib));
  }
  return folders;
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

/** The line of a failed command that says why. */
function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  const lines = (stderr === undefined || stderr === "" ? (message ?? String(error)) : stderr)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return lines.find((line) => line.startsWith("E: ")) ?? lines.at(-1) ?? "no reason given";
}
