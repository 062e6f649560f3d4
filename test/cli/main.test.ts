/** The program as a process: its exit code if its output cannot be written. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const PROGRAM = [join(ROOT, "node_modules/tsx/dist/cli.mjs"), join(ROOT, "src/cli/main.ts"), "--help"];
/** A file of Linux that refuses every write. */
const FULL = "/dev/full";

it.skipIf(!existsSync(FULL))("says that the output cannot be written, and exits with 70", async () => {
  const program = spawn(process.execPath, PROGRAM, { stdio: ["ignore", openSync(FULL, "w"), "pipe"] });
  const said = program.stderr ? text(program.stderr) : "";
  const [code] = (await once(program, "exit")) as [number];
  expect([code, await said]).toEqual([70, expect.stringMatching(/^express-curfew: .*ENOSPC/)]);
});

it("exits with 0 if the reader of the output ends first", async () => {
  const program = spawn(process.execPath, PROGRAM, { stdio: ["ignore", "pipe", "pipe"] });
  program.stdout.destroy();
  const said = text(program.stderr);
  const [code] = (await once(program, "exit")) as [number];
  expect([code, await said]).toEqual([0, ""]);
});
