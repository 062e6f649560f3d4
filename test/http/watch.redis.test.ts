/** Ends that reach another instance of the app, without a request of the ended session. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { WatchedEnd } from "../../src/index.js";
import { endRecord } from "../../src/state/scripts.generated.js";
import { proxiedRedis } from "../harness/app-proxy.js";
import { startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import { freshPrefix, untilSubscribed } from "../harness/redis.js";

/** Starts two instances of one app, with separate subscriptions. */
async function startTwo(options: TestAppOptions = {}): Promise<[TestApp, TestApp]> {
  const prefix = freshPrefix("curfew");
  return [await startApp({ ...options, prefix }), await startApp({ ...options, prefix })];
}

async function refOf(site: TestApp, userId: string): Promise<string> {
  const { sessions } = await site.curfew.sessions.list({ userId });
  return sessions.at(-1)?.ref ?? "";
}

/** Watches a session. The promise resolves with its end. */
function nextEnd(site: TestApp, ref: string): Promise<WatchedEnd> {
  return new Promise((resolve) => {
    site.curfew.watch(ref, resolve);
  });
}

describe("curfew.watch()", () => {
  it("hears a sign-out at another instance within a second", async () => {
    const [one, two] = await startTwo();
    const ann = await one.signedIn("ann");
    const ref = await refOf(one, "ann");
    const end = nextEnd(two, ref);
    await untilSubscribed(two.prefix);
    const startedAt = performance.now();
    await ann.fetch("post", "/logout", {});
    expect(await end).toEqual({ ref, reason: "signed_out", by: null });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it("hears an eviction and the evicting sign-in", async () => {
    const [one, two] = await startTwo({ defaults: { maxSessionsPerUser: 1 } });
    await one.signedIn("ann");
    const ref = await refOf(one, "ann");
    const end = nextEnd(two, ref);
    await untilSubscribed(two.prefix);
    await one.signedIn("ann");
    const { reason, by } = await end;
    expect(reason).toBe("evicted");
    expect(by).toMatchObject({ at: one.clock() });
    expect(by).not.toHaveProperty("ref");
  });

  it("hears the revocation of all sessions of a user", async () => {
    const [one, two] = await startTwo();
    await one.signedIn("ann");
    const end = nextEnd(two, await refOf(one, "ann"));
    await untilSubscribed(two.prefix);
    await one.curfew.sessions.endAll({ userId: "ann" });
    expect((await end).reason).toBe("revoked_by_admin");
  });

  it.each<[string, (site: TestApp) => Promise<unknown>]>([
    ["evicted", (site) => site.signedIn("ann")],
    ["revoked_by_admin", (site) => site.curfew.sessions.endAll({ userId: "ann" }).catch(() => undefined)],
  ])("hears that a session is %s by a process that dies before it records the end", async (reason, end) => {
    const prefix = freshPrefix("curfew");
    const proxy = await proxiedRedis();
    const options = { prefix, defaults: { maxSessionsPerUser: 1 } };
    const dying = await startApp({ ...options, redis: proxy.redis });
    const site = await startApp(options);
    await dying.signedIn("ann");
    const told = nextEnd(site, await refOf(site, "ann"));
    await untilSubscribed(prefix);
    const records = ([command, sha1]: readonly string[]): boolean =>
      command === "EVALSHA" && sha1 === endRecord.sha1;
    proxy.inject({ on: records, action: "cut", times: 1_000 });
    await end(dying);
    expect((await told).reason).toBe(reason);
  });

  it("judges watched sessions again when the settings change", async () => {
    const [one, two] = await startTwo();
    await one.signedIn("ann");
    const end = nextEnd(two, await refOf(one, "ann"));
    await untilSubscribed(two.prefix);
    for (const site of [one, two]) site.clock.advance({ minutes: 20 });
    await one.curfew.settings.update({ sessionMinutes: 10 });
    expect((await end).reason).toBe("absolute");
  });

  it("tells an end that came before the watch", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann");
    const ref = await refOf(site, "ann");
    await ann.fetch("post", "/logout", {});
    expect(await nextEnd(site, ref)).toEqual({ ref, reason: "signed_out", by: null });
  });

  it("finds a deadline that passed without a request", async () => {
    const site = await startApp();
    await site.signedIn("ann");
    const ref = await refOf(site, "ann");
    vi.useFakeTimers({ toFake: ["setInterval"] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const end = nextEnd(site, ref);
    await untilSubscribed(site.prefix);
    site.clock.advance({ minutes: 30 });
    vi.advanceTimersByTime(180_000);
    expect((await end).reason).toBe("absolute");
  });

  it("calls a function once, and not after its unwatch", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann");
    const ref = await refOf(site, "ann");
    const ends: string[] = [];
    site.curfew.watch(ref, () => ends.push("stopped"))();
    site.curfew.watch(ref, () => {
      ends.push("told");
      throw new Error("a fault of the app");
    });
    const end = nextEnd(site, ref);
    await untilSubscribed(site.prefix);
    await ann.fetch("post", "/logout", {});
    await end;
    await site.curfew.sessions.end(ref);
    expect(await nextEnd(site, ref)).toMatchObject({ reason: "signed_out" });
    expect(ends).toEqual(["told"]);
    expect(site.log.map(({ code }) => code)).toContain("listener_failed");
  });

  it("takes a request, and refuses a value that is not a ref", async () => {
    const site = await startApp({
      configure: (app, { watch }) => {
        app.get("/stream", (request, response) => {
          response.type("text/event-stream").write(": open\n\n");
          response.on(
            "close",
            watch(request, () => response.end("event: ended\n\n")),
          );
        });
      },
    });
    const ann = await site.signedIn("ann");
    const stream = ann.visit("/stream");
    await untilSubscribed(site.prefix);
    await site.curfew.sessions.endAll({ userId: "ann" });
    expect((await stream).text).toBe(": open\n\nevent: ended\n\n");
    expect(() => site.curfew.watch("no ref", () => undefined)).toThrow("watch");
  });
});
