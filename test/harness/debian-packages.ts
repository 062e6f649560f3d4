/** Installs Debian's packages without root: apt-get fetches them with separate lists, and a folder receives them. */
import { execFile } from "node:child_process";
import { access, constants, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Arguments that let apt-get run without root and without an earlier `apt-get update`. */
export interface AptOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** One set of packages to unpack. */
export interface Unpacking {
  /** Folder to create. The folder appears at once and whole, even if several processes ask at the same time. */
  readonly root: string;
  /** File in the folder that proves that the folder is whole. */
  readonly proof: string;
  /** Code name of a Debian release. By default this system's own sources are used. */
  readonly suite?: string;
  /** Returns the packages, after apt-get has read its lists. */
  packages(apt: AptOptions): Promise<readonly string[]>;
}

/** Unpacks packages into a folder. Does nothing if they are there. */
export async function unpackPackages(unpacking: Unpacking): Promise<void> {
  const { root, proof } = unpacking;
  if (await isThere(join(root, proof))) return;
  const parent = dirname(root);
  await mkdir(parent, { recursive: true });
  const work = await mkdtemp(join(parent, "fetch-"));
  try {
    const tree = join(work, "tree");
    for (const deb of await download(work, unpacking)) await run("dpkg", ["-x", deb, tree]);
    await rename(tree, root).catch(async (error: unknown) => {
      if (!(await isThere(join(root, proof)))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Returns the packages that an installation would bring. With a suite, also those that this system has already. */
export async function simulateInstall(apt: AptOptions, ...packages: readonly string[]): Promise<string[]> {
  const args = ["-q", "--simulate", "--no-install-recommends", "install", ...packages];
  const { stdout } = await run("apt-get", args, apt);
  return [...stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? "");
}

/** Returns the folders of an unpacked tree that contain libraries. */
export async function libraryFolders(root: string): Promise<string[]> {
  const folders: string[] = [];
  for (const lib of ["usr/lib", "lib"]) {
    const entries = await readdir(join(root, lib)).catch(() => []);
    const triplets = entries.filter((entry) => entry.includes("-linux-"));
    folders.push(...triplets.map((triplet) => join(root, lib, triplet)), join(root, lib));
  }
  return folders;
}

async function download(work: string, { suite, packages }: Unpacking): Promise<string[]> {
  const debs = join(work, "debs");
  for (const folder of ["lists/partial", "cache/archives/partial", "debs", "sources"])
    await mkdir(join(work, folder), { recursive: true });
  const settings = [
    `Dir::State::Lists "${join(work, "lists")}";`,
    `Dir::Cache "${join(work, "cache")}";`,
    // Root's apt-get otherwise becomes a user who may not write here.
    'APT::Sandbox::User "";',
    // A source that can't be read must be an error, so that the message can give the reason.
    'APT::Update::Error-Mode "any";',
    ...(suite === undefined ? [] : await onlySuite(work, suite)),
  ];
  const config = join(work, "apt.conf");
  await writeFile(config, `${settings.join("\n")}\n`);
  const apt: AptOptions = { cwd: debs, env: { ...process.env, APT_CONFIG: config, LC_ALL: "C" } };
  // The failed source may not be needed. The download shows it.
  const updateError = await run("apt-get", ["-q", "update"], apt).then(
    () => undefined,
    (error: unknown) => error,
  );
  try {
    await run("apt-get", ["-q", "download", ...(await packages(apt))], apt);
  } catch (error) {
    throw updateError ?? error;
  }
  const files = await readdir(debs);
  return files.filter((file) => file.endsWith(".deb")).map((file) => join(debs, file));
}

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Returns settings by which apt-get sees one suite and ignores this system's packages. */
async function onlySuite(work: string, suite: string): Promise<string[]> {
  const source = [`Types: deb`, `URIs: ${await mirror()}`, `Suites: ${suite}`, "Components: main"];
  if (await isThere(KEYRING)) source.push(`Signed-By: ${KEYRING}`);
  await writeFile(join(work, "sources", "suite.sources"), `${source.join("\n")}\n`);
  await writeFile(join(work, "status"), "");
  return [
    `Dir::State::status "${join(work, "status")}";`,
    'Dir::Etc::sourcelist "/dev/null";',
    `Dir::Etc::sourceparts "${join(work, "sources")}";`,
    'Dir::Etc::preferences "/dev/null";',
    'Dir::Etc::preferencesparts "/dev/null";',
  ];
}

/** Returns the mirror of this system's own packages, which also has the other suites. */
async function mirror(): Promise<string> {
  const args = ["indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"];
  const { stdout } = await run("apt-get", args);
  for (const line of stdout.split("\n")) {
    const [release = "", uri = ""] = line.split(" ");
    if (uri.includes("/debian") && !release.includes("-security")) return uri;
  }
  throw new Error("this system has no source of Debian's packages");
}

function isThere(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}

/** Returns the line of a failed command that gives the reason. */
export function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  const lines = (stderr === undefined || stderr === "" ? (message ?? String(error)) : stderr)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return lines.find((line) => line.startsWith("E: ")) ?? lines.at(-1) ?? "no reason given";
}
