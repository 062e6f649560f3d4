/** Projects of the package's users: folders with the packed tarball installed from npm's registry. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const exec = promisify(execFile);
const FIXTURES = fileURLToPath(new URL("fixtures", import.meta.url));
/** Longest time of one command, in milliseconds. */
const TIMEOUT_MS = 240_000;

/** One way to load the package. */
export interface Way {
  readonly name: string;
  /** @throws Error with the output of the command that failed */
  try(): Promise<void>;
}

interface NodeOptions {
  /** Path of the Node to run. @default this one */
  readonly node?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Working directory, from the project's root. */
  readonly folder?: string;
}

/** A folder outside of this repository, so that nothing here is found by accident. */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), "curfew-consumer-"));
  /** The prefix is given, since npm passes its own to the scripts that npm runs. */
  readonly #flags = ["--prefix", this.folder, "--no-audit", "--no-fund", "--prefer-offline"];

  /** Installs the tarball with these packages, such as `express@5`. @param manifest - further lines of package.json */
  async install(tarball: string, packages: readonly string[], manifest: object = {}): Promise<void> {
    this.write("package.json", { name: "consumer", private: true, ...manifest });
    await this.add([tarball, ...packages]);
  }

  /** Installs further packages with `npm install`. */
  async add(args: readonly string[]): Promise<void> {
    await this.run("npm", ["install", ...this.#flags, ...args]);
  }

  /** Path of a file in this project. */
  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  /** Path of a file of an installed package. */
  installed(file: string): string {
    return this.path("node_modules", file);
  }

  /** Writes a file, an object as JSON. */
  write(file: string, content: string | object): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), typeof content === "string" ? content : JSON.stringify(content, null, 2));
  }

  /** Copies a file from `fixtures/`. */
  copy(fixture: string, to: string): void {
    mkdirSync(dirname(this.path(to)), { recursive: true });
    cpSync(join(FIXTURES, fixture), this.path(to));
  }

  /** Runs a script with this Node, or another, in a folder of this project. */
  node(
    args: readonly string[],
    { node = process.execPath, env = {}, folder = "" }: NodeOptions = {},
  ): Promise<void> {
    return this.run(node, args, env, this.path(folder));
  }

  private async run(
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    cwd: string = this.folder,
  ): Promise<void> {
    try {
      await exec(command, args, {
        cwd,
        env: { ...process.env, ...env },
        timeout: TIMEOUT_MS,
        maxBuffer: 1 << 26,
      });
    } catch (error) {
      const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
      throw new Error(`${stdout}${stderr}`.trim() || message, { cause: error });
    }
  }
}
