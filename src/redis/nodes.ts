import { Command } from "ioredis";

/** The nodes of each slot of a Cluster, the master first. The client keeps the list up to date. */
export type Slots = readonly (readonly string[] | undefined)[];

/** The part of an ioredis client that names the node of a key. */
interface Routed {
  readonly slots?: Slots;
  readonly options: { readonly keyPrefix?: string };
}

/** Returns the name of the node that holds a key, as `host:port`; "" if it is not known, or the client has one server. */
export function nodeOfKey({ slots, options }: Routed, key: string): string {
  if (!slots) return "";
  const { keyPrefix = "" } = options;
  return slots[new Command("get", [key], { keyPrefix }).getSlot()]?.[0] ?? "";
}

/** A connection to one node of a Cluster. */
export interface NodeConnection {
  readonly options: { readonly host?: string | undefined; readonly port?: number | undefined };
}

/** Returns the name of a node, as `host:port`. */
export function nameOfNode({ options }: NodeConnection): string {
  return `${options.host ?? ""}:${String(options.port ?? "")}`;
}

/** Returns the connection to the node of that name. */
export function nodeNamed<Node extends NodeConnection>(
  nodes: readonly Node[],
  name: string,
): Node | undefined {
  return nodes.find((node) => nameOfNode(node) === name);
}
