/** Starts the example as its own process, and runs shell lines against it. */
import { execFile, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, type TestContext } from "vitest";

/** The project's root folder. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const START_MS = 20_000;

interface Output {
  stdout: string;
  stderr: string;
}

/** Starts the example. It ends with the test. */
export function spawnExample(env: Readonly<Record<string, string>>): { child: ChildProcess; output: Output } {
  const { REDIS_URL: _url, SESSION_SECRET: _secret, NODE_OPTIONS: _options, ...rest } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", "example-app/server.ts"], {
    cwd: ROOT,
    env: { ...rest, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const output: Output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  return { child, output };
}

/** Starts the example on a free port and waits for the line that says that it runs. */
export async function startServer(
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly child: ChildProcess; readonly output: Output; readonly url: string }> {
  const { child, output } = spawnExample({ PORT: "0", ...env });
  await expect
    .poll(() => output.stdout.includes("Stop with") || child.exitCode !== null, { timeout: START_MS })
    .toBe(true);
  const url = /^express-curfew example: (https?:\S+)$/m.exec(output.stdout)?.[1] ?? "";
  expect(url, output.stderr).toMatch(/^http:\/\/127\.0\.0\.1:\d+$|^https:\/\/localhost:\d+$/);
  return { child, output, url };
}

/** Waits for the end of a process. */
export async function exitCodeOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return child.exitCode;
}

/** Returns false, and skips the test, without curl. */
export function hasCurl(context: TestContext): boolean {
  if (spawnSync("curl", ["--version"]).status === 0) return true;
  console.log("skipped: there is no curl on PATH");
  context.skip();
  return false;
}

/** Returns a function that runs shell lines in a new folder, which holds their cookie files. */
export async function shell(
  env: Readonly<Record<string, string>> = {},
): Promise<(line: string) => Promise<string>> {
  const folder = await mkdtemp(join(tmpdir(), "curfew-example-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const options = { cwd: folder, env: { ...process.env, no_proxy: "127.0.0.1", ...env } };
  return async (line) => {
    const quiet = line.replace("curl ", "curl -s ");
    return (await promisify(execFile)("sh", ["-c", quiet], options)).stdout;
  };
}
