/** The doctor on servers of its own. docs/command-line.md shows the output of the first two tests. */
import { Redis } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";
import { createCurfew } from "../../src/index.js";
import { compareStandards } from "../../src/cli/doctor/standards.js";
import { checkMasters, checkNode } from "../../src/cli/doctor/redis-checks.js";
import { run } from "../../src/cli/run.js";
import {
  DEFAULT_LIMITS,
  DEFAULT_SETTINGS,
  effectiveSettings,
  type Settings,
} from "../../src/policy/index.js";
import { encodeFacts } from "../../src/state/values/app-facts.js";
import { codeBlocks } from "../harness/markdown.js";
import { COMMANDS, redisRights } from "../harness/redis-rights.js";
import { startRedis, type RedisServer, type StartRedisOptions } from "../harness/redis-server.js";

interface Answer {
  readonly code: number;
  readonly lines: string[];
}

async function doctor({ url }: Pick<RedisServer, "url">, options = "", prefix = "curfew:"): Promise<Answer> {
  const lines: string[] = [];
  const argv = ["doctor", "--redis", url, "--prefix", prefix, ...options.split(" ").filter(Boolean)];
  const code = await run(argv, {
    env: {},
    print: (line) => lines.push(line),
    note: (line) => lines.push(line),
    progress: null,
    signal: new AbortController().signal,
    place: "",
  });
  return { code, lines };
}

async function serverWith(options: StartRedisOptions): Promise<{ server: RedisServer; redis: Redis }> {
  const server = await startRedis(options);
  const redis = new Redis(server.url);
  onTestFinished(async () => {
    redis.disconnect();
    await server.stop();
  });
  return { server, redis };
}

const FACTS = {
  sessionPrefix: "sess:",
  defaults: {
    ...DEFAULT_SETTINGS,
    inactivityLogout: true,
    allowPersistentSessions: false,
    sessionMinutes: 480,
  },
  limits: { absoluteMinutes: 720, idleMinutes: 60 },
  limitOpenSessions: true,
  auditEntries: 10_000,
  waitsForReplicas: false,
  unsafeOptions: [],
};

/** Returns the output as the page shows it, on any port and any version of Redis. */
function asOnPage({ lines }: Answer, { port }: RedisServer): string {
  const text = lines.join("\n").replaceAll(`127.0.0.1:${String(port)}`, "127.0.0.1:6379");
  return `${text.replace(/(?:Redis|Valkey) \d+\.\d+\.\d+$/m, "Redis 7.0.15")}\n`;
}

describe("the doctor", () => {
  it("finds nothing to do on a good Redis", async () => {
    const { server, redis } = await serverWith({ persistence: "aof" });
    const rights = redisRights({ prefix: "curfew:", sessionPrefix: "sess:" }).split(" ");
    await redis.acl("SETUSER", "app", "on", ">password", ...rights);
    const [seconds] = await redis.time();
    await redis.set("curfew:app", encodeFacts(FACTS, Number(seconds) * 1_000));
    const answer = await doctor(server, "--redis-user app");
    expect(codeBlocks("docs/command-line.md", "text")).toContain(asOnPage(answer, server));
    expect(answer.code).toBe(0);
    expect(answer.lines.join("\n")).not.toMatch(/^ {2}(?:warn|fail|unknown)/m);
  });

  it("fails on a bad Redis, and says what to do", async () => {
    const { server, redis } = await serverWith({
      args: ["--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru", "--save", ""],
    });
    await redis.acl("SETUSER", "app", "on", "nopass", "~curfew:*", "+get", "+mget", "+time", "+evalsha");
    const unsafeOptions = [
      "redis option enableOfflineQueue: false: commands queued during an outage are sent after it, when they are out of date",
    ];
    const [seconds] = await redis.time();
    await redis.set(
      "curfew:app",
      encodeFacts(
        { ...FACTS, defaults: DEFAULT_SETTINGS, limits: DEFAULT_LIMITS, unsafeOptions },
        (Number(seconds) - 7_200) * 1_000,
      ),
    );
    await redis.set("curfew:settings", "{damaged");
    const answer = await doctor(server, "--redis-user app");
    expect(codeBlocks("docs/command-line.md", "text")).toContain(asOnPage(answer, server));
    expect(answer.code).toBe(1);
  });

  it("fails if the settings do not meet a required standard, and only then", async () => {
    const { server } = await serverWith({ persistence: "aof" });
    expect((await doctor(server, "--require nist-aal1")).code).toBe(0);
    const { code, lines } = await doctor(server, "--require nist-aal1 --require pci-dss --json");
    expect(code).toBe(1);
    expect(JSON.parse(lines.join(""))).toMatchObject({ ok: false, settings: { version: 0 } });
  });

  it("says what it cannot know if its own Redis user may not ask", async () => {
    const { server, redis } = await serverWith({});
    const rights = redisRights({ prefix: "curfew:", sessionPrefix: "sess:" }).split(" ");
    await redis.acl("SETUSER", "app", "on", ">p", ...rights, "-info");
    const { code, lines } = await doctor({ url: server.url.replace("//", "//app:p@") });
    expect(code).toBe(0);
    expect(lines.join("\n")).toMatch(/unknown {2}server +Redis refuses INFO/);
    expect(lines.join("\n")).toMatch(/unknown {2}rights +Redis does not tell the rights of the user app\b/);
  });

  it("fails without readable rules of tenants and roles, and says how to begin again", async () => {
    const { server, redis } = await serverWith({});
    const curfew = createCurfew({ redis: server.url });
    await curfew.settings.rules.set({ role: "admin" }, { sessionMinutes: 60 });
    await curfew.close();
    await redis.del(await redis.keys("curfew:r:*"));
    const { code, lines } = await doctor(server);
    expect(code).toBe(1);
    expect(lines.join("\n")).toMatch(/fail {5}settings +the rules .* are missing .*\n.*rules\.reset\(\)/);
  });

  it("fails if the app's Redis user does not exist", async () => {
    const { server } = await serverWith({});
    const { code, lines } = await doctor(server, "--redis-user nobody");
    expect(code).toBe(1);
    expect(lines.join("\n")).toMatch(/fail {5}rights +the Redis user nobody does not exist\n.*--redis-user/);
  });

  it("finds each right that the app's user lacks, and each key pattern", async () => {
    const { server, redis } = await serverWith({});
    const rights = redisRights({ prefix: "curfew:", sessionPrefix: "sess:" }).split(" ");
    const lackOf = async (...changes: string[]): Promise<string> => {
      await redis.acl("SETUSER", "app", "reset", "on", ">p", ...rights, ...changes);
      return (await doctor(server, "--redis-user app")).lines.join("\n");
    };
    expect(await lackOf("-zscore", "-xadd")).toContain("the Redis user app may not send xadd, zscore");
    expect(await lackOf("resetkeys", "~curfew:*")).toContain(
      "the Redis user app may not send del, mget, set",
    );
    expect(await lackOf("resetchannels")).toContain("the Redis user app may not send publish, subscribe");
    expect(await lackOf("+flushall")).toContain("has more rights than the package needs");
    expect(await lackOf()).toContain("has the rights that it needs");
    await redis.set("curfew:app", encodeFacts({ ...FACTS, waitsForReplicas: true }, Date.now()));
    expect(await lackOf()).toContain("the Redis user app may not send wait");
    expect(await lackOf("+wait")).toContain("has the rights that it needs");
  });

  it.each([
    ["curfew:", "?keyPrefix=app:", ["~app:curfew:*", "~app:sess:*", "&curfew:*"]],
    ["my app:", "", ["~my?app:*", "~sess:*", "&my?app:*"]],
  ])(
    "finds the rights to keys of the prefix '%s', at an address with '%s'",
    async (prefix, query, patterns) => {
      const { server, redis } = await serverWith({});
      const commands = COMMANDS.map((name) => `+${name}`);
      await redis.acl("SETUSER", "app", "on", ">p", ...patterns, ...commands);
      const { lines } = await doctor({ url: `${server.url}/${query}` }, "--redis-user app", prefix);
      expect(lines.join("\n")).toContain("the Redis user app has the rights that it needs");
    },
  );

  it("G12: makes control characters of stored texts visible", async () => {
    const { server, redis } = await serverWith({});
    await redis.set("curfew:app", encodeFacts({ ...FACTS, unsafeOptions: ["\u001b[2J\u202e"] }, Date.now()));
    const text = (await doctor(server)).lines.join("\n");
    expect(text).toContain("warn     client       \\u{1b}[2J\\u{202e}");
    expect(text).not.toContain("\u001b");
  });

  it("fails on a replica", async () => {
    const { server: master } = await serverWith({});
    const { server: replica } = await serverWith({ args: ["--replicaof", "127.0.0.1", String(master.port)] });
    const { code, lines } = await doctor(replica);
    expect(code).toBe(1);
    expect(lines.join("\n")).toMatch(/fail {5}role +replica/);
  });
});

const NODE = { name: "a:1", save: "3600 1", roundTripMs: 1, clockAheadMs: 0 };
const infoWith = (lines: string): string =>
  `redis_version:7.2.4\r\nrole:master\r\nconnected_slaves:1\r\n${lines}`;

describe("the checks of a server", () => {
  it.each([
    ["redis_version:6.2.6\r\nrole:master", "version", "warn"],
    ["redis_version:6.0.16\r\nrole:master", "version", "fail"],
    ["redis_version:5.0.7\r\nrole:master", "version", "fail"],
    ["redis_version:7.2.4\r\nvalkey_version:8.1.0\r\nrole:master", "version", "ok"],
    [infoWith("maxmemory:100\r\nmaxmemory_policy:noeviction"), "eviction", "ok"],
    [infoWith("maxmemory:100\r\nmaxmemory_policy:volatile-ttl"), "eviction", "fail"],
    [infoWith("aof_enabled:1\r\naof_last_write_status:err"), "persistence", "fail"],
    [infoWith("aof_enabled:0\r\nrdb_last_bgsave_status:err"), "persistence", "fail"],
    [infoWith("aof_enabled:0\r\nrdb_last_bgsave_status:ok"), "persistence", "warn"],
  ])("%j: %s is %s", (info, check, level) => {
    expect(checkNode({ ...NODE, info }).find((finding) => finding.check === check)).toMatchObject({ level });
  });

  it.each([
    [900, "ok"],
    [-900, "ok"],
    [1_600, "warn"],
    [-65_000, "warn"],
  ])("a clock %d ms ahead is %s", (clockAheadMs, level) => {
    const found = checkNode({ ...NODE, info: null, clockAheadMs }).find(({ check }) => check === "clock");
    expect(found).toMatchObject({ level });
  });

  it("compares the clocks of a Cluster's masters", () => {
    const node = { ...NODE, info: null };
    expect(checkMasters([node])).toEqual([]);
    expect(checkMasters([node, { ...node, clockAheadMs: 500 }])).toMatchObject([{ level: "ok" }]);
    expect(checkMasters([node, { ...node, clockAheadMs: 5_000 }])).toMatchObject([{ level: "warn" }]);
  });
});

describe("the comparison with standards", () => {
  const met = (settings: Partial<Settings>, absoluteMinutes = 43_200): string[] =>
    compareStandards(
      effectiveSettings({ ...DEFAULT_SETTINGS, ...settings }, { absoluteMinutes, idleMinutes: 4_320 }),
    )
      .filter((standard) => standard.met)
      .map(({ id }) => id);
  const strict = { inactivityLogout: true, allowPersistentSessions: false };

  it("counts extensions up to the system limit, and persistent sessions", () => {
    expect(met({ sessionMinutes: 30 })).toEqual(["nist-aal1", "asvs-7.3.2"]);
    expect(met({ sessionMinutes: 30 }, 50_000)).toEqual(["asvs-7.3.2"]);
    expect(met({ ...strict, sessionMinutes: 30, allowPersistentSessions: true })).not.toContain("nist-aal2");
  });

  it.each([
    [{ ...strict, sessionMinutes: 720, idleMinutes: 15 }, ["nist-aal1", "nist-aal2", "nist-aal3", "pci-dss"]],
    [{ ...strict, sessionMinutes: 721, idleMinutes: 15 }, ["nist-aal1", "nist-aal2", "pci-dss"]],
    [{ ...strict, sessionMinutes: 720, idleMinutes: 16 }, ["nist-aal1", "nist-aal2"]],
    [{ ...strict, sessionMinutes: 1_440, idleMinutes: 60 }, ["nist-aal1", "nist-aal2"]],
    [{ ...strict, sessionMinutes: 1_440, idleMinutes: 61 }, ["nist-aal1"]],
  ])("%j meets %j, and both of ASVS", (settings, ids) => {
    expect(met(settings)).toEqual([...ids, "asvs-7.3.1", "asvs-7.3.2"]);
  });
});
