import { describe, expect, it } from "vitest";
import { groupRows, IDLE, microsByGroup, type CpuProfile } from "../../bench/profile-summary.js";

const BUILT = "file:///project/temp/bench/1";
const MODULES = "file:///project/node_modules";

type Ran = readonly [functionName: string, url: string, micros: number];

/** Returns the groups of a profile in which each frame ran once, for the given microseconds. */
function groupsOf(...ran: readonly Ran[]): Record<string, number> {
  const profile: CpuProfile = {
    nodes: ran.map(([functionName, url], id) => ({ id, callFrame: { functionName, url } })),
    samples: ran.map((_frame, id) => id),
    // The first delta is the time before the first sample.
    timeDeltas: [0, ...ran.map(([, , micros]) => micros)],
  };
  return Object.fromEntries(microsByGroup(profile));
}

describe("the summary of a processor profile", () => {
  it("names the running code, from one sample to the next", () => {
    expect(
      groupsOf(
        ["get", `${BUILT}/package/http/session-store.js`, 50],
        ["read", `${BUILT}/contestants/bare.js`, 7],
        ["answer", `${BUILT}/processes/app.js`, 3],
        ["get", `${MODULES}/connect-redis/dist/index.js`, 20],
        ["session", `${MODULES}/express-session/index.js`, 30],
      ),
    ).toEqual({ "express-curfew": 50, "the app itself": 10, "connect-redis": 20, "express-session": 30 });
  });

  it("counts a package's own dependencies as its own, those that are nested as what they are", () => {
    expect(
      groupsOf(
        ["handle", `${MODULES}/express/lib/application.js`, 1],
        ["next", `${MODULES}/router/index.js`, 2],
        ["parse", `${MODULES}/redis-parser/lib/parser.js`, 4],
        ["run", `${MODULES}/@better-auth/core/dist/index.mjs`, 8],
        ["hash", `${MODULES}/better-auth/node_modules/@noble/hashes/sha2.js`, 16],
        ["other", `${MODULES}/@someone/something/index.js`, 32],
      ),
    ).toEqual({ express: 3, ioredis: 4, "better-auth": 24, "@someone/something": 32 });
  });

  it("knows Node's own code, V8's, garbage collection and waiting", () => {
    expect(
      groupsOf(
        ["writeHead", "node:_http_server", 1],
        ["writev", "", 2],
        ["(program)", "", 4],
        ["(garbage collector)", "", 8],
        ["(idle)", "", 16],
      ),
    ).toEqual({
      "Node.js (http, net, streams)": 1,
      "Node.js and V8, native code": 6,
      "garbage collection": 8,
      [IDLE]: 16,
    });
  });
});

describe("the rows of profiles side by side", () => {
  const rows = groupRows([
    new Map([
      ["express", 10],
      ["small", 0.4],
      [IDLE, 100],
    ]),
    new Map([
      ["express", 12],
      ["ioredis", 40],
      ["tiny", 0.5],
    ]),
  ]);

  it("put the largest rows first, small rows together, and the sum last", () => {
    expect(rows).toEqual([
      { group: "ioredis", micros: [0, 40] },
      { group: "express", micros: [10, 12] },
      { group: "other packages", micros: [0.4, 0.5] },
      { group: "all", micros: [10.4, 52.5] },
    ]);
  });

  it("leave waiting out", () => {
    expect(rows.map(({ group }) => group)).not.toContain(IDLE);
  });
});
