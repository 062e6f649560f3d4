/** Takes processor profiles of the contestants' apps at full load. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench, RunningApp } from "./apps.js";
import { takeTurn } from "./measure.js";
import { SATURATING_CONNECTIONS } from "./plan.js";
import { IDLE, microsByGroup, type CpuProfile } from "./profile-summary.js";
import type { ContestantId } from "./processes/messages.js";

/** Microseconds of processor time a request, by the package whose code ran. */
export type Profiles = ReadonlyMap<ContestantId, ReadonlyMap<string, number>>;

const PROFILE_ROUNDS = 2;

/** Profiles each app at full load. Profiling slows apps down, so no other figure comes from these turns. */
export async function profileAll(
  { options, load, say }: Bench,
  apps: readonly RunningApp[],
): Promise<Profiles> {
  const folder = options.profile ?? mkdtempSync(join(tmpdir(), "curfew-bench-"));
  const profiles = new Map<ContestantId, Map<string, number>>();
  say("\nProfiling …");
  try {
    for (const app of apps) {
      const path = join(folder, `${app.id}.cpuprofile`);
      await app.worker.ask("startProfile");
      const { requests, cpuMicros } = await takeTurn(app, load, {
        connections: SATURATING_CONNECTIONS,
        seconds: options.seconds * PROFILE_ROUNDS,
        offeredPerSecond: null,
        seed: 0,
      });
      await app.worker.ask("stopProfile", path);
      const micros = microsByGroup(JSON.parse(readFileSync(path, "utf8")) as CpuProfile);
      profiles.set(app.id, sharesOf(micros, cpuMicros / requests));
    }
  } finally {
    if (options.profile === null) rmSync(folder, { recursive: true, force: true });
  }
  return profiles;
}

/** A profile counts time by the clock, which other processes share, so only its proportions are used. */
function sharesOf(micros: ReadonlyMap<string, number>, cpuMicros: number): Map<string, number> {
  const busy = [...micros].filter(([group]) => group !== IDLE);
  const all = busy.reduce((sum, [, own]) => sum + own, 0);
  return new Map(busy.map(([group, own]) => [group, (own / all) * cpuMicros]));
}
