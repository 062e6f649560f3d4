/** The configuration of the app for the program `express-curfew`, and the exit codes of failures. */
import { Redis } from "ioredis";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { run } from "../../src/cli/run.js";
import { parseOptions } from "../../src/options.js";
import { Sweeper } from "../../src/state/ends/sweeper.js";
import { openStorage } from "../../src/state/open-storage.js";
import type { TestApp } from "../harness/app.js";
import { startRedis } from "../harness/redis-server.js";
import { freshPrefix, testRedis, testRedisUrl } from "../harness/redis.js";
import { at, play, start } from "./play.js";

/** Has a process of the app write its configuration, as each sweep does. */
async function writeFacts(
  site: TestApp,
  options: Partial<Parameters<typeof parseOptions>[0]> = {},
): Promise<void> {
  const sessionPrefix = `${site.prefix}sess:`;
  const url = await testRedisUrl();
  const config = parseOptions({
    redis: url,
    prefix: site.prefix,
    sessionPrefix,
    log: () => undefined,
    ...options,
  });
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const opened = openStorage(config);
  await opened.ready();
  vi.advanceTimersByTime(15_000);
  vi.useRealTimers();
  await vi.waitFor(async () => {
    expect(await (await testRedis()).exists(`${site.prefix}app`)).toBe(1);
  });
  await opened.close();
}

describe("the app's configuration", () => {
  it("is taken from Redis, where a sweep of the app writes it", async () => {
    const site = await start({ limits: { absoluteMinutes: 60 } });
    const before = await play(`settings get --json ${at(site)}`);
    expect(before.noted.join("")).toContain("no process of the app has been here");
    await writeFacts(site, {
      limits: { absoluteMinutes: 60 },
      defaults: { sessionMinutes: 500 },
      audit: { maxEntries: 200 },
    });
    const { printed, noted } = await play(`settings get --json ${at(site)}`);
    expect(noted).toEqual([]);
    expect(JSON.parse(printed.join(""))).toMatchObject({
      settings: { sessionMinutes: 500 },
      effective: { sessionMinutes: 60, limitMinutes: 60 },
      clamps: [{ field: "sessionMinutes", by: "limits.absoluteMinutes" }],
    });
  });

  it("names the keys of session data, which an end deletes", async () => {
    const site = await start();
    await writeFacts(site);
    const ann = await site.signedIn("ann");
    const redis = await testRedis();
    expect(await redis.keys(`${site.prefix}sess:*`)).toHaveLength(1);
    await play(`sessions end --user ann ${at(site)}`);
    expect(await redis.keys(`${site.prefix}sess:*`)).toEqual([]);
    expect(await ann.standing()).toBe("revoked_by_admin");
  });

  it("is not written by the command line, which sweeps nothing", async () => {
    const prefix = freshPrefix("cli");
    vi.useFakeTimers({ toFake: ["setInterval"] });
    const sweep = vi.spyOn(Sweeper.prototype, "sweep");
    try {
      await play(`settings get --prefix ${prefix}`, {
        onPrint: () => {
          vi.advanceTimersByTime(60_000);
        },
      });
      expect(sweep).not.toHaveBeenCalled();
    } finally {
      sweep.mockRestore();
      vi.useRealTimers();
    }
  });

  it("that makes no sense counts as none", async () => {
    const site = await start();
    await (await testRedis()).set(`${site.prefix}app`, '{"at":1}');
    expect((await play(`settings get ${at(site)}`)).noted.join("")).toContain("no process of the app");
  });
});

describe("wrong use", () => {
  it.each([
    ["", "a command is missing"],
    ["setings get", '"setings get" is not a command; the commands are'],
    ["settings set", "settings set needs a setting, such as sessionMinutes=30"],
    ["settings set minutes=3", "minutes is not a setting; the settings are"],
    ["settings set sessionminutes=3", "write sessionMinutes"],
    ["settings get more", 'takes no further word, and got "more"'],
    ["settings get --user ann", "settings get takes no --user"],
    ["settings rollback one", "the version must be a whole number"],
    ["settings observe sessionMinutes=20 --stop", "--stop takes no settings"],
    ["settings observe --days 3", "--actor and --days need a setting"],
    ["settings observe sessionMinutes=20 --days 91", "--days must be a whole number from 1 to 90"],
    ["sessions end", "sessions end needs a ref, or --user"],
    ["sessions list --limit 0", "--limit must be a whole number"],
    ["sessions list --limit 500001", "--limit must be a whole number from 1 to 500000"],
    ["audit --type signedin", "write signedIn"],
    ["settings set sessionMinutes=30 sessionMinutes=40", "sessionMinutes is given twice"],
    ["audit --since soon", "--since must be 30m"],
    ["audit --since 1", "--since must be 30m"],
    ["audit --since 1969-01-01", "--since must be 30m"],
    ["audit --follow --since 1h", "--follow takes no --since"],
    ["audit --follow --limit 3", "--follow takes no --limit"],
    ["doctor --require aal9", "--require aal9 is not a standard; the standards are nist-aal1"],
    ["doctor --whatever", "unknown option '--whatever'"],
  ])("'%s' has exit code 2 and says what to write", async (line, words) => {
    const { code, printed, noted } = await play(line.trim());
    expect([code, printed]).toEqual([2, []]);
    expect(noted.join("\n")).toContain(words);
  });

  it.each([
    ["--cluster --redis nonsense", "with --cluster the address is the URL of a node"],
    ["--cluster --redis 127.0.0.1:6379", "write --redis redis://user:password@host:6379"],
    ["--cluster --redis redis://", "with --cluster the address is the URL of a node"],
    ["--cluster --redis redis://:a%zb@127.0.0.1:1", "write %25"],
    ["--cluster --redis redis://127.0.0.1:1?db=1", "the address takes no db"],
    ["--redis redis://:a%zb@127.0.0.1:1", "ioredis refused this value"],
    ["--redis nonsense:::", "is not a Redis URL"],
    ["--redis embedded:", "is a Redis inside of one process"],
  ])("of the address has exit code 2: %s", async (options, words) => {
    const { code, noted } = await play(`settings get ${options}`);
    expect([code, noted.join("\n")]).toEqual([2, expect.stringContaining(words)]);
    expect(noted.join()).not.toContain("a%zb");
  });

  it("needs the address of Redis", async () => {
    const { code, noted } = await play("doctor", { env: {} });
    expect(code).toBe(2);
    expect(noted[0]).toContain("--redis redis://host:6379, or set REDIS_URL");
  });
});

describe("audit --follow in an outage", () => {
  it("prints an event that comes before the program is connected again", { timeout: 20_000 }, async () => {
    const server = await startRedis({ persistence: "aof" });
    onTestFinished(() => server.stop());
    const stop = new AbortController();
    const noted: string[] = [];
    const printed: string[] = [];
    const code = run(["audit", "--follow", "--redis", server.url], {
      env: {},
      print: (line) => {
        printed.push(line);
        stop.abort();
      },
      note: (line) => noted.push(line),
      progress: null,
      signal: stop.signal,
      place: "",
    });
    await vi.waitFor(() => {
      expect(noted.join()).toContain("no process of the app");
    });
    // Two looks for new entries.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    server.signal("SIGKILL");
    const waiting = { timeout: 5_000 };
    await vi.waitFor(() => {
      expect(noted.join()).toContain("trying again");
    }, waiting);
    await server.restart();
    const event = { type: "reauthenticated", ref: "r", userId: "ann", kind: "browser", at: 1 };
    const redis = new Redis(server.url);
    await redis.xadd("curfew:audit", "*", "event", JSON.stringify(event));
    redis.disconnect();
    expect(await code).toBe(0);
    expect(JSON.parse(printed[0] ?? "")).toMatchObject(event);
  });
});

describe("without Redis", () => {
  it("has exit code 3 and names the cause, also in JSON", async () => {
    const { code, printed, noted } = await play("settings get --json --redis redis://127.0.0.1:1");
    expect(code).toBe(3);
    expect(noted.join("")).toMatch(/ECONNREFUSED|127\.0\.0\.1:1/);
    expect(JSON.parse(printed.join(""))).toMatchObject({ code: "redis_unavailable" });
  });

  it("has exit code 3 if --cluster leads to a server outside of a Cluster", async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const { code, noted } = await play(`settings get --cluster --redis ${server.url}`);
    expect([code, noted.join("")]).toEqual([3, expect.stringContaining("cluster support disabled")]);
  });
});
