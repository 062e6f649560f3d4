import { Redis } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";
import { askServerVersion } from "./server-version.js";
import { testRedis, testRedisUrl } from "./redis.js";
import { startRedis, type StartRedisOptions, type RedisServer } from "./redis-server.js";

async function started(options: StartRedisOptions = {}): Promise<{ server: RedisServer; client: Redis }> {
  const server = await startRedis(options);
  const client = new Redis(server.url, { commandTimeout: 200 });
  client.on("error", () => undefined);
  onTestFinished(async () => {
    client.disconnect();
    await server.stop();
  });
  return { server, client };
}

describe("a test's own redis-server", () => {
  it("is real, takes arguments and keeps nothing", async () => {
    const { server, client } = await started({ args: ["--maxmemory", "5mb"] });
    expect(await askServerVersion(server.url)).toMatch(new RegExp(`^(Redis|Valkey) ${server.version}$`));
    expect(await client.config("GET", "maxmemory")).toContain(String(5 * 1024 * 1024));
    expect(await client.config("GET", "appendonly")).toContain("no");
  });

  it("freezes and wakes", async () => {
    const { server, client } = await started();
    await client.ping();
    server.signal("SIGSTOP");
    await expect(client.ping()).rejects.toThrow(/timed out/);
    server.signal("SIGCONT");
    await expect.poll(() => client.ping().catch(() => "")).toBe("PONG");
  });

  it.each([
    { persistence: "none" as const, kept: null },
    { persistence: "aof" as const, kept: "1" },
  ])("after a restart with persistence $persistence holds $kept", async ({ persistence, kept }) => {
    const { server, client } = await started({ persistence });
    await client.set("key", "1");
    const before = server.pid;
    await server.restart();
    expect(server.pid).not.toBe(before);
    await expect.poll(() => client.get("key").catch(() => "not yet")).toBe(kept);
  });

  it("stops even while frozen, and twice", async () => {
    const { server } = await started();
    server.signal("SIGSTOP");
    await server.stop();
    expect(() => process.kill(server.pid, 0)).toThrow();
    await server.stop();
  });

  it("names the reason if redis-server refuses an argument", async () => {
    await expect(startRedis({ args: ["--no-such-option", "1"] })).rejects.toThrow(
      /ended with code 1.*no-such-option/i,
    );
  });
});

describe("the shared redis", () => {
  it("gives a test file an empty database of its own, not number 0", async () => {
    const client = await testRedis();
    expect(await client.dbsize()).toBe(0);
    const own = `id=${await client.client("ID")} `;
    const clients = String(await client.client("LIST")).split("\n");
    expect(clients.find((line) => line.startsWith(own))).toMatch(/ db=([1-9]|1[0-5]) /);
    expect(await testRedisUrl()).toMatch(/\/([1-9]|1[0-5])$/);
  });
});
