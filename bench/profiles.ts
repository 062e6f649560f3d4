/** Processor profiles of the contestants' apps while they are kept busy. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench, RunningApp } from "./apps.js";
import { takeTurn } from "./measure.js";
import { SATURATING_CONNECTIONS } from "./plan.js";
import { microsByGroup, type CpuProfile } from "./profile-summary.js";
import type { ContestantId } from "./processes/messages.js";

/** Microseconds a request, by what spent them. */
export type Profiles = ReadonlyMap<ContestantId, ReadonlyMap<string, number>>;

const PROFILE_ROUNDS = 2;

/** Profiles each app under as many busy connections as saturate it. Apart from what is measured: it slows apps down. */
export async function profileAll(
  { options, load, redis, say }: Bench,
  apps: readonly RunningApp[],
): Promise<Profiles> {
  const folder = options.profile ?? mkdtempSync(join(tmpdir(), "curfew-bench-"));
  const profiles = new Map<ContestantId, Map<string, number>>();
  say("\nProfiling …");
  try {
    for (const app of apps) {
      const path = join(folder, `${app.id}.cpuprofile`);
      await app.worker.ask("startProfile");
      const { requests } = await takeTurn(app, load, redis, {
        connections: SATURATING_CONNECTIONS,
        seconds: options.seconds * PROFILE_ROUNDS,
        offeredPerSecond: null,
        seed: 0,
      });
      await app.worker.ask("stopProfile", path);
      const micros = microsByGroup(JSON.parse(readFileSync(path, "utf8")) as CpuProfile);
      profiles.set(app.id, new Map([...micros].map(([group, total]) => [group, total / requests])));
    }
  } finally {
    if (options.profile === null) rmSync(folder, { recursive: true, force: true });
  }
  return profiles;
}
