/** Processor profiles of the contestants' apps while they are kept busy. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench, RunningApp } from "./apps.js";
import { takeTurn } from "./measure.js";
import { SATURATING_CONNECTIONS } from "./plan.js";
import { IDLE, microsByGroup, type CpuProfile } from "./profile-summary.js";
import type { ContestantId } from "./processes/messages.js";

/** Microseconds of processor time a request, by what spent them. */
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
      const { requests, cpuMicros } = await takeTurn(app, load, redis, {
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

/** A profile goes by the clock, on which other processes have their share too; so only its proportions are taken. */
function sharesOf(micros: ReadonlyMap<string, number>, cpuMicros: number): Map<string, number> {
  const busy = [...micros].filter(([group]) => group !== IDLE);
  const all = busy.reduce((sum, [, own]) => sum + own, 0);
  return new Map(busy.map(([group, own]) => [group, (own / all) * cpuMicros]));
}
