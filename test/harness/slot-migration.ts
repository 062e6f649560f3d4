/** Moves slots of a Cluster from master to master by hand, key by key, as an operator's tool does. */
import { Redis } from "ioredis";

/** Connections to every node. */
export interface SlotMover {
  /** Returns the names of all keys on all nodes. */
  keys(pattern: string): Promise<string[]>;
  slotOf(key: string): Promise<number>;
  /**
   * Moves slots to one of the masters. All slots are half moved at the same time. Resolves when every node knows.
   *
   * @returns the number of keys that moved
   */
  move(slots: readonly number[]): Promise<number>;
  close(): void;
}

/** Servers of a running `RedisCluster`. */
export interface ClusterServers {
  readonly servers: readonly { readonly url: string; readonly port: number }[];
}

interface Node {
  readonly id: string;
  readonly port: number;
  readonly client: Redis;
}

/** A slot and its owner. */
interface Placed {
  readonly slot: number;
  readonly from: Node;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const KEYS_AT_ONCE = 100;
const MIGRATE_TIMEOUT_MS = 5_000;
/** Time for which slots stay half moved before the first key moves, and after each key, in milliseconds. */
const HALF_MOVED_MS = 20;

/** Connects to every node of a cluster. The masters must stay the same meanwhile. */
export async function openSlotMover({ servers }: ClusterServers): Promise<SlotMover> {
  const nodes = await Promise.all(
    servers.map(async ({ url, port }): Promise<Node> => {
      const client = new Redis(url);
      return { client, port, id: String(await client.call("CLUSTER", "MYID")) };
    }),
  );
  const views = await Promise.all(nodes.map(viewOf));
  const masters = nodes.filter(({ id }) => views[0]?.includes(id));
  const [any] = masters;
  if (any === undefined) throw new Error("The cluster has no master.");

  const placeOf = async (slot: number): Promise<Placed> => {
    const ranges = await any.client.cluster("SLOTS");
    const range = ranges.find(([first, last]) => first <= slot && slot <= last);
    const from = masters.find(({ id }) => id === String(range?.[2]?.[2]));
    if (from === undefined) throw new Error(`Nobody serves slot ${String(slot)}.`);
    return { slot, from };
  };

  const move = async (slots: readonly number[]): Promise<number> => {
    const to = masters[Math.floor(Math.random() * masters.length)] ?? any;
    const placed = (await Promise.all(slots.map(placeOf))).filter(({ from }) => from !== to);
    for (const { slot, from } of placed) {
      await to.client.call("CLUSTER", "SETSLOT", slot, "IMPORTING", from.id);
      await from.client.call("CLUSTER", "SETSLOT", slot, "MIGRATING", to.id);
    }
    await pause(HALF_MOVED_MS);
    let moved = 0;
    for (const place of placed) moved += await moveKeys(place, to);
    for (const { slot, from } of placed)
      for (const { client } of [to, from, ...masters])
        await client.call("CLUSTER", "SETSLOT", slot, "NODE", to.id);
    // All nodes must agree on the owner before the slot moves again. A late message of the old owner can
    // delete its keys.
    while (!(await allAgree(nodes))) await pause(10);
    return moved;
  };

  return {
    keys: async (pattern) => (await Promise.all(masters.map(({ client }) => client.keys(pattern)))).flat(),
    slotOf: async (key) => Number(await any.client.call("CLUSTER", "KEYSLOT", key)),
    move,
    close: () => {
      for (const { client } of nodes) client.disconnect();
    },
  };
}

async function moveKeys({ slot, from }: Placed, to: Node): Promise<number> {
  for (let moved = 0; ;) {
    const keys = (await from.client.call("CLUSTER", "GETKEYSINSLOT", slot, KEYS_AT_ONCE)) as string[];
    if (keys.length === 0) return moved;
    for (const key of keys) {
      await from.client.call("MIGRATE", "127.0.0.1", to.port, key, 0, MIGRATE_TIMEOUT_MS);
      moved += 1;
      await pause(HALF_MOVED_MS);
    }
  }
}

async function allAgree(nodes: readonly Node[]): Promise<boolean> {
  return new Set(await Promise.all(nodes.map(viewOf))).size === 1;
}

/** Returns the slots of each master in a node's view, and the view's epoch. */
async function viewOf({ client }: Node): Promise<string> {
  const lines = String(await client.call("CLUSTER", "NODES")).split("\n");
  const masters = lines.map((line) => line.split(" ")).filter(([, , flags]) => flags?.includes("master"));
  return masters
    .map(([id, , , , , , epoch, , ...slots]) => [id, epoch, ...slots.filter((slot) => !slot.startsWith("["))])
    .map((parts) => parts.join(" "))
    .sort()
    .join("\n");
}
