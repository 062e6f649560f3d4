import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LuaScript } from "../../src/redis/port.js";
import * as scripts from "../../src/state/scripts.generated.js";
import { createTestRedis, type TestRedis } from "../../src/testing/index.js";
import { testRedis } from "../harness/redis.js";

type Argument = string | number;
/** One call: a script by its name, or a command. */
type Call = readonly [name: string, ...args: Argument[]];

const NOW = 1_770_000_000_000;
const LATER = NOW + 1_800_000;
/** Ahead of every server's own clock. */
const FAR_OFF = 4_000_000_000_000;
const STAMP = "stamp-1";
const SETTINGS = `{"stamp":"${STAMP}","version":1,"settings":{"a":1}}`;
const ATTEMPT = '{"applied":false,"stamp":"a"';
const RECORD = [
  NOW,
  "browser1",
  "ana",
  "",
  "",
  1_800_000,
  0,
  ...Array<string>(16).fill(""),
  2,
  "secret",
].join("\u001f");

/** Refs of the length that a user's key has room for. */
const [R1, R2, R3, R4, R5, R6, R7] = ["1", "2", "3", "4", "5", "6", "7"].map((end) =>
  end.padStart(21, "r"),
) as [...(readonly [string, string, string, string, string, string, string])];

const claim = (ref: string, browser: string, limit: Argument, refuse = "", most = 100): Call => [
  "claimSignIn",
  ...[
    "user",
    NOW,
    ref,
    "browser",
    `browser${browser}`,
    LATER,
    limit,
    refuse,
    90_000_000,
    most,
    10_000,
    0,
    "",
  ],
];
const claimOther = (key: string, ref: string, number: number, most: number): Call => [
  "claimOther",
  ...[key, NOW, ref, number, LATER, most, 90_000_000],
];

const offer = (key: string, secret: string, now: number, endsAt: number): Call => [
  "offerSecret",
  ...[key, "secret", secret, now, 1_800_000, "", 90_000_000, 10_000, endsAt, now],
];

/** Calls of every script on its expected keys, on missing keys and on a key of another type. */
const CALLS: readonly Call[] = [
  ["SET", "data", '{"cookie":{}}', "PX", 100_000],
  ["SET", "data", '{"cookie":{},"a":1}', "XX", "KEEPTTL"],
  ["SET", "gone", "x", "XX", "KEEPTTL"],
  ["SET", "text", "no hash"],
  ["SET", "text-history", "no list"],
  ["RPUSH", "list", "no string"],
  ["saveSettings", "settings", "", SETTINGS],
  ["saveSettings", "settings", "stale", "{}"],
  ["saveSettings", "list", "", "{}"],
  ["GET", "settings"],
  ["keepChange", "history", ATTEMPT, ATTEMPT, `${ATTEMPT},"version":1}`, 2],
  ["keepChange", "history", ATTEMPT, '{"applied":true,"stamp":"a"', "[]", 2],
  ["keepChange", "history", "{}", "{}", '{"applied":false}', 2],
  ["keepChange", "history", "[]", "[]", '{"applied":true}', 2],
  ["keepChange", "text-history", "[]", "[]", "[]", 2],
  ["LREM", "history", 1, '{"applied":false}'],
  ["replaceChanges", "history", '{"applied":true}', "[1]", "none", "[2]"],
  ["replaceChanges", "none", "none", "[2]"],
  ["LRANGE", "history", 0, -1],
  ["fillHistory", "history", "[1]", "[2]"],
  ["fillHistory", "old-history", "[1]", "[2]"],
  ["LRANGE", "old-history", 0, -1],
  ["HSET", "old-settings", "stamp", "old", "version", 3, "settings", "{}"],
  ["GET", "old-settings"],
  ["HMGET", "old-settings", "stamp", "history"],
  ["convertSettings", "old-settings"],
  ["convertSettings", "old-settings"],
  ["convertSettings", "none"],
  ["convertSettings", "list"],
  ["keepTagKey", "tags", "first"],
  ["keepTagKey", "tags", "second"],
  ["keepTagKey", "tags", "second", "another"],
  ["keepTagKey", "tags", "second", "first"],
  ["RPUSH", "tags-rows", "no string"],
  ["keepTagKey", "tags-rows", "first"],
  ["keepTagKey", "tags-rows", "first", "!"],
  ["GET", "tags-rows"],
  ["countUses", "uses", 3, 60_000, 2],
  ["GET", "uses"],
  ["countUses", "uses", 3, 60_000, 2],
  ["countUses", "uses", 3, 60_000, -1],
  ["GET", "uses"],
  ["countUses", "history", 3, 60_000, 1],
  ["countTries", "tries", 3, 60_000, 1, "session1", 2],
  ["countTries", "tries", 3, 60_000, 1, "session2", 2],
  ["countTries", "tries", 3, 60_000, 2, "session1", 2],
  ["GET", "tries"],
  ["countTries", "tries", 3, 60_000, -1, "session1", 2],
  ["countTries", "tries", 3, 60_000, 1, "session3", 2],
  ["GET", "tries"],
  ["countTries", "none", 3, 60_000, -1, "session1", 2],
  claim(R1, "1", ""),
  claim(R2, "2", ""),
  claim(R3, "3", 3),
  claim(R4, "4", 2),
  claim(R5, "5", 2, "1"),
  claim(R6, "4", 2),
  ["GET", "user"],
  claim(R1, "1", "", "", 2),
  claim(R2, "2", ""),
  ["GET", "user"],
  claim(R3, "2", ""),
  claim(R4, "2", ""),
  ["settleTwins", "user", R3],
  ["settleTwins", "user", R4],
  ["settleTwins", "none", R4],
  ["settleTwins", "user", R5],
  ["PTTL", "none"],
  ["SET", "badly", "2 too short"],
  ["claimSignIn", "badly", NOW, R1, "api", "browser1", LATER, "", "", 90_000_000, 100, 10_000, 0, ""],
  ["GET", "badly"],
  // Authenticated before all sessions of the user were revoked.
  ["revokeAll", "badly", NOW, "r", "", 86_400_000],
  ["claimSignIn", "badly", NOW, R2, "api", "browser1", LATER, "", "", 90_000_000, 100, 10_000, 0, ""],
  ["claimSignIn", "badly", NOW, R2, "api", "browser1", LATER, "", "", 90_000_000, 100, 10_000, 1e14, NOW],
  ["claimSignIn", "badly", NOW, R2, "api", "browser1", LATER, "", "", 90_000_000, 100, 10_000, 1e14, NOW + 1],
  claimOther("others", R1, NOW + 1, 2),
  claimOther("others", R2, NOW + 2, 2),
  claimOther("others", R3, NOW + 3, 2),
  ["SET", "spoiled", "text"],
  claimOther("spoiled", R3, NOW + 3, 2),
  ["keepOther", "others", R3, LATER + 5, 90_000_000],
  ["keepOther", "none", R3, LATER + 5, 90_000_000],
  ["HGETALL", "others"],
  ["removeOthers", "others", R2, R3],
  ["removeOthers", "none", R2],
  ["readOthers", "others"],
  ["readOthers", "none"],
  ["readOthers", "text"],
  ["evictOthers", "user", NOW + 2],
  ["evictOthers", "user", NOW + 1],
  ["evictOthers", "none", NOW + 1],
  ["GET", "user"],
  ["SET", "record", RECORD, "PX", 100_000],
  ["MGET", "record", "none", "list", "settings"],
  ["touchRecord", "record", NOW + 5_000, LATER, NOW],
  ["touchRecord", "record", NOW + 5_000, LATER, NOW],
  ["touchRecord", "record", NOW + 6_000, LATER, LATER],
  ["touchRecord", "record", NOW + 6_000, LATER, ""],
  ["touchRecord", "none", NOW + 5_000, LATER, NOW],
  ["markCookie", "record", 1],
  ["markCookie", "none", 1],
  ["extendRecord", "record", NOW, LATER, 0, 100_000, LATER, LATER, NOW],
  ["extendRecord", "record", NOW, LATER, 0, 100_000, FAR_OFF, "", NOW],
  ["extendRecord", "record", NOW, LATER, 0, 100_000, LATER, NOW, NOW + 1],
  ["extendRecord", "record", NOW, LATER, 0, 100_000, LATER, NOW, NOW],
  offer("none", "first", NOW, LATER),
  offer("record", "first", NOW, LATER),
  offer("record", "first", LATER, LATER),
  offer("record", "second", NOW + 1, LATER),
  ["showSecret", "record", "second", NOW + 2],
  ["showSecret", "none", "second", NOW + 2],
  ["showSecret", "record", "first", NOW + 2],
  offer("record", "third", NOW + 3, LATER),
  ["keepEntry", "user", R6, LATER, 90_000_000],
  ["keepEntry", "none", R6, LATER, 90_000_000],
  ["removeEntry", "user", "none", "", ""],
  ["removeEntry", "user", R7, 2, NOW],
  ["removeEntry", "user", R6, 2, LATER],
  ["removeEntry", "text", R7, 2, ""],
  ["endRecord", "record", "signed_out", NOW, 86_400_000],
  ["endRecord", "record", "evicted", NOW, 86_400_000, NOW, "Firefox", ""],
  ["endRecord", "record", "idle", NOW, 86_400_000],
  ["endRecord", "none", "idle", NOW, 86_400_000],
  ["touchRecord", "record", NOW + 9_000, LATER, NOW],
  ["clearFields", "record", 19, 20],
  ["clearFields", "none", 19],
  ["listSession", "sessions", NOW, "r1", NOW - 1, 20, 1_000],
  ["listSession", "sessions", NOW, "r2", LATER, 20, 100_000],
  ["listSession", "sessions", NOW, "r3", LATER, 20, 100_000],
  ["noteLevel", "levels", NOW, 0, NOW + 1],
  ["noteLevel", "levels", NOW + 2, 1, LATER],
  ["noteLevel", "levels", NOW + 2, 1, NOW + 3],
  ["noteLevel", "text", NOW, 1, LATER],
  ["ZRANGE", "levels", 0, -1, "WITHSCORES"],
  ["pageSessions", "sessions", "+inf", 0, 1],
  ["pageSessions", "sessions", LATER, 1, 5],
  ["pageSessions", "none", "+inf", 0, 5],
  claim(R5, "5", ""),
  ["revokeAll", "user", NOW, "r", NOW + 5, 86_400_000],
  ["revokeAll", "unknown", NOW, "r", "", 86_400_000],
  ["confirmWrite", "user", "15-23", NOW, "1"],
  ["confirmWrite", "user", "15-23", NOW + 1, ""],
  ["confirmWrite", "user", "", R5, ""],
  ["confirmWrite", "user", "", R1, ""],
  ["confirmWrite", "list", "", R1, ""],
  ["confirmWrite", "record", 12, "", ""],
  ["confirmSettings", "settings", STAMP, 1],
  ["confirmSettings", "settings", "earlier", 0],
  ["confirmSettings", "settings", "lost", 1],
  ["confirmSettings", "none", STAMP, 1],
  ["confirmSettings", "list", STAMP, 1],
  ["confirmWrite", "none", "endReason", "", "1"],
  ["confirmWrite", "none", "endReason", "", ""],
  ["confirmWrite", "text", 12, "", "1"],
  ["EXISTS", "none"],
  ["GET", "user"],
  ["GET", "record"],
  ["TYPE", "sessions"],
];

const SCRIPTS: Readonly<Record<string, LuaScript | undefined>> = { ...scripts };
async function answersOf(redis: Redis): Promise<[Call, unknown][]> {
  const answers: [Call, unknown][] = [];
  for (const call of CALLS) answers.push([call, await answerOf(redis, call)]);
  return answers;
}

/** Scripts whose third answer is the time that is left. */
const COUNTERS: ReadonlySet<string> = new Set(["countUses", "countTries"]);

async function answerOf(redis: Redis, [name, ...args]: Call): Promise<unknown> {
  const script = SCRIPTS[name];
  try {
    if (!script) return await redis.call(name, ...args);
    const answer: unknown = await redis.eval(script.lua, script.keyCount, ...args);
    // The time that is left differs by milliseconds.
    return COUNTERS.has(name) ? (answer as unknown[]).slice(0, 2) : answer;
  } catch (error) {
    // Servers differ in the text around the script's error.
    return /\bWRONGTYPE\b/.exec(String(error))?.[0] ?? String(error);
  }
}

describe("the embedded Redis", () => {
  let embedded: TestRedis;
  let client: Redis;

  beforeAll(async () => {
    embedded = await createTestRedis();
    client = new Redis(embedded.url);
  });

  afterAll(async () => {
    client.disconnect();
    await embedded.close();
  });

  it("answers every script of the package as a real Redis does", async () => {
    const scriptNames = Object.keys(SCRIPTS);
    const tried = new Set(CALLS.map(([name]) => name));
    expect(scriptNames.filter((name) => !tried.has(name))).toEqual([]);
    expect(await answersOf(client)).toEqual(await answersOf(await testRedis()));
  });

  it("answers MGET of every type and TIME as a real Redis does", async () => {
    for (const redis of [client, await testRedis()]) {
      await redis.set("text", "x");
      await redis.hset("hash", "a", 1);
      const [values, time] = await Promise.all([redis.mget("text", "hash", "none"), redis.time()]);
      expect(values).toEqual(["x", null, null]);
      expect(Math.abs(Number(time[0]) - Date.now() / 1_000)).toBeLessThan(60);
      expect(await redis.set("text", "y", "NX")).toBeNull();
      expect(await redis.set("new", "y", "NX")).toBe("OK");
    }
  });

  it("deletes keys at the end of their TTL, as a real Redis does", async () => {
    for (const redis of [client, await testRedis()]) {
      await redis.eval("redis.call('SET', KEYS[1], 'a', 'PX', 30)", 1, "short");
      const left = await redis.pttl("short");
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(30);
      await expect.poll(() => redis.exists("short")).toBe(0);
    }
  });
});
