/** Sums an app's processor time by package, from a profile. */

/** The parts of a `.cpuprofile` file that this module reads. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  /** Ids of the nodes that were running, one a sample. */
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** The group of the time in which the app's process waits. */
export const IDLE = "(idle)";

const GARBAGE = "garbage collection";
const NODE_SCRIPT = "Node.js (http, net, streams)";
const NATIVE = "Node.js and V8, native code";
const PSEUDO: Readonly<Record<string, string>> = {
  "(idle)": IDLE,
  "(garbage collector)": GARBAGE,
  "(program)": NATIVE,
  "(root)": NATIVE,
};

/** Packages by the package that depends on them. */
const BELONGS_TO: Readonly<Record<string, readonly string[]>> = {
  express: [
    "accepts",
    "body-parser",
    "content-disposition",
    "content-type",
    "encodeurl",
    "escape-html",
    "etag",
    "finalhandler",
    "forwarded",
    "fresh",
    "is-promise",
    "mime-db",
    "mime-types",
    "negotiator",
    "once",
    "wrappy",
    "path-to-regexp",
    "proxy-addr",
    "ipaddr.js",
    "qs",
    "range-parser",
    "router",
    "send",
    "statuses",
    "type-is",
    "vary",
  ],
  "express-session": ["cookie-signature", "on-headers", "random-bytes", "uid-safe"],
  ioredis: [
    "@ioredis/commands",
    "cluster-key-slot",
    "denque",
    "redis-errors",
    "redis-parser",
    "standard-as-callback",
  ],
  "better-auth": [
    "better-call",
    "zod",
    "jose",
    "kysely",
    "nanostores",
    "defu",
    "rou3",
    "@better-auth/core",
    "@better-auth/memory-adapter",
    "@better-auth/utils",
    "@better-fetch/fetch",
    "@noble/ciphers",
    "@noble/hashes",
  ],
  "iron-session": ["iron-webcrypto", "uncrypto"],
};
const OWNERS = new Map(
  Object.entries(BELONGS_TO).flatMap(([owner, names]) => names.map((name) => [name, owner] as const)),
);

/** Returns the self time in microseconds by package or other group. */
export function microsByGroup({ nodes, samples, timeDeltas }: CpuProfile): Map<string, number> {
  const groups = new Map(nodes.map(({ id, callFrame }) => [id, groupOf(callFrame)]));
  const micros = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const group = groups.get(id) ?? NATIVE;
    // A sample's function ran until the next sample.
    micros.set(group, (micros.get(group) ?? 0) + Math.max(0, timeDeltas[index + 1] ?? 0));
  }
  return micros;
}

function groupOf({ functionName, url }: { readonly functionName: string; readonly url: string }): string {
  if (url === "") return PSEUDO[functionName] ?? NATIVE;
  if (url.startsWith("node:")) return NODE_SCRIPT;
  const name = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (name !== undefined) return OWNERS.get(name) ?? name;
  return /\/(?:processes|contestants)\/[^/]+$/.test(url) ? "the app itself" : "express-curfew";
}

/** Groups below this for every contestant share one row. */
const LEAST_MICROS = 1;

/** Returns a row for each group, the largest first, and the sums of the columns last. Leaves idle time out. */
export function groupRows(
  profiles: readonly ReadonlyMap<string, number>[],
): { readonly group: string; readonly micros: readonly number[] }[] {
  const of = (group: string): number[] => profiles.map((profile) => profile.get(group) ?? 0);
  const names = [...new Set(profiles.flatMap((profile) => [...profile.keys()]))].filter(
    (name) => name !== IDLE,
  );
  const rows = names
    .map((group) => ({ group, micros: of(group) }))
    .sort((one, other) => Math.max(...other.micros) - Math.max(...one.micros));
  const [large, small] = [true, false].map((isLarge) =>
    rows.filter(({ micros }) => Math.max(...micros) >= LEAST_MICROS === isLarge),
  );
  const sum = (some: typeof rows): number[] =>
    profiles.map((_profile, column) => some.reduce((total, { micros }) => total + (micros[column] ?? 0), 0));
  const others = small && small.length > 0 ? [{ group: "other packages", micros: sum(small) }] : [];
  return [...(large ?? []), ...others, { group: "all", micros: sum(rows) }];
}
