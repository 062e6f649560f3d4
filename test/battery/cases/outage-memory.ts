/** Case B4: memory and waiting commands of processes that live through an outage. */
import type { Vitals } from "../support/app-config.js";
import { pause, range, Tally, type AppPair, type BatteryCase, type Stage } from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";
import { startLoad } from "../support/load.js";
import { openWorld, type World } from "../support/outage.js";

const RATE_PER_SECOND = 200;
const OUTAGE_MS = 60_000;
/** Until code is compiled and pools are filled, memory grows for other reasons. */
const WARM_UP_MS = 20_000;
const SAMPLE_MS = 1_000;
const MAX_GROWTH_MB = 20;
const NAIVE_OUTAGE_MS = 5_000;

const MB = 2 ** 20;
const inMb = (bytes: number): string => `${(bytes / MB).toFixed(1)} MB`;

const vitalsOf = (stage: Stage): Promise<Vitals[]> => Promise.all(stage.hosts.map((host) => host.vitals()));

/** Highest values of both processes during an outage. */
interface Peaks {
  growthBytes: number;
  pendingCommands: number;
  requests: number;
  /** Commands that were waiting at the end of the outage. */
  pendingAtEnd: number;
}

async function watch(stage: Stage, durationMs: number): Promise<Peaks> {
  const before = await vitalsOf(stage);
  const peaks: Peaks = { growthBytes: 0, pendingCommands: 0, requests: 0, pendingAtEnd: 0 };
  const until = performance.now() + durationMs;
  while (performance.now() < until) {
    await pause(Math.min(SAMPLE_MS, until - performance.now()));
    const now = await vitalsOf(stage);
    for (const [index, vitals] of now.entries()) {
      const grown = vitals.rssBytes - (before[index]?.rssBytes ?? 0);
      peaks.growthBytes = Math.max(peaks.growthBytes, grown);
      peaks.pendingCommands = Math.max(peaks.pendingCommands, vitals.mostPendingCommands);
      peaks.requests = Math.max(peaks.requests, vitals.mostRequests);
    }
    peaks.pendingAtEnd = Math.max(...now.map(({ pendingCommands }) => pendingCommands));
  }
  return peaks;
}

/** Runs one outage under load, then a calm in which everything settles. */
async function outage(stage: Stage, world: World, how: "killed" | "frozen"): Promise<Peaks> {
  world.server.signal(how === "killed" ? "SIGKILL" : "SIGSTOP");
  const peaks = await watch(stage, OUTAGE_MS * stage.scale);
  if (how === "killed") await world.server.restart();
  else world.server.signal("SIGCONT");
  await pause(SAMPLE_MS);
  return peaks;
}

/** Counts the commands that pile up in the app made by hand during a few seconds of the same outage. */
async function naiveOutage(stage: Stage, { server }: World): Promise<string> {
  const app: AppPair = await stage.startApp({ kind: "naive", redisUrl: server.url });
  const people = range(10).map(() => new Browser());
  for (const [index, person] of people.entries())
    await person.at(app.port(index)).trySignIn(`naive-${index}`);
  const load = startLoad(RATE_PER_SECOND, async (index) => {
    const person = people[index % people.length] ?? new Browser();
    return person.at(app.port(Math.floor(index / people.length))).get("/me");
  });
  await vitalsOf(stage);
  server.signal("SIGKILL");
  await pause(NAIVE_OUTAGE_MS);
  const pending = (await vitalsOf(stage)).reduce((sum, vitals) => sum + vitals.mostPendingCommands, 0);
  await server.restart();
  await load.stop();
  return `commands waiting after ${NAIVE_OUTAGE_MS / 1_000} s: ${pending} of ${load.sent} requests, and growing`;
}

/** B4. */
export const outageMemory: BatteryCase = {
  id: "B4",
  title: "Memory and waiting commands in 60 s without Redis at 200 requests a second, frozen and killed",
  passesAt: "RSS grows by at most 20 MB; at most twice as many waiting commands as requests in flight",
  inTests: false,
  async run(stage) {
    const world = await openWorld(stage);
    try {
      const load = startLoad(RATE_PER_SECOND, (index) => world.ask(index));
      await pause(WARM_UP_MS * stage.scale);
      const tally = new Tally();
      for (const how of ["frozen", "killed"] as const) {
        stage.report(how);
        const peaks = await outage(stage, world, how);
        const { growthBytes, pendingCommands, requests, pendingAtEnd } = peaks;
        tally
          .figure(`${how}: RSS growth after GC`, inMb(growthBytes), growthBytes <= MAX_GROWTH_MB * MB)
          .figure(
            `${how}: commands waiting in a process, at most`,
            `${pendingCommands}, with ${requests} requests in flight at most`,
            pendingCommands <= 2 * requests,
          )
          .figure(`${how}: commands waiting at the end`, pendingAtEnd, pendingAtEnd <= 2 * requests);
      }
      tally.none("unanswered", await load.stop());
      return { figures: tally.figures, naive: await naiveOutage(stage, world) };
    } finally {
      await world.close();
    }
  },
};
