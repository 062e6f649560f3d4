#!/usr/bin/env node
/** The program `express-curfew`. */
import { hostname, userInfo } from "node:os";
import { EXIT } from "./output.js";
import { run } from "./run.js";

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const)
  process.once(name, () => {
    stop.abort();
  });
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A program that reads the output may end first, such as head.
  if (error.code === "EPIPE") process.exit();
  process.stderr.write(`express-curfew: the output cannot be written: ${error.message}\n`);
  process.exit(EXIT.defect);
});

const ERASE_LINE = "\r\u001b[K";
const isWatched = process.stderr.isTTY;
let hasProgress = false;

function write(stream: NodeJS.WriteStream, text: string): void {
  if (hasProgress) process.stderr.write(ERASE_LINE);
  hasProgress = false;
  stream.write(`${text}\n`);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number without a name.
    return String(process.getuid?.() ?? "unknown");
  }
}

run(process.argv.slice(2), {
  env: process.env,
  print: (line) => {
    write(process.stdout, line);
  },
  note: (line) => {
    write(process.stderr, line);
  },
  progress: isWatched
    ? (text) => {
        hasProgress = true;
        process.stderr.write(`${ERASE_LINE}${text}`);
      }
    : null,
  signal: stop.signal,
  place: `command line (${userName()}@${hostname()})`,
}).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`express-curfew: ${error instanceof Error ? String(error.stack) : String(error)}\n`);
    process.exitCode = EXIT.defect;
  },
);
