/** Runs the suite on one version and reads the result. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CACHE } from "../harness/redis-binary.js";
import { NotToBeHad } from "../harness/redis-versions.js";
import type { Cell, Equipment } from "./cells.js";

/** Result of a run. */
export interface CellResult {
  readonly id: string;
  /** Versions that ran, as Node and the server report them; `null` if a version was not available. */
  readonly ran: string | null;
  /** Reason why a version was not available. */
  readonly reason: string | null;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** File with the run's output. */
  readonly log: string;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TELL_EVERY_MS = 30_000;

/** Fetches a cell's programs and runs the suite on them. @param args - more arguments for vitest */
export async function runCell(
  cell: Cell,
  report: (progress: string) => void,
  args: readonly string[] = [],
): Promise<CellResult> {
  const log = join(CACHE, "matrix", `${cell.id}.log`);
  const nothing = { id: cell.id, ran: null, passed: 0, failed: 0, skipped: 0, seconds: 0, log };
  let equipment: Equipment;
  try {
    equipment = await cell.prepare();
  } catch (error) {
    if (error instanceof NotToBeHad) return { ...nothing, reason: error.message };
    throw error;
  }
  await mkdir(join(CACHE, "matrix"), { recursive: true });
  const project = cell.project === "all" ? [] : ["--project", cell.project];
  const startedAt = performance.now();
  const { output, exitCode } = await runSuite(equipment, [...project, ...args], log, report);
  const counts = countsIn(output);
  for (const line of failuresIn(output)) report(line);
  return {
    ...nothing,
    ...counts,
    // A run with an error has failed, even if it counted no failure.
    failed: exitCode === 0 ? counts.failed : Math.max(1, counts.failed),
    ran: whatRan(output),
    reason: null,
    seconds: (performance.now() - startedAt) / 1_000,
  };
}

interface SuiteRun {
  readonly output: string;
  readonly exitCode: number;
}

async function runSuite(
  { node, env }: Equipment,
  args: readonly string[],
  log: string,
  report: (progress: string) => void,
): Promise<SuiteRun> {
  const script = ["--import", "tsx", "scripts/test.ts", ...args];
  const child = spawn(node, script, {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const file = createWriteStream(log);
  let output = "";
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
    file.write(chunk);
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const tell = setInterval(() => {
    report(`${(output.match(/^ [✓❯] .*\.test\.ts/gmu) ?? []).length} test files so far`);
  }, TELL_EVERY_MS);
  try {
    const [code] = (await once(child, "close")) as [number | null];
    return { output, exitCode: code ?? 1 };
  } finally {
    clearInterval(tell);
    file.end();
  }
}

/** Returns the versions in a run's output: of the server by global-setup.ts, of Node by scripts/test.ts. */
export function whatRan(output: string): string {
  const node = /^Node v(\S+)$/m.exec(output)?.[1] ?? "unknown";
  const server = /^Tests run against (.+?)(?: on port \d+| at REDIS_URL)?(?: \(.*\))?\.$/m.exec(output)?.[1];
  return `Node ${node}, ${server ?? "no server"}`;
}

/** Returns the counts that scripts/test.ts prints at the end. */
export function countsIn(output: string): { passed: number; failed: number; skipped: number } {
  const match = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/m.exec(output);
  const [passed, failed, skipped] = [match?.[1] ?? 0, match?.[2] ?? 1, match?.[3] ?? 0].map(Number);
  return { passed: passed ?? 0, failed: failed ?? 1, skipped: skipped ?? 0 };
}

/** Returns the failed tests, each once. */
function failuresIn(output: string): string[] {
  return [...new Set(output.match(/^ *FAIL .*$/gmu) ?? [])].map((line) => line.trim());
}
