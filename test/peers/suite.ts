/** express-session's test suite in a folder of its own, whose `require("../")` answers the adapter. */
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PEERS_MODE, PEERS_REDIS, type Mode } from "./modes.js";

const exec = promisify(execFile);
const ADAPTER = fileURLToPath(new URL("adapter.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Longest time of an installation or of one run, in milliseconds. */
const TIMEOUT_MS = 240_000;
/** Packages that the suite requires, of all packages in its repository's package.json. */
const NEEDED = [
  "after",
  "cookie",
  "cookie-parser",
  "cookie-signature",
  "depd",
  "express",
  "mocha",
  "supertest",
];

/** One test of the suite that ran. */
export interface Ran {
  readonly title: string;
  /** Error of a failed test, or `null`. */
  readonly failure: string | null;
}

interface Manifest {
  readonly version: string;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

interface MochaReport {
  readonly tests: readonly { readonly fullTitle: string; readonly err: { readonly message?: string } }[];
  readonly failures: readonly { readonly fullTitle: string; readonly err: { readonly message?: string } }[];
}

export class Suite {
  readonly #folder = mkdtempSync(join(tmpdir(), "curfew-peers-"));
  readonly #manifest: Manifest;

  /** @param checkout - a checkout of express-session's repository; it is copied, never written to */
  constructor(checkout: string) {
    this.#manifest = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as Manifest;
    for (const name of ["session", "test"])
      cpSync(join(checkout, name), join(this.#folder, name), { recursive: true });
    writeFileSync(
      join(this.#folder, "index.js"),
      `module.exports = require(${JSON.stringify(ADAPTER)}).adapter;\n`,
    );
  }

  get version(): string {
    return this.#manifest.version;
  }

  /** Installs what the suite requires, and makes the certificate of its tests over HTTPS. */
  async install(): Promise<void> {
    const { dependencies, devDependencies } = this.#manifest;
    const versions = { ...devDependencies, ...dependencies };
    const needed = Object.entries(versions).filter(([name]) => NEEDED.includes(name));
    const manifest = { name: "peers", private: true, dependencies: Object.fromEntries(needed) };
    writeFileSync(join(this.#folder, "package.json"), JSON.stringify(manifest));
    // The prefix is given, since npm passes its own to the scripts that npm runs.
    const flags = ["--prefix", this.#folder, "--no-audit", "--no-fund", "--prefer-offline"];
    await this.#run("npm", ["install", ...flags], {});
    await this.#run("sh", ["test/support/gencert.sh"], {});
  }

  /** Runs `test/session.js`. @throws if mocha itself fails */
  async run(mode: Mode, redisUrl: string): Promise<Ran[]> {
    const report = join(this.#folder, "report.json");
    rmSync(report, { force: true });
    const mocha = join(this.#folder, "node_modules", "mocha", "bin", "mocha.js");
    const flags = ["--require", "test/support/env", "--exit", "--reporter", "json"];
    const env = {
      [PEERS_MODE]: mode,
      [PEERS_REDIS]: redisUrl,
      TSX_TSCONFIG_PATH: join(ROOT, "tsconfig.json"),
    };
    const args = ["--import", import.meta.resolve("tsx"), mocha, ...flags];
    // Mocha's exit code is the number of failures; the report tells them.
    const output = await this.#run(
      process.execPath,
      [...args, "--reporter-option", `output=${report}`, "test/session.js"],
      env,
    ).catch((error: unknown) => String(error));
    try {
      return resultsOf(JSON.parse(readFileSync(report, "utf8")) as MochaReport);
    } catch (error) {
      throw new Error(`mocha left no report: ${output}`, { cause: error });
    }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #run(command: string, args: readonly string[], env: Record<string, string>): Promise<string> {
    const { stdout, stderr } = await exec(command, args, {
      cwd: this.#folder,
      env: { ...process.env, ...env },
      timeout: TIMEOUT_MS,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout + stderr;
  }
}

/** Reads mocha's report. The second test of one title gets a number. */
function resultsOf({ tests, failures }: MochaReport): Ran[] {
  const seen = new Map<string, number>();
  const hooks = failures.filter(({ fullTitle }) => /"(?:before|after)\b[^"]*" hook\b/.test(fullTitle));
  return [...tests, ...hooks].map(({ fullTitle, err }) => {
    const count = (seen.get(fullTitle) ?? 0) + 1;
    seen.set(fullTitle, count);
    const title = fullTitle.replace(/^session\(\) /, "") + (count > 1 ? ` (${count})` : "");
    return {
      title,
      failure: Object.keys(err).length === 0 ? null : (err.message ?? "failed without a message"),
    };
  });
}
