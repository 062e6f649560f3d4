/** A redis-server whose clock can be set while it runs. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { openSync, writeSync, closeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import { startRedis, type RedisServer } from "./redis-server.js";

const run = promisify(execFile);
const SOURCE = fileURLToPath(new URL("clock-shim.c", import.meta.url));

const TOLERANCE_SECONDS = 2;

/** A server and its clock. */
export interface ClockedRedis {
  readonly server: RedisServer;
  /** Sets the clock that `TIME` reads, in seconds ahead of the first clock. A negative number sets it back. */
  setOffset(seconds: number): Promise<void>;
  stop(): Promise<void>;
}

/** Compiles the shim. @returns the reason if this fails, else `null` */
async function compile(library: string): Promise<string | null> {
  try {
    await run("cc", ["-shared", "-fPIC", "-O2", "-o", library, SOURCE]);
    return null;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return isMissing ? "there is no C compiler here" : `the clock shim does not compile: ${String(error)}`;
  }
}

/** Starts a redis-server with a clock to set. @returns the reason if this is not possible here */
export async function startClockedRedis(): Promise<ClockedRedis | string> {
  if (process.platform !== "linux") return "a process's clock can only be set on Linux";
  const folder = await mkdtemp(join(tmpdir(), "curfew-clock-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const [library, file] = [join(folder, "clock.so"), join(folder, "offset")];
  const problem = await compile(library);
  if (problem !== null) {
    await remove();
    return problem;
  }
  const bytes = Buffer.alloc(8);
  await writeFile(file, bytes);
  const server = await startRedis({ env: { LD_PRELOAD: library, CLOCK_SHIM_FILE: file } });
  const client = new Redis(server.url);
  const handle = openSync(file, "r+");
  return {
    server,
    setOffset: async (seconds) => {
      bytes.writeBigInt64LE(BigInt(seconds));
      writeSync(handle, bytes, 0, 8, 0);
      // Valkey 9 reads its host's clock only from time to time.
      while (Math.abs(Number((await client.time())[0]) - Date.now() / 1_000 - seconds) > TOLERANCE_SECONDS)
        await setTimeout(1);
    },
    stop: async () => {
      client.disconnect();
      closeSync(handle);
      await server.stop();
      await remove();
    },
  };
}
