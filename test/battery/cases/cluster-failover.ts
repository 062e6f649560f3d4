/** Masters of a Cluster die or freeze while people use their keys. */
import { isWholeAgain, masterOf, replacementOf } from "../../harness/cluster-roles.js";
import { startCluster, type RedisCluster } from "../../harness/redis-cluster.js";
import type { RedisServer } from "../../harness/redis-server.js";
import { tell } from "../../harness/http.js";
import { pause, Tally, type BatteryCase, type Stage } from "../support/battery-case.js";
import { gatherCrowd, type Crowd } from "../support/crowd.js";

const PEOPLE = 10;
const PER_SECOND = 200;
const NODE_TIMEOUT_MS = 1_000;
/** Time after the replica has taken over in which all users must be served again. */
const BACK_WITHIN_MS = 1_500;
const LONGEST_MS = 1_000;
/** Time for which people sign in and out, before a master goes and after its replacement. */
const BUSY_MS = 3_000;
/** Time for replicas to receive the last write. Case C3 covers writes that a failover undoes. */
const SETTLING_MS = 500;

/** A master and its fault. */
interface Blow {
  readonly name: string;
  readonly signal: "SIGKILL" | "SIGSTOP";
  /** Key that the master has. */
  readonly key: string;
}

/** Every request of a signed-in user reads this key. */
const SETTINGS = "curfew:settings";
/** A key on another master. That master has records, users and data of about two in three people. */
const ELSEWHERE = "curfew:sessions";

const BLOWS: readonly Blow[] = [
  { name: "master of settings, which all need, killed", signal: "SIGKILL", key: SETTINGS },
  { name: "another master, killed", signal: "SIGKILL", key: ELSEWHERE },
  { name: "another master, frozen", signal: "SIGSTOP", key: ELSEWHERE },
  { name: "master of settings, which all need, frozen", signal: "SIGSTOP", key: SETTINGS },
];

/** Result of one blow. */
interface Recovery {
  readonly takenOverAfterMs: number;
  readonly backAfterMs: number;
  /** People who saw a guarded page while the master was gone, later than a wait for it takes. */
  readonly servedMeanwhile: number;
}

/** C6: a master is gone, and its replica takes over. */
export const clusterFailover: BatteryCase = {
  id: "C6",
  title: "A Cluster master is killed or freezes under 200 requests a second",
  passesAt:
    "guarded pages back within 1.5 s after the replica has taken over; 503 until then; 0 protected pages shown",
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
  await requireApart(cluster);
  const crowd = await gatherCrowd(app, PEOPLE, PER_SECOND);
  const tally = new Tally();
  try {
    for (const blow of BLOWS) {
      const recovery = await strike(cluster, crowd, blow);
      tally
        .figure(`${blow.name}: replaced after`, ms(recovery.takenOverAfterMs), true)
        .figure(
          `${blow.name}: all users served again, after that`,
          ms(recovery.backAfterMs),
          recovery.backAfterMs <= BACK_WITHIN_MS,
        )
        .figure(
          `${blow.name}: people served while it was gone, for information`,
          `${String(recovery.servedMeanwhile)} of ${String(PEOPLE)}`,
          true,
        );
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

/**
 * Throws if both keys are on one master, because the case would then test one master twice. A failover keeps
 * the slots.
 */
async function requireApart(cluster: RedisCluster): Promise<void> {
  if ((await masterOf(cluster, SETTINGS)) === (await masterOf(cluster, ELSEWHERE)))
    throw new Error(`${SETTINGS} and ${ELSEWHERE} are on one master.`);
}

const ms = (duration: number): string => `${duration.toFixed(0)} ms`;

/** Takes a master away, waits until all users are served again, and returns the server as a replica. */
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

/** Resolves when each person has seen a guarded page since then. @returns the time of the last person */
async function everybodySeen(crowd: Crowd, since: number): Promise<number> {
  const giveUpAt = since + 10 * BACK_WITHIN_MS;
  for (;;) {
    const missing = crowd.names.filter((name) => crowd.lastSeenAt(name) < since);
    if (missing.length === 0 || performance.now() > giveUpAt) return performance.now();
    await pause(5);
  }
}
