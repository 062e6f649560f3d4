/** Cases C1 and C2: a master behind Sentinel is killed or frozen under load. */
import { Redis } from "ioredis";
import { startSentinels, waitUntil, type Sentinels } from "../../harness/redis-sentinel.js";
import {
  pause,
  range,
  Tally,
  type AppPair,
  type BatteryCase,
  type Outcome,
  type Stage,
} from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";
import { CANARY } from "../support/guarded-app.js";
import { percentile, startLoad, statusesOf, unhelpful, type Shot } from "../support/load.js";

const RATE = 200;
const USERS = 8;
const BEFORE_MS = 1_000;
const AFTER_MS = 2_500;
/** Long enough for the sentinels to find the old master awake and make it a replica. */
const AFTER_WAKING_MS = 12_000;
/** A sentinel names the new master right after its promotion, shortly before it announces the switch. */
const NAMED_BEFORE_MS = 500;
/** The old master may still answer the commands that it has read. */
const ON_ITS_WAY_MS = 100;
const BACK_WITHIN_MS = 1_500;
const ANSWER_WITHIN_MS = 1_000;
/** A busy machine may stop a process for longer than a request may wait. */
const REFUSED_LATER = 0.01;

/** Result of one failover. */
interface Round {
  /** Requests of signed-in users, by process. */
  readonly perProcess: readonly (readonly Shot[])[];
  /** Requests of signed-in users in both processes. */
  readonly living: readonly Shot[];
  /** Requests of users whose sessions ended before or after the failover. */
  readonly ended: readonly Shot[];
  readonly downAt: number;
  readonly switchedAt: number;
  readonly unanswered: number;
}

/** Waits until the replica has every acknowledged write. */
async function replicated(sentinels: Sentinels): Promise<void> {
  const client = new Redis((await sentinels.master()).url);
  try {
    await client.set("battery:last", "1");
    await waitUntil("the replica has everything", async () => (await client.wait(1, 1_000)) === 1);
  } finally {
    client.disconnect();
  }
}

async function failOver(stage: Stage, how: "SIGKILL" | "SIGSTOP"): Promise<Round> {
  const sentinels = await startSentinels();
  const app = await stage.startApp({ sentinel: sentinels.options, timeoutMs: 1_000 });
  try {
    const living = await signIn(app, "living");
    const ended = await signIn(app, "ended");
    const endedLater = await signIn(app, "later");
    await Promise.all(ended.map((browser, index) => browser.clone().at(app.port(index)).post("/logout")));
    await replicated(sentinels);

    const livingLoads = range(2).map((process) =>
      startLoad(RATE * 0.375, (index) => ask(app, living, 2 * index + process)),
    );
    const endedLoad = startLoad(RATE * 0.25, (index) => ask(app, ended, index));
    await pause(BEFORE_MS);
    const master = await sentinels.master();
    const switched = sentinels.nextSwitch();
    const downAt = performance.now();
    master.signal(how);
    const switchedAt = await switched;
    await pause(AFTER_MS);

    // The session ends on the new master. A process that still asks the old master would let the user in.
    const outs = await Promise.all(
      endedLater.map((browser, index) => browser.clone().at(app.port(index)).post("/logout")),
    );
    const endedOnNew = endedLater.filter((_browser, index) => outs[index]?.status === 200);
    const laterLoad = startLoad(RATE * 0.25, (index) => ask(app, endedOnNew, index));
    if (how === "SIGSTOP") {
      master.signal("SIGCONT");
      await pause(AFTER_WAKING_MS);
    } else await pause(AFTER_MS);
    const unanswered = await Promise.all([...livingLoads, endedLoad, laterLoad].map((load) => load.stop()));
    return {
      perProcess: livingLoads.map(({ shots }) => shots),
      living: livingLoads.flatMap(({ shots }) => shots),
      ended: [...endedLoad.shots, ...laterLoad.shots],
      downAt,
      switchedAt,
      unanswered: unanswered.reduce((sum, count) => sum + count, 0),
    };
  } finally {
    await app.stop();
    await sentinels.stop();
  }
}

async function signIn(app: AppPair, name: string): Promise<Browser[]> {
  return Promise.all(
    range(USERS).map(async (index) => {
      const browser = new Browser();
      const { status } = await browser.at(app.port(index)).trySignIn(`${name}-${index}`);
      if (status !== 200) throw new Error(`sign-in answered ${status}`);
      return browser;
    }),
  );
}

function ask(app: AppPair, browsers: readonly Browser[], index: number) {
  const browser = browsers[Math.floor(index / 2) % browsers.length] ?? new Browser();
  return browser.clone().at(app.port(index)).get("/me");
}

/** Returns the milliseconds after the switch until each process has served a signed-in user; Infinity if never. */
function backAfterMs({ perProcess, switchedAt }: Round): number {
  const firsts = perProcess.map((shots) => {
    const served = shots.filter(({ status, sentAt }) => status === 200 && sentAt > switchedAt);
    return Math.min(...served.map(({ doneAt }) => doneAt));
  });
  return Math.max(...firsts) - switchedAt;
}

/** Returns the answers after that moment. */
function afterBack(round: Round): readonly Shot[] {
  const backAt = round.switchedAt + backAfterMs(round);
  return round.living.filter(({ sentAt }) => sentAt > backAt);
}

function tally(stage: Stage, rounds: readonly Round[]): Tally {
  const backs = rounds.map(backAfterMs);
  const shots = rounds.flatMap(({ living, ended }) => [...living, ...ended]);
  const meanwhile = rounds.flatMap(({ living, downAt, switchedAt }) =>
    living.filter(({ sentAt }) => sentAt > downAt + ON_ITS_WAY_MS && sentAt < switchedAt - NAMED_BEFORE_MS),
  );
  const switches = rounds.map(({ downAt, switchedAt }) => switchedAt - downAt);
  const living = rounds.flatMap((round) => round.living);
  const ended = rounds.flatMap((round) => round.ended);
  const later = rounds.flatMap(afterBack);
  const refusedLater = later.filter(({ status }) => status !== 200).length;
  const p99 = percentile(shots, 0.99);
  return new Tally()
    .figure("failovers", `${rounds.length}, ${span(switches)} ms from the fault to +switch-master`, true)
    .figure(
      "served again in both processes, after +switch-master",
      `${span(backs)} ms`,
      backs.every((ms) => ms <= BACK_WITHIN_MS),
    )
    .figure(
      `answers to the signed-in from the fault to ${NAMED_BEFORE_MS} ms before the switch`,
      statusesOf(meanwhile),
      meanwhile.length > 0 && meanwhile.every(({ status }) => status === 503),
    )
    .none(
      "other answers to them than 200 and 503",
      living.filter(({ status }) => !isOf(status, 200, 503)).length,
    )
    .none("protected pages shown to the ended", ended.filter(({ text }) => text.includes(CANARY)).length)
    .none(
      "other answers to the ended than 401 and 503",
      ended.filter(({ status }) => !isOf(status, 401, 503)).length,
    )
    .none("503 without Retry-After in seconds", unhelpful(shots))
    .figure(
      "503 once it was back",
      `${refusedLater} of ${later.length}`,
      refusedLater <= later.length * REFUSED_LATER,
    )
    .figure("99 % of answers within", `${p99.toFixed(0)} ms`, p99 <= ANSWER_WITHIN_MS)
    .none(
      "requests without an answer",
      rounds.reduce((sum, { unanswered }) => sum + unanswered, 0),
    )
    .none("app processes that ended", stage.hosts.filter(({ isAlive }) => !isAlive).length);
}

const isOf = (status: number, ...statuses: number[]): boolean => statuses.includes(status);
const span = (values: readonly number[]): string =>
  `${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)}`;

async function run(stage: Stage, how: "SIGKILL" | "SIGSTOP"): Promise<Tally> {
  const rounds: Round[] = [];
  for (const round of range(stage.count(5))) {
    rounds.push(await failOver(stage, how));
    stage.report(
      `failover ${round + 1}: back ${rounds.map(backAfterMs).at(-1)?.toFixed(0)} ms after the switch`,
    );
  }
  return tally(stage, rounds);
}

/** Time for the app made by hand, with ioredis's defaults, to be back. */
const NAIVE_WITHIN_MS = 15_000;

/** The app made by hand. */
async function byHand(stage: Stage, tallied: Tally): Promise<Outcome> {
  const sentinels = await startSentinels();
  const app = await stage.startApp({ kind: "naive", sentinel: sentinels.options });
  try {
    const [browser = new Browser()] = await signIn(app, "naive");
    await replicated(sentinels);
    const switched = sentinels.nextSwitch();
    (await sentinels.master()).signal("SIGSTOP");
    const switchedAt = await switched;
    const answered = await Promise.race([
      browser
        .at(app.port(0))
        .get("/me")
        .then(({ status }) => status),
      pause(NAIVE_WITHIN_MS).then(() => null),
    ]);
    const afterMs = (performance.now() - switchedAt).toFixed(0);
    const naive =
      answered === null
        ? `no answer within ${NAIVE_WITHIN_MS / 1_000} s of the switch`
        : `${answered}, ${afterMs} ms after the switch`;
    return { ...tallied.outcome, naive };
  } finally {
    await app.stop();
    await sentinels.stop();
  }
}

/** C1. */
export const masterKilled: BatteryCase = {
  id: "C1",
  title: "Sentinel: the master is killed under 200 requests a second; down-after 1 s",
  passesAt: "guarded pages back within 1.5 s of +switch-master; 503 until then; 0 protected pages shown",
  inTests: false,
  run: async (stage) => (await run(stage, "SIGKILL")).outcome,
};

/** C2. */
export const masterFrozen: BatteryCase = {
  id: "C2",
  title: "Sentinel: the master freezes under 200 requests a second, and wakes up after its demotion",
  passesAt:
    "guarded pages back within 1.5 s of +switch-master; 503 until then; 0 protected pages shown; 0 revived sessions",
  inTests: false,
  run: async (stage) => byHand(stage, await run(stage, "SIGSTOP")),
};
