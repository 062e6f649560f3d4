/** Writes small .mmdb files (MaxMind DB format 2.0) for tests: a tree of networks, and an entry for each. */
import { isIPv4 } from "node:net";

/** A value of an entry. */
export type MmdbValue = string | number | readonly MmdbValue[] | { readonly [name: string]: MmdbValue };

const RECORD_SIZE = 24;
const SEPARATOR = Buffer.alloc(16);
const MARKER = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");
const TYPES = { text: 2, uint32: 6, map: 7, array: 11 } as const;

/** Returns the bytes of a file. @param networks - entries by network: `192.0.2.0/24`, `2001:db8::/32` */
export function mmdbOf(ipVersion: 4 | 6, networks: Readonly<Record<string, MmdbValue>>): Buffer {
  const data: Buffer[] = [];
  let dataBytes = 0;
  const nodes: [Branch, Branch][] = [[null, null]];
  for (const [network, entry] of Object.entries(networks)) {
    insert(nodes, bitsOf(network, ipVersion), { at: dataBytes });
    const bytes = encode(entry);
    data.push(bytes);
    dataBytes += bytes.length;
  }
  const metadata = encode({
    node_count: nodes.length,
    record_size: RECORD_SIZE,
    ip_version: ipVersion,
    database_type: "Test",
    languages: ["en"],
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    description: { en: "A file of a test" },
  });
  const tree = Buffer.concat(nodes.flat().map((branch) => recordOf(branch, nodes.length)));
  return Buffer.concat([tree, SEPARATOR, ...data, MARKER, metadata]);
}

/** A number of a node, the place of an entry, or nothing. */
type Branch = number | { readonly at: number } | null;

function insert(nodes: [Branch, Branch][], bits: readonly (0 | 1)[], leaf: Branch): void {
  let node = nodes[0];
  for (const bit of bits.slice(0, -1)) {
    if (!node) return;
    const next = node[bit];
    if (typeof next === "number") node = nodes[next];
    else {
      const made: [Branch, Branch] = [null, null];
      node[bit] = nodes.push(made) - 1;
      node = made;
    }
  }
  const last = bits.at(-1);
  if (node && last !== undefined) node[last] = leaf;
}

function recordOf(branch: Branch, nodeCount: number): Buffer {
  const value =
    branch === null
      ? nodeCount
      : typeof branch === "number"
        ? branch
        : nodeCount + SEPARATOR.length + branch.at;
  const bytes = Buffer.alloc(RECORD_SIZE / 8);
  bytes.writeUIntBE(value, 0, RECORD_SIZE / 8);
  return bytes;
}

/** Returns the bits of a network. In a file of IPv6, IPv4 networks begin with 96 zeros. */
function bitsOf(network: string, ipVersion: 4 | 6): (0 | 1)[] {
  const [address = "", length = "0"] = network.split("/");
  const bytes = isIPv4(address) ? address.split(".").map(Number) : ipv6Bytes(address);
  const bits = bytes.flatMap((byte) =>
    Array.from({ length: 8 }, (_bit, index): 0 | 1 => ((byte >> (7 - index)) & 1 ? 1 : 0)),
  );
  const before = isIPv4(address) && ipVersion === 6 ? Array<0 | 1>(96).fill(0) : [];
  return [...before, ...bits.slice(0, Number(length))];
}

function ipv6Bytes(address: string): number[] {
  const [head = "", tail = ""] = address.split("::");
  const groups = (part: string): string[] => part.split(":").filter((group) => group !== "");
  const middle = Array<string>(8 - groups(head).length - groups(tail).length).fill("0");
  return [...groups(head), ...middle, ...groups(tail)].flatMap((group) => {
    const number = Number.parseInt(group, 16);
    return [number >> 8, number & 0xff];
  });
}

function encode(value: MmdbValue): Buffer {
  if (typeof value === "string") {
    const text = Buffer.from(value);
    return Buffer.concat([control(TYPES.text, text.length), text]);
  }
  if (typeof value === "number") {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(TYPES.uint32, bytes.length), bytes]);
  }
  if (Array.isArray(value)) {
    const items = value as readonly MmdbValue[];
    return Buffer.concat([control(TYPES.array, items.length), ...items.map(encode)]);
  }
  const entries = Object.entries(value);
  const pairs = entries.flatMap(([name, member]) => [encode(name), encode(member)]);
  return Buffer.concat([control(TYPES.map, entries.length), ...pairs]);
}

/** Returns the bytes in front of a value. Values here have fewer than 285 bytes or members. */
function control(type: number, size: number): Buffer {
  const small = Math.min(size, 29);
  const first = type < 8 ? [(type << 5) | small] : [small, type - 7];
  return Buffer.from(size < 29 ? first : [...first, size - 29]);
}
