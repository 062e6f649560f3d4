/** Open connections at three processes, of which one dies. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser } from "../harness/browser.js";
import { forkHost, type Host } from "../battery/support/host.js";
import { appRedis, clusterNodes, freshPrefix, sentinelPlace, untilSubscribed } from "../harness/redis.js";
import { openIo, openWs } from "../harness/sockets.js";

/** Time from an evicting sign-in until the last of its connections is closed, in milliseconds. */
const WITHIN_MS = 1_000;
/** Interval of the checks without a subscription, in milliseconds. */
const CHECK_MS = 5_000;

describe("the sockets of three processes", () => {
  let hosts: readonly Host[] = [];
  let ports: readonly number[] = [];
  beforeAll(async () => {
    const redis = await appRedis();
    const nodes = clusterNodes();
    const place = await sentinelPlace();
    hosts = await Promise.all([forkHost(), forkHost(), forkHost()]);
    const config = {
      kind: "guarded",
      redisUrl: typeof redis === "string" ? redis : "",
      ...(nodes && { clusterNodes: nodes }),
      ...(place && { sentinel: place }),
      defaults: { maxSessionsPerUser: 1 },
      hasSockets: true,
    } as const;
    ports = await Promise.all(hosts.map((host) => host.start(config)));
  }, 60_000);
  afterAll(() => Promise.all(hosts.map((host) => host.close())));

  it("close within a second of an eviction by another process: the median of nine", async () => {
    const [one = 0, two = 0, three = 0] = ports;
    const tookMs: number[] = [];
    for (let round = 0; round < 9; round++) {
      const user = freshPrefix("bob").slice(0, -1);
      const bob = new Browser(one);
      await bob.trySignIn(user);
      const { closed: ws } = await openWs(`http://127.0.0.1:${String(two)}`, bob.cookieHeader);
      const { closed: io } = await openIo(`http://127.0.0.1:${String(three)}`, bob.cookieHeader);
      await untilSubscribed("curfew:", 2);
      const startedAt = performance.now();
      await new Browser(one).trySignIn(user);
      expect(await ws).toEqual({ code: 4401, reason: "evicted" });
      expect((await io).news).toMatchObject({ reason: "evicted" });
      tookMs.push(performance.now() - startedAt);
    }
    const median = tookMs.sort((a, b) => a - b)[4];
    expect(median).toBeLessThan(WITHIN_MS);
  });

  it("close with the reason when another process evicts, and dies as soon as it has answered", async () => {
    const [one = 0, two = 0, three = 0] = ports;
    const user = freshPrefix("ann").slice(0, -1);
    const ann = new Browser();
    await ann.at(one).trySignIn(user);
    const open = [two, three].map((port) => `http://127.0.0.1:${String(port)}`);
    const ws = await Promise.all(open.map((url) => openWs(url, ann.cookieHeader)));
    const io = await Promise.all(open.map((url) => openIo(url, ann.cookieHeader)));
    await untilSubscribed("curfew:", 2);
    const startedAt = performance.now();
    await new Browser().at(one).trySignIn(user);
    await hosts[0]?.close();
    for (const { closed } of ws) expect(await closed).toEqual({ code: 4401, reason: "evicted" });
    for (const { closed } of io) expect((await closed).news).toMatchObject({ reason: "evicted" });
    expect(performance.now() - startedAt).toBeLessThan(CHECK_MS);
  });
});
