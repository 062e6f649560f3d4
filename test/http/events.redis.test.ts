import { describe, expect, it, onTestFinished, vi } from "vitest";
import { formatLogEntry } from "../../src/index.js";
import { startApp } from "../harness/app.js";
import { minutes, T } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";
import { noteUnhandled } from "../harness/unhandled.js";

const ref = expect.stringMatching(/^[\w-]{21}$/) as string;
const endedId = expect.stringMatching(/^ended-[\w-]{21}$/) as string;
const ann = { ref, userId: "ann", kind: "browser" };

describe("events", () => {
  it("tells a session's life, each step once", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann", { persistent: false });
    site.at("29:00");
    await browser.extend();
    site.at("58:00");
    await browser.reauthenticate();
    await browser.fetch("post", "/logout", {});
    await browser.standing();
    const device = { device: "Chrome on Windows", deviceClass: "desktop" };
    expect(site.told("signedIn")).toEqual([
      { ...ann, at: T, persistent: false, ...device, ip: null, place: null, sudoUserId: null },
    ]);
    expect(site.told("extended")).toEqual([
      { ...ann, at: T + minutes(29), endsAt: T + minutes(59), extendedCount: 1 },
    ]);
    expect(site.told("reauthenticated")).toEqual([{ ...ann, at: T + minutes(58) }]);
    expect(site.told("ended")).toEqual([
      {
        ...{ ...ann, id: endedId, at: T + minutes(58), reason: "signed_out", by: null, actor: null },
        ...{ limit: null, sudoUserId: null },
      },
    ]);
  });

  it.each([
    ["absolute", "30:00", {}],
    ["idle", "15:00", { inactivityLogout: true }],
  ])(
    "tells an end by the clock (%s) once, at its deadline, when it is found",
    async (reason, end, defaults) => {
      const site = await startApp({ defaults });
      const browser = await site.signedIn("ann");
      site.clock.advance({ days: 1 });
      expect(site.told("ended")).toEqual([]);
      await Promise.all(Array.from({ length: 5 }, () => browser.standing()));
      const [event, ...more] = site.told("ended");
      expect(more).toEqual([]);
      site.at(end);
      expect(event).toMatchObject({ ...ann, reason, at: site.clock() });
    },
  );

  it("C2: tells an eviction with who did it", async () => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 1 } });
    const first = await site.signedIn("ann");
    await site.signedIn("ann");
    await first.standing();
    expect(site.told("ended")).toEqual([
      {
        ...ann,
        id: endedId,
        at: T,
        reason: "evicted",
        by: { device: "Chrome on Windows", place: null, at: T },
        actor: null,
        limit: "maxSessionsPerUser",
        sudoUserId: null,
      },
    ]);
  });

  it("tells a change of the settings with who made it", async () => {
    const site = await startApp();
    await site.curfew.settings.update({ sessionMinutes: 40 }, { actor: "root" });
    expect(site.told("settingsChanged")).toEqual([
      {
        at: T,
        actor: "root",
        from: null,
        version: 1,
        settings: expect.objectContaining({ sessionMinutes: 40 }) as object,
        rule: null,
        ended: null,
      },
    ]);
  });

  it("F5: tells of a well-signed cookie that names no session", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    for (const key of await (await testRedis()).keys(`${site.prefix}*`)) await (await testRedis()).del(key);
    expect(await browser.standing()).toBe("unknown");
    expect(site.told("warning")).toEqual([expect.objectContaining({ code: "unknown_session" })]);
  });

  it("no longer tells who has stopped listening", async () => {
    const site = await startApp();
    const heard: string[] = [];
    const stop = site.curfew.on("signedIn", ({ userId }) => {
      heard.push(userId);
    });
    await site.signedIn("ann");
    stop();
    await site.signedIn("bob");
    expect(heard).toEqual(["ann"]);
  });

  it.each<[string, () => void]>([
    [
      "throws",
      () => {
        throw new Error("listener broke");
      },
    ],
    ["rejects", () => Promise.reject(new Error("listener broke"))],
  ])("a listener that %s disturbs neither the request nor other listeners", async (_title, listener) => {
    const site = await startApp();
    site.curfew.on("signedIn", listener);
    const heard: string[] = [];
    site.curfew.on("signedIn", ({ userId }) => {
      heard.push(userId);
    });
    const browser = await site.signedIn("ann");
    expect(await browser.standing()).toBe("in");
    expect(heard).toEqual(["ann"]);
    expect(site.log).toEqual([
      { level: "error", code: "listener_failed", message: "signedIn: Error: listener broke" },
    ]);
  });
});

describe("the log", () => {
  it("a log function that throws disturbs no request", async () => {
    const site = await startApp({
      log: () => {
        throw new Error("disk full");
      },
    });
    const browser = await site.signedIn("ann");
    const redis = await testRedis();
    for (const key of await redis.keys(`${site.prefix}s:*`)) await redis.set(key, "{bad");
    expect(await browser.standing()).toBe("unknown");
  });

  it("an async log function that rejects ends no process, and the entry goes to stderr", async () => {
    const unhandled = noteUnhandled();
    const written: string[] = [];
    const stderr = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    onTestFinished(() => {
      stderr.mockRestore();
    });
    await startApp({
      session: { secret: "short" },
      log: () => Promise.reject(new Error("collector away")),
    });
    await new Promise(setImmediate);
    expect(unhandled).toEqual([]);
    expect(written.filter((line) => line.includes("express-curfew"))).toEqual([
      expect.stringContaining('"code":"listener_failed","message":"log: Error: collector away"'),
      expect.stringContaining('"code":"weak_secret"'),
    ]);
  });

  it("G12: one entry is one line of printable text", () => {
    const message = 'evil\r\n{"level":"error"}\u2028\u0085\u001b[2J\u007f\ufeff';
    const line = formatLogEntry({ level: "warn", code: "locate_failed", message });
    expect(line).toMatch(/^[ -~]+$/);
    expect(JSON.parse(line)).toEqual({
      source: "express-curfew",
      level: "warn",
      code: "locate_failed",
      message,
    });
  });

  it("warns of a short secret", async () => {
    const site = await startApp({ session: { secret: "short" } });
    expect(site.log).toEqual([expect.objectContaining({ level: "warn", code: "weak_secret" })]);
  });
});
