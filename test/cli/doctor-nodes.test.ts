/** The doctor's questions to single servers, with servers of the test. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { askNode } from "../../src/cli/doctor/node-facts.js";
import { checkRights } from "../../src/cli/doctor/rights.js";
import type { RedisClient } from "../../src/redis/redis-client.js";
import { createKeys } from "../../src/state/keys.js";

afterEach(() => {
  vi.useRealTimers();
});

const silent = { call: () => new Promise<never>(() => undefined), options: { host: "a", port: 1 } };
const question = { user: "app", keys: createKeys("curfew:", "sess:"), waitsForReplicas: false };

/** A client of a Cluster whose masters refuse some commands to the app's user. */
function clusterWith(refused: Readonly<Record<string, string>>): RedisClient {
  const nodes = Object.entries(refused).map(([host, command]) => ({
    options: { host, port: 1 },
    call: (_name: string, ...[, , ...line]: readonly (string | number)[]) =>
      Promise.resolve(
        /^(?:flushall|config|keys|get express)/i.test(line.join(" ")) || line.join(" ") === command
          ? "no"
          : "OK",
      ),
  }));
  return { isCluster: true, options: {}, nodes: () => nodes } as unknown as RedisClient;
}

describe("a server that stops answering", () => {
  it.each([
    ["server", () => askNode(silent)],
    ["rights", () => checkRights({ ...silent, isCluster: false } as unknown as RedisClient, question)],
  ])("counts as unavailable after ten seconds: %s", async (_check, ask) => {
    vi.useFakeTimers();
    const asked = expect(ask()).rejects.toMatchObject({ code: "redis_unavailable" });
    await vi.advanceTimersByTimeAsync(11_000);
    await asked;
  });

  it("does not count as a server that refuses a command", async () => {
    const call = (): Promise<never> => Promise.reject(new Error("Connection is closed."));
    await expect(askNode({ ...silent, call })).rejects.toMatchObject({ code: "redis_unavailable" });
  });
});

describe("the rights in a Cluster", () => {
  it("are asked of each master, with the commands of ioredis", async () => {
    const found = await checkRights(clusterWith({ a: "", b: "cluster slots" }), question);
    expect(found).toMatchObject({
      level: "fail",
      found: "b:1: the Redis user app may not send cluster|slots",
    });
    expect(await checkRights(clusterWith({ a: "", b: "" }), question)).toMatchObject({ level: "ok" });
  });

  it("are the worst of all masters", async () => {
    const { nodes } = clusterWith({ a: "", b: "cluster slots" });
    const [, second] = nodes?.("master") ?? [];
    const first = { options: { host: "a", port: 1 }, call: () => Promise.resolve("OK") };
    const client = { isCluster: true, options: {}, nodes: () => [first, second] } as unknown as RedisClient;
    expect(await checkRights(client, question)).toMatchObject({ level: "fail" });
  });
});
