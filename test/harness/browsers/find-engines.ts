/** Finds the browser engines of this machine, and installs them if a CI job or a developer asks for them. */
import { execFile } from "node:child_process";
import { access, constants, readdir, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { ENGINE_NAMES, type Engine, type EngineName } from "./driver.js";

const run = promisify(execFile);

/** Environment variable with the engines that browser tests want, such as `chromium,webkit`. */
export const BROWSERS = "CURFEW_BROWSERS";

/** Debian's packages of each engine. */
const PACKAGES: Readonly<Record<EngineName, readonly string[]>> = {
  chromium: ["chromium"],
  firefox: ["firefox-esr"],
  webkit: ["webkit2gtk-driver", "xvfb"],
};

/** Engines that a run has, and the reason for each missing engine. */
export interface FoundEngines {
  readonly engines: readonly Engine[];
  /** One line for each missing engine. */
  readonly missing: readonly string[];
}

/** The engines that {@link BROWSERS} names. @default Chromium alone */
export function wantedEngines(): EngineName[] {
  const names = (process.env[BROWSERS] ?? "chromium").split(",").map((name) => name.trim());
  return names.map((name) => {
    const engine = ENGINE_NAMES.find((known) => known === name);
    if (engine === undefined)
      throw new Error(`${BROWSERS}: "${name}" is no engine; write ${ENGINE_NAMES.join(", ")}.`);
    return engine;
  });
}

/**
 * Finds engines.
 *
 * @param install - true to install missing engines with apt-get, which needs root on Debian
 */
export async function findEngines(names: readonly EngineName[], install: boolean): Promise<FoundEngines> {
  const lacking = await missingOf(names);
  const why = install && lacking.length > 0 ? await installPackages(lacking) : NOT_ASKED;
  const engines: Engine[] = [];
  const missing: string[] = [];
  for (const name of names) {
    const engine = await FIND[name]();
    if (engine !== undefined) engines.push(engine);
    else missing.push(`No ${name} here (${why}): apt-get install ${PACKAGES[name].join(" ")}`);
  }
  return { engines, missing };
}

const NOT_ASKED = "npm run test:browsers installs it as root on Debian";

async function missingOf(names: readonly EngineName[]): Promise<EngineName[]> {
  const found = await Promise.all(names.map((name) => FIND[name]()));
  return names.filter((_, index) => found[index] === undefined);
}

/** Installs the packages of engines. @returns the reason why an engine may still be missing */
async function installPackages(names: readonly EngineName[]): Promise<string> {
  if (process.getuid?.() !== 0) return "installing it needs root";
  if (!(await isDebian())) return "only Debian's packages are known";
  const packages = names.flatMap((name) => PACKAGES[name]);
  process.stdout.write(`Installing ${packages.join(", ")} for browser tests.\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  try {
    await run("apt-get", ["-q", "update"], { env });
    await run("apt-get", ["-q", "install", "-y", "--no-install-recommends", ...packages], { env });
    return "its packages are installed, but it was not found";
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    const line = /^E: .*/m.exec(stderr ?? "")?.[0] ?? message.split("\n")[0] ?? "";
    return `apt-get failed: ${line}`;
  }
}

/** Ubuntu names itself like Debian, but its packages of browsers only start snaps. */
async function isDebian(): Promise<boolean> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^ID="?debian"?$/m.test(release);
}

const FIND: Readonly<Record<EngineName, () => Promise<Engine | undefined>>> = {
  chromium: () => findOnPath("chromium", "CURFEW_CHROMIUM", ["chromium", "google-chrome"]),
  firefox: () => findOnPath("firefox", "CURFEW_FIREFOX", ["firefox-esr", "firefox"]),
  webkit: findWebKit,
};

async function findOnPath(
  name: EngineName,
  variable: string,
  programs: readonly string[],
): Promise<Engine | undefined> {
  const asked = process.env[variable];
  const candidates = asked === undefined ? programs : [asked];
  for (const program of candidates) {
    const binary = program.includes("/") ? program : await firstOnPath(program);
    if (binary !== undefined) return describe(name, binary);
  }
  return undefined;
}

/** Runs a browser once to see that it starts. */
async function describe(name: EngineName, binary: string): Promise<Engine | undefined> {
  try {
    const { stdout } = await run(binary, ["--version"], { timeout: 30_000 });
    const version = /\d[\w.]*/.exec(stdout)?.[0] ?? "of an unknown version";
    return { name, binary, title: `${name === "chromium" ? "Chromium" : "Firefox"} ${version}` };
  } catch {
    return undefined;
  }
}

/** Finds WebKitGTK. Its browser prints a version only with a screen, so the package manager is asked. */
async function findWebKit(): Promise<Engine | undefined> {
  const driver = await firstOnPath("WebKitWebDriver");
  const screen = await firstOnPath("Xvfb");
  const binary = await findMiniBrowser();
  if (driver === undefined || screen === undefined || binary === undefined) return undefined;
  const asked = ["--show", "--showformat=${Version}", "webkit2gtk-driver"];
  const version = await run("dpkg-query", asked).then(
    ({ stdout }) => stdout.split("-")[0] ?? "",
    () => "of an unknown version",
  );
  return { name: "webkit", binary, title: `WebKitGTK ${version}` };
}

async function findMiniBrowser(): Promise<string | undefined> {
  const root = "/usr/lib";
  for (const triplet of (await readdir(root).catch(() => [])).filter((entry) => entry.includes("-linux-"))) {
    const folders = await readdir(join(root, triplet)).catch(() => []);
    for (const folder of folders.filter((entry) => /^webkit2?gtk-\d/.test(entry))) {
      const binary = join(root, triplet, folder, "MiniBrowser");
      if (await isExecutable(binary)) return binary;
    }
  }
  return undefined;
}

async function firstOnPath(program: string): Promise<string | undefined> {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const folder of folders) {
    if (await isExecutable(join(folder, program))) return join(folder, program);
  }
  return undefined;
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
