/** A guarded client on a frozen server, with different options of the client. */
import { setInterval } from "node:timers/promises";
import { Redis, type RedisOptions } from "ioredis";
import { Redis as Redis5 } from "ioredis5";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { CurfewError } from "../../src/errors.js";
import { GuardedRedis } from "../../src/redis/guarded-redis.js";
import { openConnection } from "../../src/redis/own-connection.js";
import { Events } from "../../src/events.js";
import type { RedisCommand } from "../../src/telemetry.js";
import { startRedis, type RedisServer } from "../harness/redis-server.js";
import { SAFE_OPTIONS } from "../harness/safe-client-options.js";

const TIMEOUT_MS = 400;

async function ownServer(): Promise<RedisServer> {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  return server;
}

async function connected(
  url: string,
  options: Pick<RedisOptions, "commandTimeout" | "retryStrategy">,
  Client = Redis,
): Promise<Redis> {
  const client = new Client(url, { ...SAFE_OPTIONS, ...options });
  client.on("error", () => undefined);
  onTestFinished(() => {
    client.disconnect();
  });
  await client.connect();
  return client;
}

/** Returns the results of several commands that are sent at once. */
async function outcomes(redis: GuardedRedis, count: number): Promise<string[]> {
  const asked = Array.from({ length: count }, () => redis.call("PING", []));
  return (await Promise.allSettled(asked)).map((result) =>
    result.status === "fulfilled" ? (result.value as string) : (result.reason as CurfewError).shortMessage,
  );
}

const REFUSED = "Redis can't be reached: the server does not answer";

describe("Q26: while a server is frozen", () => {
  it.each([
    ["without a commandTimeout", Redis, undefined],
    ["with a commandTimeout shorter than its waits", Redis, TIMEOUT_MS / 4],
    ["with one that is longer", Redis, TIMEOUT_MS * 1.25],
    ["with a short one, of ioredis 5", Redis5 as unknown as typeof Redis, TIMEOUT_MS / 4],
  ])(
    "a client %s sends no command while another waits, until there is an answer",
    async (_what, Client, commandTimeout) => {
      const server = await ownServer();
      const client = await connected(server.url, { commandTimeout }, Client);
      const redis = new GuardedRedis(client, TIMEOUT_MS, { reconnects: false });
      server.signal("SIGSTOP");
      await outcomes(redis, 1);
      const asked: Promise<string[]>[] = [];
      const endsAt = performance.now() + 1_000;
      for await (const _tick of setInterval(5)) {
        asked.push(outcomes(redis, 1));
        if (performance.now() > endsAt) break;
      }
      const waited = (await Promise.all(asked)).flat().filter((outcome) => outcome !== REFUSED);
      // The client gives a command up after its commandTimeout. Then the next one is sent.
      expect(waited.length > 0).toBe(commandTimeout !== undefined);
      expect(waited.length).toBeLessThanOrEqual(commandTimeout ? 1 + 1_000 / commandTimeout : 0);
      server.signal("SIGCONT");
      await vi.waitFor(async () => {
        expect(await outcomes(redis, 3)).toEqual(["PONG", "PONG", "PONG"]);
      });
    },
  );

  it("its breaker is open, and the command without a reply counts as timed out", async () => {
    const server = await ownServer();
    const client = await connected(server.url, {});
    const ended: RedisCommand[] = [];
    const redis = new GuardedRedis(client, TIMEOUT_MS, {
      reconnects: false,
      onCommand: (command) => ended.push(command),
    });
    await outcomes(redis, 1);
    expect(redis.servers()).toEqual({ closed: 1, open: 0 });
    server.signal("SIGSTOP");
    await outcomes(redis, 1);
    expect(redis.servers()).toEqual({ closed: 0, open: 1 });
    server.signal("SIGCONT");
    await vi.waitFor(async () => {
      expect(await outcomes(redis, 1)).toEqual(["PONG"]);
    });
    expect(redis.servers()).toEqual({ closed: 1, open: 0 });
    expect(ended[0]).toMatchObject({ name: "PING", script: null, problem: null });
    expect(ended[1]).toMatchObject({ name: "PING", problem: "timeout" });
    expect(ended[1]?.durationMs).toBeGreaterThan(TIMEOUT_MS - 10);
  });

  it("the package's own connection is given up, regardless of its commandTimeout", async () => {
    const server = await ownServer();
    const options = { host: "127.0.0.1", port: server.port, commandTimeout: TIMEOUT_MS / 4 };
    const { client, close } = openConnection(options, new Events(() => undefined));
    onTestFinished(close);
    const redis = new GuardedRedis(client, TIMEOUT_MS, { reconnects: true });
    await vi.waitFor(() => redis.ping(TIMEOUT_MS));
    server.signal("SIGSTOP");
    const isGivenUp = async (): Promise<boolean> => {
      await outcomes(redis, 1);
      return client.status !== "ready";
    };
    await vi.waitUntil(isGivenUp, { timeout: 5_000, interval: 50 });
  }, 10_000);
});

describe("Q26: on a new connection", () => {
  it("no command is refused because the previous connection left commands unanswered", async () => {
    const server = await ownServer();
    const client = await connected(server.url, { retryStrategy: () => 20 });
    const redis = new GuardedRedis(client, TIMEOUT_MS, { reconnects: false });
    server.signal("SIGSTOP");
    await outcomes(redis, 1);
    await server.restart();
    await vi.waitUntil(() => client.status === "ready", { timeout: 5_000 });
    expect(await outcomes(redis, 3)).toEqual(["PONG", "PONG", "PONG"]);
  });
});
