/** Fetches other Node.js versions from the npm registry. */
import { execFile } from "node:child_process";
import { access, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { lastLine } from "./debian-packages.js";
import { CACHE } from "./redis-binary.js";
import { NotToBeHad } from "./redis-versions.js";

const run = promisify(execFile);

/**
 * Fetches the newest Node.js of a version such as `26`, once: the version that the npm package `node` names.
 * That package's script installs another package with the program. This function installs the other package
 * directly, so that no script has to run.
 *
 * @returns the path of its `node`
 * @throws NotToBeHad with the reason
 */
export function fetchNode(version: string): Promise<string> {
  const fetched = underWay.get(version) ?? fetchOnce(version);
  underWay.set(version, fetched);
  return fetched;
}

/** Two installations into one folder at the same time would damage each other. */
const underWay = new Map<string, Promise<string>>();

async function fetchOnce(version: string): Promise<string> {
  const folder = join(CACHE, `node@${version}-${process.arch}`);
  const name = `node-${process.platform}-${process.arch}`;
  const path = join(folder, "node_modules", name, "bin", "node");
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) return path;
  await mkdir(folder, { recursive: true });
  await install(folder, `node@${version}`);
  const manifest = await readFile(join(folder, "node_modules/node/package.json"), "utf8");
  const { version: exact } = JSON.parse(manifest) as { version: string };
  await install(folder, `${name}@${exact}`);
  return path;
}

async function install(folder: string, what: string): Promise<void> {
  const flags = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts"];
  try {
    await run("npm", ["install", "--prefix", folder, ...flags, what]);
  } catch (error) {
    throw new NotToBeHad(`npm install ${what}: ${lastLine(error)}`, { cause: error });
  }
}
