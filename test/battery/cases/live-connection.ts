/** Cases C7 and C8: the Redis of an open connection becomes a replica, or forgets all scripts. */
import { Redis } from "ioredis";
import { createGuardedApp } from "../support/guarded-app.js";
import { createTestClock, FETCH_HEADERS } from "../../../src/testing/index.js";
import { startFaultProxy } from "../../harness/fault-proxy.js";
import { startRedis, type RedisServer } from "../../harness/redis-server.js";
import { inParallel, pause, range, Tally, type BatteryCase, type Stage } from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";
import { CANARY } from "../support/guarded-app.js";

const SERVES_WITHIN_MS = 2_000;

/** Answers that people got during the change. */
interface Answers {
  served: number;
  unavailable: number;
  unhelpful: number;
  others: number;
  /** Guarded pages shown to a signed-out user. */
  open: number;
}

/** People who open guarded pages, store data, sign in and out, on both processes, until they are stopped. */
class Crowd {
  readonly answers: Answers = { served: 0, unavailable: 0, unhelpful: 0, others: 0, open: 0 };
  readonly #ports: readonly [number, number];
  readonly #ghosts: Browser[] = [];
  #members: Browser[] = [];
  #isOver = false;
  #work: Promise<void>[] = [];

  constructor(ports: readonly [number, number]) {
    this.#ports = ports;
  }

  async gather(size: number): Promise<void> {
    this.#members = range(size).map(() => new Browser());
    await Promise.all(
      this.#members.map(async (member, index) => {
        await member.at(this.#ports[index % 2] ?? 0).trySignIn(`member-${index}`);
        const ghost = new Browser();
        await ghost.at(this.#ports[0]).trySignIn(`ghost-${index}`);
        this.#ghosts.push(ghost.clone());
        await ghost.at(this.#ports[1]).post("/logout");
      }),
    );
  }

  begin(): void {
    this.#isOver = false;
    this.#work = this.#members.map((member, index) => this.#live(member, index));
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#work);
  }

  async #live(member: Browser, index: number): Promise<void> {
    for (let turn = index; !this.#isOver; turn += 1) {
      const port = this.#ports[turn % 2] ?? 0;
      const asks = [
        () => member.at(port).get("/me"),
        () => member.at(port).post("/write", { key: `k${turn % 10}` }),
        () => member.at(port).get("/me", FETCH_HEADERS),
        () => member.at(port).trySignIn(`member-${index}`),
      ];
      const answer = await asks[turn % asks.length]?.();
      if (answer) this.#note(answer.status, answer.headers["retry-after"]);
      const ghost = this.#ghosts[turn % this.#ghosts.length];
      if ((await ghost?.at(port).get("/me"))?.text.includes(CANARY)) this.answers.open += 1;
      await pause(5);
    }
  }

  #note(status: number, retryAfter: string | undefined): void {
    if (status === 200) this.answers.served += 1;
    else if (status === 503) this.answers.unavailable += 1;
    else this.answers.others += 1;
    if (status === 503 && !/^\d+$/.test(retryAfter ?? "")) this.answers.unhelpful += 1;
  }
}

/** Returns the milliseconds until signing in, storing data and signing out work again in every process. */
async function untilServed(ports: readonly number[]): Promise<number> {
  const start = performance.now();
  for (const port of ports)
    for (let isServed = false; !isServed;) {
      await pause(5);
      const browser = new Browser();
      const answers = [
        await browser.at(port).trySignIn("probe"),
        await browser.at(port).post("/write", { key: "a" }),
        await browser.at(port).post("/logout"),
      ];
      isServed = answers.every(({ status }) => status === 200);
      if (performance.now() - start > 5 * SERVES_WITHIN_MS) return Number.POSITIVE_INFINITY;
    }
  return performance.now() - start;
}

async function tell(server: RedisServer, ...command: [string, ...string[]]): Promise<string> {
  const client = new Redis(server.url);
  try {
    return String(await client.call(...command));
  } finally {
    client.disconnect();
  }
}

/** Waits until a server reports this about its replication. */
async function untilReplication(server: RedisServer, asked: string): Promise<void> {
  while (!(await tell(server, "INFO", "replication")).includes(asked)) await pause(20);
}

/** Makes a replica take over from its master without a loss, as an operator does. */
async function takeOver(old: RedisServer, fresh: RedisServer): Promise<void> {
  await untilReplication(fresh, "master_link_status:up");
  await tell(old, "FAILOVER", "TO", "127.0.0.1", String(fresh.port));
  await untilReplication(fresh, "role:master");
  await untilReplication(old, "role:slave");
}

interface Demotion {
  readonly answers: Answers;
  /** Longest time of all rounds. */
  readonly servedAfterMs: number;
}

/** The address leads to the old master until the proxy changes, as a host name or a virtual address does. */
async function failOver(stage: Stage, rounds: number): Promise<Demotion> {
  const args = ["--repl-diskless-sync-delay", "0"];
  const servers = [await startRedis({ args }), await startRedis({ args })] as const;
  const proxy = await startFaultProxy(servers[0].url);
  let servedAfterMs = 0;
  try {
    await tell(servers[1], "REPLICAOF", "127.0.0.1", String(servers[0].port));
    const pair = await stage.startApp({ redisUrl: proxy.url, timeoutMs: 1_000 });
    const crowd = new Crowd(pair.ports);
    await crowd.gather(10);
    crowd.begin();
    for (const round of range(rounds)) {
      const [old, fresh] = round % 2 === 0 ? servers : [servers[1], servers[0]];
      await takeOver(old, fresh);
      // Open connections stay with the old master. Only its refusals make a client leave.
      proxy.target = fresh.url;
      servedAfterMs = Math.max(servedAfterMs, await untilServed(pair.ports));
    }
    await crowd.end();
    await pair.stop();
    return { answers: crowd.answers, servedAfterMs };
  } finally {
    await proxy.close();
    for (const server of servers) await server.stop();
  }
}

/** Makes the only server a replica for a while, and then a master again. */
async function demoteAndPromote(stage: Stage, rounds: number): Promise<Demotion> {
  const server = await startRedis();
  let servedAfterMs = 0;
  try {
    const pair = await stage.startApp({ redisUrl: server.url, timeoutMs: 1_000 });
    const crowd = new Crowd(pair.ports);
    await crowd.gather(10);
    crowd.begin();
    for (let round = 0; round < rounds; round += 1) {
      // The new master is unreachable, so that the server keeps its data.
      await tell(server, "REPLICAOF", "127.0.0.1", "1");
      await pause(500);
      await tell(server, "REPLICAOF", "NO", "ONE");
      servedAfterMs = Math.max(servedAfterMs, await untilServed(pair.ports));
    }
    await crowd.end();
    await pair.stop();
    return { answers: crowd.answers, servedAfterMs };
  } finally {
    await server.stop();
  }
}

/** Returns true if a warning names the option for an app's own client without reconnectOnError. */
async function isNamed(redisUrl: string): Promise<boolean> {
  const client = new Redis(redisUrl, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
  });
  const lines: string[] = [];
  const { close } = await createGuardedApp({ kind: "guarded", redisUrl }, createTestClock(), {
    redis: client,
    log: ({ code, message }) => {
      lines.push(`${code} ${message}`);
    },
  });
  await close();
  client.disconnect();
  return lines.some((line) => line.startsWith("unsafe_redis_option") && line.includes("reconnectOnError"));
}

/** C7. */
export const readOnlyConnection: BatteryCase = {
  id: "C7",
  title: "The master of the open connection becomes a replica (REPLICAOF, READONLY)",
  passesAt:
    "the package opens a new connection; requests are served within 2 s after the address has a master",
  inTests: false,
  async run(stage) {
    const rounds = stage.count(20);
    const tally = new Tally();
    const plays = [
      ["address moved", await failOver(stage, rounds)],
      ["master again", await demoteAndPromote(stage, rounds)],
    ] as const;
    for (const [name, { answers, servedAfterMs }] of plays)
      tally
        .figure(`${name}: rounds`, rounds, true)
        .figure(
          `${name}: served after, ms at most`,
          Math.round(servedAfterMs),
          servedAfterMs <= SERVES_WITHIN_MS,
        )
        .figure(`${name}: served`, answers.served, answers.served > 0)
        .figure(`${name}: 503 meanwhile`, answers.unavailable, true)
        .none(`${name}: 503 without Retry-After`, answers.unhelpful)
        .none(`${name}: other answers`, answers.others)
        .none(`${name}: protected pages`, answers.open);
    const named = await isNamed(stage.server.url);
    return tally.figure("own client without reconnectOnError named at start", named ? "yes" : "no", named)
      .outcome;
  },
};

/** C8. */
export const scriptsFlushed: BatteryCase = {
  id: "C8",
  title: "SCRIPT FLUSH under load",
  passesAt: "100 times: users see 0 errors",
  async run(stage) {
    const flushes = stage.count(100);
    const pair = await stage.startApp();
    const crowd = new Crowd(pair.ports);
    await crowd.gather(20);
    crowd.begin();
    await inParallel(flushes, 1, async () => {
      await stage.redis.script("FLUSH");
      await pause(30);
    });
    await crowd.end();
    const { served, unavailable, others, open } = crowd.answers;
    return new Tally()
      .exactly("flushes", flushes, stage.count(100))
      .figure("requests served", served, served > flushes)
      .none("errors", unavailable + others)
      .none("protected pages", open).outcome;
  },
};
