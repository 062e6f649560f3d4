/** Starts a master, its replicas and three sentinels for one test, and fails them over. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort } from "./free-port.js";
import { findRedisBinary, type RedisBinary } from "./redis-binary.js";
import { kill, killWithThisProcess, ready, startRedis, type RedisServer } from "./redis-server.js";

/** Host and port of a server. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Options of the sentinels. */
export interface SentinelsOptions {
  /** Number of replicas. @default 1 */
  readonly replicas?: number;
  /** More arguments of every redis-server. */
  readonly args?: readonly string[];
  /** Returns the port at which sentinels and clients first find the master, such as a proxy's. @default its own port */
  readonly masterPort?: (master: RedisServer) => Promise<number>;
}

/** Master, replicas and sentinels. */
export interface Sentinels {
  /** Options for ioredis. */
  readonly options: { readonly name: string; readonly sentinels: Address[] };
  /** Servers that hold data. The first server began as the master. */
  readonly servers: readonly RedisServer[];
  readonly version: string;
  /** Returns the port of the master, as the sentinels see it now. */
  masterPort(): Promise<number>;
  /** Returns the server that the sentinels name as master now. */
  master(): Promise<RedisServer>;
  /** Resolves with the time (of performance.now()) at which the first sentinel names another master. */
  nextSwitch(): Promise<number>;
  /** Resolves when the sentinels see a master with this many replicas that follow it. */
  settled(replicas?: number): Promise<void>;
  /** Kills one sentinel and starts it again, as a restart of its machine does. */
  restartSentinel(index: number): Promise<void>;
  stop(): Promise<void>;
}

const NAME = "curfew-test";
const SENTINEL_COUNT = 3;
const QUORUM = 2;
/** Silence after which a sentinel counts a master as down, in milliseconds. */
const DOWN_AFTER_MS = 1_000;
/** Time that sentinels allow for a failover before they try another, in milliseconds. */
const FAILOVER_TIMEOUT_MS = 3_000;
const SETTLED_WITHIN_MS = 40_000;
const LOOK_EVERY_MS = 50;

interface SentinelProcess {
  readonly port: number;
  readonly file: string;
  child: ChildProcess;
}

/** Starts them on free ports of 127.0.0.1, and waits until the sentinels know all servers. */
export async function startSentinels(options: SentinelsOptions = {}): Promise<Sentinels> {
  const { replicas = 1, masterPort, args = [] } = options;
  const binary = await findRedisBinary();
  const common = ["--repl-diskless-sync-delay", "0", ...args];
  const first = await startRedis({ args: common });
  const followed = masterPort ? await masterPort(first) : first.port;
  const following = ["--replicaof", "127.0.0.1", String(followed), ...common];
  const others = await Promise.all(Array.from({ length: replicas }, () => startRedis({ args: following })));
  const servers = [first, ...others];
  await Promise.all(others.map(follows));

  const folder = await mkdtemp(join(tmpdir(), "curfew-sentinel-"));
  const processes = await Promise.all(
    Array.from({ length: SENTINEL_COUNT }, () => startSentinel(binary, folder, followed)),
  );
  const clients = processes.map(({ port }) => sentinelClient(port));
  const sentinels: Sentinels = {
    options: { name: NAME, sentinels: processes.map(({ port }) => ({ host: "127.0.0.1", port })) },
    servers,
    version: binary.version,
    masterPort: () => Promise.any(clients.map(masterPortAt)),
    async master() {
      const port = await sentinels.masterPort();
      const server = servers.find((one) => one.port === (port === followed ? first.port : port));
      if (!server) throw new Error(`the sentinels name a master on port ${String(port)} that is not ours`);
      return server;
    },
    nextSwitch: () => Promise.any(processes.map(({ port }) => switchSeenAt(port))),
    settled: (count = replicas) =>
      waitUntil("the sentinels see all servers", () => areSettled(clients, count)),
    async restartSentinel(index) {
      const one = processes[index];
      if (!one) throw new Error(`there is no sentinel ${String(index)}`);
      await kill(one.child);
      one.child = await launchSentinel(binary, one.file);
    },
    async stop() {
      for (const client of clients) client.disconnect();
      await Promise.all(processes.map(({ child }) => kill(child)));
      await Promise.all(servers.map((server) => server.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await sentinels.settled();
  } catch (error) {
    await sentinels.stop();
    throw error;
  }
  return sentinels;
}

/** Resolves when a replica has all of its master's data. */
export async function follows(server: RedisServer): Promise<void> {
  const client = new Redis(server.url);
  try {
    await waitUntil(`the server on port ${String(server.port)} follows its master`, async () =>
      (await client.info("replication")).includes("master_link_status:up"),
    );
  } finally {
    client.disconnect();
  }
}

async function startSentinel(
  binary: RedisBinary,
  folder: string,
  masterPort: number,
): Promise<SentinelProcess> {
  const port = await freePort();
  const file = join(folder, `sentinel-${String(port)}.conf`);
  const lines = [
    `port ${String(port)}`,
    "bind 127.0.0.1",
    `dir ${folder}`,
    `sentinel monitor ${NAME} 127.0.0.1 ${String(masterPort)} ${String(QUORUM)}`,
    `sentinel down-after-milliseconds ${NAME} ${String(DOWN_AFTER_MS)}`,
    `sentinel failover-timeout ${NAME} ${String(FAILOVER_TIMEOUT_MS)}`,
    `sentinel parallel-syncs ${NAME} 1`,
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  return { port, file, child: await launchSentinel(binary, file) };
}

async function launchSentinel(binary: RedisBinary, file: string): Promise<ChildProcess> {
  const child = spawn(binary.path, [file, "--sentinel"], {
    env: binary.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  killWithThisProcess(child);
  await ready(child, "+monitor master");
  return child;
}

function sentinelClient(port: number): Redis {
  const client = new Redis({ host: "127.0.0.1", port, enableReadyCheck: false, retryStrategy: () => 100 });
  client.on("error", () => undefined);
  return client;
}

async function masterPortAt(client: Redis): Promise<number> {
  const address = (await client.call("SENTINEL", "get-master-addr-by-name", NAME)) as [string, string];
  return Number(address[1]);
}

function switchSeenAt(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const client = sentinelClient(port);
    client.on("message", () => {
      resolve(performance.now());
      client.disconnect();
    });
    client.subscribe("+switch-master").catch(reject);
  });
}

async function areSettled(clients: readonly Redis[], replicas: number): Promise<boolean> {
  const states = await Promise.all(clients.map((client) => isSettledAt(client, replicas)));
  if (states.every(Boolean)) return true;
  throw new Error((await Promise.all(clients.map(reportOf))).join("; "));
}

async function isSettledAt(client: Redis, replicas: number): Promise<boolean> {
  const master = fieldsOf((await client.call("SENTINEL", "master", NAME)) as string[]);
  if (master["flags"] !== "master" || master["num-other-sentinels"] !== String(SENTINEL_COUNT - 1))
    return false;
  const rows = (await client.call("SENTINEL", "replicas", NAME)) as string[][];
  const following = rows
    .map(fieldsOf)
    .filter((row) => row["flags"] === "slave" && row["master-link-status"] === "ok");
  return following.length >= replicas;
}

/**
 * Returns a sentinel's view of the servers. A sentinel in tilt mode does nothing for 30 s, because its process was
 * stopped for 2 s.
 */
async function reportOf(client: Redis): Promise<string> {
  const tilt = /sentinel_tilt:(\d)/.exec(await client.info("sentinel"))?.[1] ?? "?";
  const master = (await client.call("SENTINEL", "master", NAME)) as string[];
  const rows = [master, ...((await client.call("SENTINEL", "replicas", NAME)) as string[][])].map(fieldsOf);
  return [
    `tilt ${tilt}`,
    ...rows.map(
      (row) => `${String(row["port"])} ${String(row["flags"])}, says ${String(row["role-reported"])}`,
    ),
  ].join(", ");
}

function fieldsOf(list: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let at = 0; at < list.length; at += 2) fields[list[at] ?? ""] = list[at + 1] ?? "";
  return fields;
}

/** Repeats a check until it is true. @throws Error after 40 s, with the last failure */
export async function waitUntil(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const endsAt = performance.now() + SETTLED_WITHIN_MS;
  let lastly = "it is not so";
  const ask = (): Promise<boolean> =>
    isSo().catch((error: unknown) => {
      lastly = String(error);
      return false;
    });
  while (!(await ask())) {
    if (performance.now() > endsAt)
      throw new Error(`not within ${String(SETTLED_WITHIN_MS)} ms: ${what}; lastly: ${lastly}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
