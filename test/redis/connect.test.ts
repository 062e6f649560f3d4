/** Checks which values are accepted as the option `redis`. */
import { EventEmitter } from "node:events";
import { Cluster, Redis } from "ioredis";
import { Redis as Redis5, Cluster as Cluster5 } from "ioredis5";
import { describe, expect, it } from "vitest";
import type { CurfewError } from "../../src/errors.js";
import { Events } from "../../src/events.js";
import { REDIS_OPTION_NAMES } from "../../src/redis/redis-option-names.js";
import { connect, type RedisOption } from "../../src/redis/connect.js";

/** Returns the error for a refused `redis`. */
function refusal(redis: unknown): string {
  try {
    connect(redis as RedisOption, new Events(() => undefined)).close();
  } catch (error) {
    expect(error).toMatchObject({ name: "CurfewError", code: "invalid_option" });
    return (error as CurfewError).shortMessage;
  }
  throw new Error("it was taken");
}

const at = (url: string) => connect(url, new Events(() => undefined));

describe("a URL", () => {
  it.each([
    ["redis://127.0.0.1:1/0?enableOfflineQueue=true", "enableOfflineQueue"],
    ["rediss://127.0.0.1:1?family=4&connectTimeout=9999#x", "connectTimeout"],
    ["/tmp/redis.sock?maxRetriesPerRequest=20", "maxRetriesPerRequest"],
    ["redis://127.0.0.1:1?role=slave", "role"],
  ])("Q26: %s is refused, because it would override an option that keeps an app answering", (url, name) => {
    expect(() => at(url)).toThrow(`redis: has ${name} in its URL`);
    expect(() => at(url)).toThrow(expect.objectContaining({ code: "invalid_option" }));
  });

  it("may set the other options", () => {
    const { client, close } = at("redis://127.0.0.1:1/3?family=4&connectionName=mine");
    close();
    expect(client.options).toMatchObject({
      db: 3,
      family: 4,
      connectionName: "mine",
      enableOfflineQueue: false,
      connectTimeout: 1_000,
    });
  });
});

describe("a value that does not describe a Redis", () => {
  /** Looks like a connected client of node-redis. */
  class OtherClient extends EventEmitter {
    isOpen = true;
    isReady = true;
    options = { url: "redis://127.0.0.1:1" };
    connect = () => Promise.resolve(this);
    evalSha = () => Promise.resolve(null);
    sendCommand = () => Promise.resolve(null);
  }

  it.each<[string, unknown, RegExp]>([
    [
      "another package's client",
      new OtherClient(),
      /expected .* an ioredis client.* node-redis .* pass its URL/,
    ],
    ["a stand-in for one", { connect: () => undefined, get: () => undefined }, /^redis\.connect: /],
    ["node-redis's options", { url: "redis://127.0.0.1:1" }, /^redis\.url: .*pass the URL itself/],
    ["node-redis's socket", { socket: { host: "127.0.0.1" } }, /^redis\.socket: .*\{ host, port \}/],
    ["a Cluster's options", { nodes: [] }, /^redis\.nodes: .*ioredis Cluster/],
    ["a typo", { hots: "127.0.0.1" }, /^redis\.hots: is not an ioredis option$/],
    ["a port alone", 6379, /expected a URL/],
    ["no port", { port: 99_999 }, /^redis\.port: must be a number from 1 to 65535/],
    ["nothing", {}, /^redis: has no address/],
    ["a host that is not set", { host: undefined, password: "x" }, /^redis: has no address/],
    ["null", null, /^redis: is missing/],
    ["an array", [{ host: "127.0.0.1", port: 1 }], /pass its URL/],
    ["a port that there is not", "redis://127.0.0.1:99999", /^redis: is not a Redis URL/],
    ["a port that there is not, without a scheme", "127.0.0.1:99999", /^redis: is not a Redis URL/],
    ["a password that is not encoded", "redis://:100%@127.0.0.1:1", /percent-encoded|URI malformed/],
    ["another scheme", "http://127.0.0.1", /^redis: is not a Redis URL/],
  ])("%s is refused, and does not lead to this machine", (_what, redis, message) => {
    expect(refusal(redis)).toMatch(message);
  });
});

describe("a Redis", () => {
  it.each<[string, RedisOption]>([
    ["options", { host: "127.0.0.1", port: 1, db: 2, keyPrefix: "x", tls: {}, retryStrategy: () => null }],
    ["sentinels", { name: "mymaster", sentinels: [{ host: "127.0.0.1", port: 1 }], natMap: {} }],
    ["a socket", { path: "/tmp/none.sock" }],
    ["options of another realm", Object.assign(Object.create(null) as object, { port: 1 })],
    ["a socket's path", "/tmp/none.sock?db=2"],
    ["an address", "127.0.0.1:1"],
    ["IPv6", "rediss://user:p%40ss@[::1]:1/3"],
  ])("%s: opens a connection", (_what, redis) => {
    const { own, close } = connect(redis, new Events(() => undefined));
    close();
    expect(own).toBe(true);
  });

  it("accepts a client of ioredis 5 and 6, also a Cluster", () => {
    const options = { port: 1, lazyConnect: true };
    const clients = [
      new Redis(options),
      new Redis5(options),
      new Cluster5([{ port: 1 }], { lazyConnect: true }),
    ] as unknown as RedisOption[];
    for (const client of clients) {
      const { client: taken, own } = connect(client, new Events(() => undefined));
      expect([taken, own]).toEqual([client, false]);
    }
  });

  it("knows all options for which ioredis 5 and 6 have defaults", () => {
    for (const { defaultOptions } of [Redis, Redis5] as unknown as { defaultOptions: object }[])
      expect(REDIS_OPTION_NAMES).toEqual(expect.arrayContaining(Object.keys(defaultOptions)));
  });
});

describe("a Cluster client that reads from replicas", () => {
  it.each(["slave", "all", (nodes: unknown[]) => nodes[0]] as const)(
    "is refused, because an ended session would pass: %s",
    (scaleReads) => {
      const cluster = new Cluster([{ port: 1 }], { scaleReads: scaleReads as "slave", lazyConnect: true });
      expect(refusal(cluster)).toMatch(/reads from replicas.*scaleReads: "master"/);
    },
  );
});
