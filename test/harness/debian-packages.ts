/** Debian's packages without root: fetched by apt-get with lists of its own, and unpacked into a folder. */
import { execFile } from "node:child_process";
import { access, constants, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** How apt-get is called, so that neither root nor an earlier `apt-get update` is needed. */
export interface AptOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What to unpack. */
export interface Unpacking {
  /** The folder to make. It is there whole or not at all, however many ask for it at once. */
  readonly root: string;
  /** A file in it that shows that it is whole. */
  readonly proof: string;
  /** A release of Debian by its code name. Without one: whatever this system's own sources have. */
  readonly suite?: string;
  /** The packages, once apt-get knows what there is. */
  packages(apt: AptOptions): Promise<readonly string[]>;
}

/** Unpacks packages into a folder of their own. Does nothing if they are there. */
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

/** The packages that installing some would bring, with those that this system has already if a suite was given. */
export async function simulateInstall(apt: AptOptions, ...packages: readonly string[]): Promise<string[]> {
  const args = ["-q", "--simulate", "--no-install-recommends", "install", ...packages];
  const { stdout } = await run("apt-get", args, apt);
  return [...stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? "");
}

/** Where an unpacked tree keeps its libraries. */
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
    // Root's apt-get would otherwise become a user who may not write here.
    'APT::Sandbox::User "";',
    // A source that can't be read is an error, so that its reason can be told.
    'APT::Update::Error-Mode "any";',
    ...(suite === undefined ? [] : await onlySuite(work, suite)),
  ];
  const config = join(work, "apt.conf");
  await writeFile(config, `${settings.join("\n")}\n`);
  const apt: AptOptions = { cwd: debs, env: { ...process.env, APT_CONFIG: config, LC_ALL: "C" } };
  // The source that failed may be one that is not needed; the download shows.
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

/** Settings by which apt-get sees one suite and nothing of this system, as if nothing were installed. */
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

/** The place from which this system has its own packages; it has the other suites too. */
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

/** The line of a failed command that says why. */
export function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  const lines = (stderr === undefined || stderr === "" ? (message ?? String(error)) : stderr)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return lines.find((line) => line.startsWith("E: ")) ?? lines.at(-1) ?? "no reason given";
}
