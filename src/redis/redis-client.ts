import type { NodeConnection, Slots } from "./nodes.js";
import type { Argument } from "./port.js";

/** The part of an ioredis client that the package uses. `Redis` and `Cluster` of versions 5 and 6 have it. */
export interface RedisClient {
  readonly status: string;
  readonly isCluster: boolean;
  readonly options: object;
  /** Socket of a single connection. Each new connection has a new socket. */
  readonly stream?: { cork(): void; uncork(): void; readonly bytesRead?: number };
  readonly slots?: Slots;
  /** Returns the connections to a Cluster's nodes. */
  nodes?(role: "master"): (Pick<RedisClient, "call"> & NodeConnection)[];
  /** Asks the nodes of a Cluster again for the owners of the slots. */
  refreshSlotsCache?(): void;
  call(command: string, ...args: Argument[]): Promise<unknown>;
  evalsha(sha1: string, keyCount: number, ...args: Argument[]): Promise<unknown>;
  eval(lua: string, keyCount: number, ...args: Argument[]): Promise<unknown>;
  on(event: "ready", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  once(event: "ready" | "error", listener: () => void): unknown;
  disconnect(reconnect?: boolean): void;
}
