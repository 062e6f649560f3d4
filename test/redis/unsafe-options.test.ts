/** Checks which options of the app's own client a warning names at start-up. */
import { Cluster, Redis } from "ioredis";
import { Cluster as Cluster5, Redis as Redis5 } from "ioredis5";
import { describe, expect, it } from "vitest";
import { unsafeOptions } from "../../src/redis/unsafe-options.js";
import { SAFE_CLUSTER_OPTIONS } from "../harness/cluster-client.js";
import { SAFE_BEHIND_SENTINEL } from "../harness/safe-client-options.js";

const NODES = [{ host: "127.0.0.1", port: 7_000 }];

const adviceFor = (options: object, Client = Cluster): string[] =>
  unsafeOptions(new Client(NODES, { ...options, lazyConnect: true }));

/** Matches advice to set an option. */
const toWrite = (option: string): unknown => expect.stringContaining(`redis option ${option}: `);

describe("a Cluster's options", () => {
  it.each([
    ["ioredis 6", Cluster],
    ["ioredis 5", Cluster5 as unknown as typeof Cluster],
  ])("are named one by one if %s has its default", (_name, Client) => {
    expect(adviceFor({}, Client)).toEqual([
      toWrite("retryDelayOnFailover: 0"),
      toWrite("retryDelayOnClusterDown: 0"),
      toWrite("redisOptions.connectTimeout: 1000"),
    ]);
  });

  it("are not named if they are as recommended", () => {
    expect(adviceFor(SAFE_CLUSTER_OPTIONS)).toEqual([]);
  });

  it.each([
    [{ retryDelayOnFailover: 100 }, "retryDelayOnFailover: 0"],
    [{ retryDelayOnClusterDown: 100 }, "retryDelayOnClusterDown: 0"],
    [{ enableOfflineQueue: false }, "enableOfflineQueue: true"],
    [{ redisOptions: { connectTimeout: 10_000 } }, "redisOptions.connectTimeout: 1000"],
    [{ slotsRefreshTimeout: 10_000 }, "slotsRefreshTimeout: 500"],
    [{ maxRedirections: 1 }, "maxRedirections: 16"],
    [{ enableAutoPipelining: true }, "enableAutoPipelining: false"],
    [{ clusterNodeRetryStrategy: () => 50 }, "redisOptions.autoResendUnfulfilledCommands: false"],
  ])("names only the unsafe options of %j", (options, line) => {
    expect(adviceFor({ ...SAFE_CLUSTER_OPTIONS, ...options })).toEqual([toWrite(line)]);
  });
});

it("a single server's options are named if a client has its defaults", () => {
  const lines = unsafeOptions(new Redis({ lazyConnect: true }));
  expect(lines.map((line) => /^redis option (\w+)/.exec(line)?.[1])).toEqual([
    "enableOfflineQueue",
    "autoResendUnfulfilledCommands",
    "maxRetriesPerRequest",
    "reconnectOnError",
  ]);
});

describe("the options of a client behind Sentinel", () => {
  const SENTINELS = { name: "mymaster", sentinels: NODES };
  const behindSentinel = (options: object, Client: typeof Redis = Redis): string[] => {
    const client = new Client({ ...SENTINELS, ...options, lazyConnect: true });
    client.on("end", () => undefined);
    return unsafeOptions(client);
  };

  it.each([
    ["ioredis 6", Redis],
    ["ioredis 5", Redis5 as unknown as typeof Redis],
  ])("are named, beside the others, if %s has its default", (_name, Client) => {
    expect(behindSentinel({}, Client).slice(4)).toEqual([
      toWrite("failoverDetector: true"),
      toWrite("commandTimeout: 500"),
      toWrite("sentinelCommandTimeout: 500"),
      toWrite("disconnectTimeout: 100"),
    ]);
  });

  it("are not named if they are as recommended", () => {
    expect(behindSentinel(SAFE_BEHIND_SENTINEL)).toEqual([]);
  });

  it.each([
    [{ role: "slave" }, 'role: "master"'],
    [{ failoverDetector: false }, "failoverDetector: true"],
    [{ commandTimeout: undefined }, "commandTimeout: 500"],
    [{ sentinelCommandTimeout: undefined }, "sentinelCommandTimeout: 500"],
    [{ disconnectTimeout: 2_000 }, "disconnectTimeout: 100"],
  ])("name only the unsafe options of %j", (options, line) => {
    expect(behindSentinel({ ...SAFE_BEHIND_SENTINEL, ...options })).toEqual([toWrite(line)]);
  });

  it("say what to do if nothing reconnects a client that has ended", () => {
    const lines = unsafeOptions(new Redis({ ...SENTINELS, ...SAFE_BEHIND_SENTINEL, lazyConnect: true }));
    expect(lines).toEqual([toWrite('sentinels: also redis.on("end", () => redis.connect())')]);
  });
});
