/** Case C3: a failover to a replica that lagged, and the changes that the failover undoes. */
import { Redis } from "ioredis";
import { startSentinels, waitUntil, type Sentinels } from "../../harness/redis-sentinel.js";
import { startStallProxy, type StallProxy } from "../../harness/stall-proxy.js";
import { range, Tally, type AppPair, type BatteryCase, type Stage } from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";

const WAIT = { count: 1, timeoutMs: 200 };
const IN_TIME_MS = 1_000;

/** A change that was acknowledged before the failover. */
interface Change {
  readonly what: string;
  /** Value of `durable` that the caller got. */
  readonly durable: unknown;
  readonly tookMs: number;
  /** Returns true if the change is in effect, as the app shows it. */
  holds(): Promise<boolean>;
}

/** Result of one failover. */
interface Round {
  readonly what: string;
  readonly durable: unknown;
  readonly tookMs: number;
  readonly heldBefore: boolean;
  readonly heldAfter: boolean;
}

async function timed<T>(work: Promise<T>): Promise<{ result: T; tookMs: number }> {
  const start = performance.now();
  const result = await work;
  return { result, tookMs: performance.now() - start };
}

/** Repeats a question while Redis is away. */
async function settledStatus(app: AppPair, browser: Browser): Promise<number> {
  let status = 503;
  await waitUntil("the app is back", async () => {
    ({ status } = await browser.clone().at(app.port(0)).get("/me"));
    return status !== 503;
  });
  return status;
}

const CONTROL = "/control/revoke-all";

/** Revokes all sessions of one user. */
async function revoke(app: AppPair, what: string, user: string, browser: Browser): Promise<Change> {
  const { result, tookMs } = await timed(new Browser().at(app.port(0)).post(CONTROL, { user }));
  return {
    what,
    durable: result.json["durable"],
    tookMs,
    holds: async () => (await settledStatus(app, browser)) === 401,
  };
}

/** Makes every change that can be undone, through an app that waits for replicas. */
async function changeEverything(
  asking: AppPair,
  silent: AppPair,
  people: Readonly<Record<string, Browser>>,
): Promise<Change[]> {
  const { ann, bob, carol, dave } = people as Record<"ann" | "bob" | "carol" | "dave", Browser>;
  const isOut = (browser: Browser) => async (): Promise<boolean> =>
    (await settledStatus(asking, browser)) === 401;
  const revoked = await revoke(asking, "revocation", "ann", ann);
  const silently = await revoke(silent, "revocation, not asked", "bob", bob);
  const out = await timed(carol.clone().at(asking.port(0)).post("/logout"));
  const [newcomer, erin] = [new Browser(), new Browser()];
  const evicting = await timed(newcomer.at(asking.port(0)).trySignIn("dave"));
  const opened = await timed(erin.at(asking.port(1)).trySignIn("erin"));
  const saved = await timed(
    new Browser().at(asking.port(0)).post("/control/settings", { sessionMinutes: 77 }),
  );
  return [
    revoked,
    silently,
    { what: "sign-out", durable: out.result.json["durable"], tookMs: out.tookMs, holds: isOut(carol) },
    {
      what: "eviction",
      durable: evicting.result.json["durable"],
      tookMs: evicting.tookMs,
      holds: isOut(dave),
    },
    {
      what: "sign-in",
      durable: opened.result.json["durable"],
      tookMs: opened.tookMs,
      holds: async () => (await settledStatus(asking, erin)) === 200,
    },
    {
      what: "settings",
      durable: saved.result.json["durable"],
      tookMs: saved.tookMs,
      holds: async () => {
        const { json } = await new Browser().at(asking.port(0)).get("/control/settings");
        return (json["settings"] as { sessionMinutes?: number } | undefined)?.sessionMinutes === 77;
      },
    },
  ];
}

async function failOver(stage: Stage): Promise<Round[]> {
  const proxies: StallProxy[] = [];
  const sentinels = await startSentinels({
    masterPort: async ({ port }) => {
      const proxy = await startStallProxy(port);
      proxies.push(proxy);
      return proxy.port;
    },
  });
  const sentinel = sentinels.options;
  const asking = await stage.startApp({ sentinel, waitForReplicas: WAIT, timeoutMs: 2_000 });
  const silent = await stage.startApp({ sentinel, timeoutMs: 2_000 });
  try {
    await new Browser().at(asking.port(0)).post("/control/settings", { maxSessionsPerUser: 1 });
    const people: Record<string, Browser> = {};
    for (const name of ["ann", "bob", "carol", "dave", "frank"]) {
      people[name] = new Browser();
      await people[name].at(asking.port(0)).trySignIn(name);
    }
    const kept = await revoke(asking, "revocation before", "frank", people["frank"] ?? new Browser());
    await replicated(sentinels);
    proxies[0]?.stall();
    const changes = [kept, ...(await changeEverything(asking, silent, people))];
    const heldBefore = await Promise.all(changes.map(({ holds }) => holds()));
    const switched = sentinels.nextSwitch();
    (await sentinels.master()).signal("SIGKILL");
    await switched;
    await Promise.all([asking, silent].map((app) => settledStatus(app, new Browser())));
    await settledStatus(asking, people["ann"] ?? new Browser());
    const rounds: Round[] = [];
    for (const [at, { what, durable, tookMs, holds }] of changes.entries())
      rounds.push({ what, durable, tookMs, heldBefore: heldBefore[at] ?? false, heldAfter: await holds() });
    return rounds;
  } finally {
    await asking.stop();
    await silent.stop();
    await sentinels.stop();
    for (const proxy of proxies) await proxy.close();
  }
}

async function replicated(sentinels: Sentinels): Promise<void> {
  const client = new Redis((await sentinels.master()).url);
  try {
    await client.set("battery:last", "1");
    await waitUntil("the replica has everything", async () => (await client.wait(1, 1_000)) === 1);
  } finally {
    client.disconnect();
  }
}

const LOST = ["revocation", "sign-out", "eviction", "sign-in", "settings"];

/** C3. */
export const failoverUndoes: BatteryCase = {
  id: "C3",
  title: "Sentinel: failover to a replica that lagged when a session was revoked",
  passesAt: "with waitForReplicas: durable is false, 20 of 20; without it: the undone change is not reported",
  inTests: false,
  async run(stage) {
    const failovers = stage.count(20);
    const rounds: Round[] = [];
    for (const failover of range(failovers)) {
      rounds.push(...(await failOver(stage)));
      stage.report(`failover ${failover + 1} of ${failovers}`);
    }
    const of = (what: string): Round[] => rounds.filter((round) => round.what === what);
    const count = (what: string, has: (round: Round) => boolean): number => of(what).filter(has).length;
    const tally = new Tally().exactly(
      "acknowledged and in force before the failover",
      rounds.filter(({ heldBefore }) => heldBefore).length,
      rounds.length,
    );
    for (const what of LOST) {
      tally.exactly(
        `${what}: durable false`,
        count(what, ({ durable }) => durable === false),
        failovers,
      );
      // Redis undoes these writes. The figure is information and does not decide the case.
      const undone = count(what, ({ heldAfter }) => !heldAfter);
      tally.figure(`${what}: undone by the failover`, `${undone} of ${failovers}`, true);
    }
    const silently = count(
      "revocation, not asked",
      ({ durable, heldAfter }) => durable === null && !heldAfter,
    );
    tally.figure(
      "without the option: undone in silence",
      `${silently} of ${failovers}`,
      silently === failovers,
    );
    const kept = count("revocation before", ({ durable, heldAfter }) => durable === true && heldAfter);
    tally.exactly("durable true before the replica fell behind: kept", kept, failovers);
    const slowest = Math.max(...LOST.flatMap(of).map(({ tookMs }) => tookMs));
    return tally.figure("slowest answer of an operation", `${slowest.toFixed(0)} ms`, slowest <= IN_TIME_MS)
      .outcome;
  },
};
