/** Other events during a re-authentication. */
import { describe, expect, it, vi } from "vitest";
import type { SettingsPatch } from "../../src/index.js";
import * as scripts from "../../src/state/scripts.generated.js";
import { startApp, type TestApp } from "../harness/app.js";
import { PASSWORD, type Browser } from "../harness/browser.js";
import { testRedis } from "../harness/redis.js";
import { steppedClient, type Step, type SteppedClient } from "../harness/stepped-client.js";

/** Steps of a re-authentication, in any order. */
const STEPS: readonly [string, Step][] = [
  ["keepEntry", scripts.keepEntry],
  ["keepData", scripts.keepData],
  ["offerSecret", scripts.offerSecret],
];

async function startStepped(settings: SettingsPatch = {}): Promise<{ site: TestApp; steps: SteppedClient }> {
  const steps = await steppedClient();
  const site = await startApp({ redis: steps.client, timeoutMs: 5_000, defaults: settings });
  return { site, steps };
}

const listed = async (site: TestApp): Promise<number> =>
  (await site.curfew.sessions.list({ userId: "ann" })).sessions.length;

async function reauthenticateDuring(
  browser: Browser,
  steps: SteppedClient,
  step: Step,
  during: () => Promise<unknown>,
): Promise<number> {
  const held = steps.hold(step);
  const answer = browser.reauthenticate();
  await held.reached;
  await during();
  held.release();
  return (await answer).status;
}

describe.each(STEPS)("N14: while the %s of a re-authentication is under way", (_name, step) => {
  it("C11: it keeps its place, so a sign-in too many is refused", async () => {
    const { site, steps } = await startStepped({ maxSessionsPerUser: 1, whenLimitReached: "refuse_newest" });
    const [ann, other] = [await site.signedIn("ann"), await site.browser()];
    site.clock.advance({ minutes: 1 });
    const status = await reauthenticateDuring(ann, steps, step, async () => {
      const login = await other.fetch("post", "/login", { userId: "ann", password: PASSWORD });
      expect(login.status).toBe(409);
    });
    expect(status).toBe(200);
    expect([await ann.standing(), await other.standing()]).toEqual(["in", "anonymous"]);
    expect(await listed(site)).toBe(1);
  });

  it("C7: it keeps its place, so a sign-in ends the older browser and no more than two stay", async () => {
    const { site, steps } = await startStepped({ maxSessionsPerUser: 2 });
    const oldest = await site.signedIn("ann");
    site.clock.advance({ minutes: 1 });
    const ann = await site.signedIn("ann");
    site.clock.advance({ minutes: 1 });
    const newest = await site.browser();
    const status = await reauthenticateDuring(ann, steps, step, () => newest.signIn("ann"));
    expect(status).toBe(200);
    const standings = [await oldest.standing(), await ann.standing(), await newest.standing()];
    expect(standings).toEqual(["evicted", "in", "in"]);
    expect(await listed(site)).toBe(2);
  });

  it("C10: a revocation of all stays", async () => {
    const { site, steps } = await startStepped();
    const ann = await site.signedIn("ann");
    const former = ann.sessionCookie;
    await reauthenticateDuring(ann, steps, step, () => site.curfew.sessions.endAll({ userId: "ann" }));
    expect(await ann.standing()).not.toBe("in");
    if (former) ann.cookies.set("curfew.sid", former);
    expect(await ann.standing()).not.toBe("in");
    expect(await listed(site)).toBe(0);
  });
});

describe("N14: a re-authentication and an end of that one session", () => {
  it.each(STEPS)("at %s: it is refused, and the end stays", async (_name, step) => {
    const { site, steps } = await startStepped();
    const ann = await site.signedIn("ann");
    const [session] = (await site.curfew.sessions.list({ userId: "ann" })).sessions;
    const status = await reauthenticateDuring(ann, steps, step, async () => {
      // The held step is the re-authentication's; this end sends its own.
      expect(await site.curfew.sessions.end(session?.ref ?? "", { actor: "root" })).toMatchObject({
        ended: true,
      });
    });
    expect(status).toBe(401);
    expect(await ann.standing()).toBe("revoked_by_admin");
    await vi.waitFor(async () => {
      expect(await listed(site)).toBe(0);
    });
    expect(site.told("ended")).toMatchObject([{ reason: "revoked_by_admin" }]);
  });
});

describe("N14: a re-authentication that fails midway", () => {
  it.each(STEPS)(
    "at %s leaves this browser signed in, and nothing of the failed attempt",
    async (_name, step) => {
      const { site, steps } = await startStepped({
        maxSessionsPerUser: 1,
        whenLimitReached: "refuse_newest",
      });
      const ann = await site.signedIn("ann");
      await ann.fetch("post", "/data", { cart: [1] });
      steps.fail(step);
      await ann.reauthenticate();
      expect(await ann.standing()).toBe("in");
      expect((await ann.fetch("get", "/data")).body).toEqual({ cart: [1] });
      const redis = await testRedis();
      await vi.waitFor(async () => {
        expect(await listed(site)).toBe(1);
        expect(await redis.keys(`${site.prefix}sess:*`)).toHaveLength(1);
        expect(await redis.zcard(`${site.prefix}l:0:0`)).toBe(1);
      });
      expect((await ann.reauthenticate()).status).toBe(200);
      expect(await ann.standing()).toBe("in");
      expect(site.told("ended")).toEqual([]);
    },
  );
});
