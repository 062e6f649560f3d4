/** Masters of a Cluster that die, or freeze, while people use what they hold. */
import { isWholeAgain, masterOf, replacementOf } from "../../support/cluster-roles.js";
import { startCluster, type RedisCluster } from "../../support/redis-cluster.js";
import type { RedisServer } from "../../support/redis-server.js";
import { tell } from "../support/browser.js";
import { pause, Tally, type BatteryCase, type Stage } from "../support/battery-case.js";
import { gatherCrowd, type Crowd } from "../support/crowd.js";

const PEOPLE = 10;
const PER_SECOND = 200;
const NODE_TIMEOUT_MS = 1_000;
/** How soon after its replica has taken over everybody must be served again. */
const BACK_WITHIN_MS = 1_500;
const LONGEST_MS = 1_000;
/** How long people go on with signing in and out, before a master goes and after it has been replaced. */
const BUSY_MS = 3_000;
/** Replicas are given this long to take in the last write: what a failover undoes is another matter (case C3). */
const SETTLING_MS = 500;

/** Which master goes, and how. */
interface Blow {
  readonly name: string;
  readonly signal: "SIGKILL" | "SIGSTOP";
  /** A key that it has. */
  readonly key: string;
}

/** How it went. */
interface Recovery {
  readonly takenOverAfterMs: number;
  readonly backAfterMs: number;
  /** People who saw a guarded page while the master was gone. */
  readonly servedMeanwhile: number;
}

/** C6: a master is gone, its replica takes over. */
export const clusterFailover: BatteryCase = {
  id: "C6",
  title: "a Cluster master is killed, or freezes, under 200 req/s",
  passesAt: "guarded service back <= 1.5 s after its replica has taken over; 503 meanwhile; 0 protected",
  inTests: false,
  async run(stage) {
    const cluster = await startCluster({ nodeTimeoutMs: NODE_TIMEOUT_MS });
    try {
      return (await play(stage, cluster)).outcome;
    } finally {
      await cluster.stop();
    }
  },
};

async function play(stage: Stage, cluster: RedisCluster): Promise<Tally> {
  const app = await stage.startApp({ clusterNodes: cluster.nodes, timeoutMs: 1_000 });
  await tell(app.port(0), "/control/settings", { maxSessionsPerUser: 1 });
  const blows: Blow[] = [
    { name: "settings, killed", signal: "SIGKILL", key: "curfew:settings" },
    {
      name: "the list of sessions, killed",
      signal: "SIGKILL",
      key: "curfew:l:0:0",
    },
    { name: "the list of sessions, frozen", signal: "SIGSTOP", key: "curfew:l:0:0" },
    { name: "settings, frozen", signal: "SIGSTOP", key: "curfew:settings" },
  ];
  const crowd = await gatherCrowd(app, PEOPLE, PER_SECOND);
  const tally = new Tally();
  try {
    for (const blow of blows) {
      const recovery = await strike(cluster, crowd, blow);
      tally
        .figure(`master of ${blow.name}: replaced after`, ms(recovery.takenOverAfterMs), true)
        .figure(
          "everybody served again, after that",
          ms(recovery.backAfterMs),
          recovery.backAfterMs <= BACK_WITHIN_MS,
        )
        .figure("people served meanwhile", `${String(recovery.servedMeanwhile)} of ${String(PEOPLE)}`, true);
      stage.report(`${blow.name}: ${JSON.stringify(recovery)}`);
    }
  } finally {
    await crowd.stop();
    await app.stop();
  }
  const { answers } = crowd;
  for (const line of answers.wrong.slice(0, 5)) stage.report(line);
  return tally
    .figure("requests", answers.requests, answers.requests > 0)
    .figure("503", answers.unavailable, answers.unavailable > 0)
    .none("503 without Retry-After", answers.withoutRetryAfter)
    .none("500", answers.errors)
    .none("guarded pages after the end", answers.leaks)
    .none("wrong answers", answers.wrong.length)
    .figure("slowest answer", ms(answers.slowestMs), answers.slowestMs <= LONGEST_MS)
    .none("processes that ended", stage.hosts.filter(({ isAlive }) => !isAlive).length);
}

const ms = (duration: number): string => `${duration.toFixed(0)} ms`;

/** Takes a master away, waits until all are served again, and gives it back to be a replica. */
async function strike(cluster: RedisCluster, crowd: Crowd, blow: Blow): Promise<Recovery> {
  crowd.isOnlyReading = false;
  await pause(BUSY_MS);
  crowd.isOnlyReading = true;
  await pause(SETTLING_MS);
  const master: RedisServer = await masterOf(cluster, blow.key);
  master.signal(blow.signal);
  const goneAt = performance.now();
  await replacementOf(cluster, blow.key, master);
  const takenOverAt = performance.now();
  const servedMeanwhile = crowd.names.filter(
    (name) => crowd.lastSeenAt(name) > goneAt + LONGEST_MS / 2,
  ).length;
  const backAt = await everybodySeen(crowd, takenOverAt);
  crowd.isOnlyReading = false;
  await pause(BUSY_MS);
  if (blow.signal === "SIGSTOP") master.signal("SIGCONT");
  else await master.restart();
  await isWholeAgain(cluster);
  return { takenOverAfterMs: takenOverAt - goneAt, backAfterMs: backAt - takenOverAt, servedMeanwhile };
}

/** Resolves when everybody has seen a guarded page since then. @returns when the last of them did */
async function everybodySeen(crowd: Crowd, since: number): Promise<number> {
  const giveUpAt = since + 10 * BACK_WITHIN_MS;
  for (;;) {
    const missing = crowd.names.filter((name) => crowd.lastSeenAt(name) < since);
    if (missing.length === 0 || performance.now() > giveUpAt) return performance.now();
    await pause(5);
  }
}
