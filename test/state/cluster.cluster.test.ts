/** Tests that need a real Cluster. `npm run test:cluster` runs them, `npm test` does not. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { startApp, type TestApp } from "../harness/app.js";
import { proxiedRedis } from "../harness/app-proxy.js";
import type { ActiveState } from "../../src/index.js";
import type { Browser } from "../harness/browser.js";
import { clusterClient } from "../harness/cluster-client.js";
import { masterOf, replicasOf } from "../harness/cluster-roles.js";
import { configure, everyChange, saying } from "../harness/durable-changes.js";
import { startCluster } from "../harness/redis-cluster.js";
import { clusterNodes, testRedis } from "../harness/redis.js";
import { userKeyOf } from "../harness/user-key.js";
import { openSlotMover, type SlotMover } from "../harness/slot-migration.js";

const NODES = clusterNodes() ?? [];

async function slotMover(): Promise<SlotMover> {
  const servers = NODES.map(({ host, port }) => ({ port, url: `redis://${host}:${String(port)}` }));
  const mover = await openSlotMover({ servers });
  onTestFinished(() => {
    mover.close();
  });
  return mover;
}

/** Moves the slot of every key of an app to another master. */
async function moveEverything(mover: SlotMover, site: TestApp): Promise<number> {
  const slots = await Promise.all((await mover.keys(`${site.prefix}*`)).map((key) => mover.slotOf(key)));
  let moved = 0;
  // Chance chooses the target, which may be the slot's present owner.
  for (let tries = 0; tries < 20 && moved < slots.length; tries += 1) moved += await mover.move(slots);
  return moved;
}

describe("on a Cluster", () => {
  it("a request waits for one round trip, although its keys are on several nodes", async () => {
    const way = await proxiedRedis();
    const site = await startApp({ redis: way.redis, timeoutMs: 5_000 });
    const browser = await site.signedIn("ann");
    await browser.state();
    way.latencyMs = 400;
    const startedAt = performance.now();
    expect(await browser.state()).toMatchObject({ state: "active" });
    const tookMs = performance.now() - startedAt;
    way.latencyMs = 0;
    expect(tookMs).toBeGreaterThanOrEqual(400);
    expect(tookMs).toBeLessThan(800);
  });

  it.each([{}, { lazyConnect: true }])(
    "curfew.ready() waits until every master answers, so that no early request waits for a connection, with %j",
    async (options) => {
      const redis = clusterClient(NODES, options);
      onTestFinished(() => {
        redis.disconnect();
      });
      await startApp({ redis });
      expect(redis.nodes("master").map(({ status }) => status)).toEqual(["ready", "ready", "ready"]);
    },
  );

  it("case C8: nodes that have forgotten every script get the scripts again", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    await Promise.all(clusterMasters(await testRedis()).map((node) => node.script("FLUSH")));
    expect(await browser.standing()).toBe("in");
    await browser.fetch("post", "/logout", {});
    expect(await browser.standing()).toBe("signed_out");
  });

  it("case C5: sessions continue, and ends stay, after all keys have moved to other nodes", async () => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 1 } });
    const mover = await slotMover();
    const evicted = await site.signedIn("ann");
    const living = await site.signedIn("ann");
    expect(await moveEverything(mover, site)).toBeGreaterThan(0);
    expect([await evicted.standing(), await living.standing()]).toEqual(["evicted", "in"]);
    const newest = await site.signedIn("ann");
    await moveEverything(mover, site);
    expect([await living.standing(), await newest.standing()]).toEqual(["evicted", "in"]);
    await newest.fetch("post", "/logout", {});
    expect(await newest.standing()).toBe("signed_out");
  }, 30_000);

  it("case C5: a half moved slot loses no read and no write", async () => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 1 } });
    const mover = await slotMover();
    let browser = await site.signedIn("ann");
    const over = new AbortController();
    const moves = (async () => {
      while (!over.signal.aborted) await moveEverything(mover, site);
    })();
    try {
      for (let i = 0; i < 20; i += 1) {
        const before = browser;
        await browser.fetch("post", "/data", { i });
        expect((await browser.fetch("get", "/data")).body).toEqual({ i });
        browser = await site.signedIn("ann");
        expect([await before.standing(), await browser.standing()]).toEqual(["evicted", "in"]);
      }
    } finally {
      over.abort();
      await moves;
    }
  }, 60_000);

  it("case C6: a frozen master stops only its own keys", async () => {
    const { cluster, redis } = await ownCluster(30_000);
    const site = await startApp({ redis, timeoutMs: 500 });
    const people: Person[] = [];
    for (let i = 0; i < 24; i += 1) people.push(await signInSomebody(site, { cluster, redis }, `user-${i}`));
    // Every request reads the settings, and every sign-in the key of the tags.
    const shared = await Promise.all(
      ["settings", "tags"].map((name) => masterOf(cluster, `${site.prefix}${name}`)),
    );
    const frozen = cluster.servers.find(
      (server) =>
        shared.every(({ port }) => port !== server.port) &&
        people.some(({ ports }) => ports.includes(server.port)),
    );
    const hit = people.filter(({ ports }) => ports.includes(frozen?.port ?? 0));
    const spared = people.filter((person) => !hit.includes(person));
    expect([hit.length, spared.length].every((count) => count > 0)).toBe(true);
    frozen?.signal("SIGSTOP");
    for (let round = 0; round < 10; round += 1) {
      const [hitStatuses, sparedStatuses] = await Promise.all([statusesOf(hit), statusesOf(spared)]);
      expect(new Set(hitStatuses)).toEqual(new Set([503]));
      expect(new Set(sparedStatuses)).toEqual(new Set([200]));
    }
    frozen?.signal("SIGCONT");
    await vi.waitFor(async () => {
      expect(new Set(await statusesOf(people))).toEqual(new Set([200]));
    });
  }, 60_000);

  it("Q30: a change is durable once a replica of its own master has it", async () => {
    const { cluster, redis } = await ownCluster(30_000);
    const patient = await startApp({ redis, configure, waitForReplicas: { timeoutMs: 5_000 } });
    expect(await everyChange(patient)).toEqual(saying(true));
    const hasty = await startApp({ redis, configure, waitForReplicas: { timeoutMs: 300 } });
    const replicas = await replicasOf(cluster);
    expect(replicas).toHaveLength(3);
    for (const replica of replicas) replica.signal("SIGSTOP");
    expect(await everyChange(hasty)).toEqual(saying(false));
  }, 60_000);

  it("Q30, case C5: a change is durable although its key has moved since the last one", async () => {
    const site = await startApp({ configure, waitForReplicas: { timeoutMs: 5_000 } });
    expect(await everyChange(site)).toEqual(saying(true));
    const mover = await slotMover();
    for (let round = 0; round < 3; round += 1) {
      expect(await moveEverything(mover, site)).toBeGreaterThan(0);
      expect(await everyChange(site)).toEqual(saying(true));
    }
  }, 60_000);

  it("case C6: the replacement of a frozen master is found", async () => {
    const { cluster, redis } = await ownCluster(1_000);
    const site = await startApp({ redis, timeoutMs: 1_000 });
    const browser = await site.signedIn("ann");
    const settings = `${site.prefix}settings`;
    (await masterOf(cluster, settings)).signal("SIGSTOP");
    await vi.waitFor(async () => {
      expect((await browser.fetch("get", "/account")).status).toBe(503);
    });
    await vi.waitFor(
      async () => {
        expect((await browser.fetch("get", "/account")).status).toBe(200);
      },
      { timeout: 20_000, interval: 100 },
    );
  }, 90_000);
});

/** Starts a Cluster for one test, with an app's client. */
async function ownCluster(nodeTimeoutMs: number) {
  const cluster = await startCluster({ nodeTimeoutMs });
  const redis = clusterClient(cluster.nodes);
  onTestFinished(async () => {
    redis.disconnect();
    await cluster.stop();
  });
  return { cluster, redis };
}

interface Person {
  readonly browser: Browser;
  /** Ports of the masters that have the user's three keys. */
  readonly ports: readonly number[];
}

async function signInSomebody(
  site: TestApp,
  { cluster, redis }: Awaited<ReturnType<typeof ownCluster>>,
  userId: string,
): Promise<Person> {
  const browser = await site.signedIn(userId);
  const { session } = (await browser.state()) as ActiveState;
  const userKey = await userKeyOf(redis, site.prefix, userId);
  const keys = [`${site.prefix}sess:${session.ref}`, `${site.prefix}s:${session.ref}`, userKey];
  const masters = await Promise.all(keys.map((key) => masterOf(cluster, key)));
  return { browser, ports: masters.map(({ port }) => port) };
}

const statusesOf = (people: readonly Person[]): Promise<number[]> =>
  Promise.all(people.map(async ({ browser }) => (await browser.fetch("get", "/account")).status));

interface Nodes {
  nodes(role: "master"): Awaited<ReturnType<typeof testRedis>>[];
}

/** Returns the masters' own connections behind the client with which tests read keys. */
function clusterMasters(redis: unknown): ReturnType<Nodes["nodes"]> {
  return (redis as Nodes).nodes("master");
}
