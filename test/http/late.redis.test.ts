/**
 * Requests that reach a session after its time, because a handler or the way to Redis was slow: they revive nothing.
 */
import { setRecordField } from "../harness/record-fields.js";
import type { Request } from "express";
import { describe, expect, it } from "vitest";
import type { Curfew, ReauthAttempt } from "../../src/index.js";
import type { LuaScript } from "../../src/redis/port.js";
import * as scripts from "../../src/state/scripts.generated.js";
import { createTestClock } from "../../src/testing/index.js";
import { isTestPassword, startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { minutes, T } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";
import { steppedClient } from "../harness/stepped-client.js";

type Action = (curfew: Curfew, request: Request) => Promise<unknown>;

const REPORT: Action = (curfew, request) => curfew.reportActivity(request, 0);
const EXTEND: Action = (curfew, request) => curfew.extend(request);
const ACTIONS: readonly [string, Action][] = [
  ["reportActivity", REPORT],
  ["extend", EXTEND],
  ["reauthenticate", (curfew, request) => curfew.reauthenticate(request)],
];

const IDLE = { inactivityLogout: true, sessionMinutes: 300 } as const;

interface SlowSite {
  readonly site: TestApp;
  readonly ann: Browser;
  /** Has `POST /slow` begin, does something meanwhile, and lets the route continue to its action. */
  slowly(meanwhile: () => unknown): Promise<{ status: number; body: unknown }>;
}

/** A site on which a page's own call, no activity by itself, takes long and then acts on its session. */
async function slowSite(action: Action, options: TestAppOptions): Promise<SlowSite> {
  let meanwhile: () => unknown = () => undefined;
  const site = await startApp({
    ...options,
    configure: (app, curfew) => {
      app.post("/slow", (request, response, next) => {
        const work = async () => {
          await meanwhile();
          await action(curfew, request);
          response.json(request.curfew);
        };
        work().catch(next);
      });
    },
  });
  const ann = await site.signedIn("ann");
  return {
    site,
    ann,
    slowly: async (during) => {
      meanwhile = during;
      const response = await ann.fetch("post", "/slow", {});
      return { status: response.status, body: response.body };
    },
  };
}

const listed = async (site: TestApp): Promise<number> =>
  (await site.curfew.sessions.list({ userId: "ann" })).sessions.length;

describe.each(ACTIONS)("D12: %s in a handler that took longer than the session had left", (_name, action) => {
  it("is refused, and the session stays over", async () => {
    const { site, ann, slowly } = await slowSite(action, { defaults: IDLE });
    site.at("14:50");
    const answer = await slowly(() => {
      site.at("24:50");
    });
    expect(answer).toMatchObject({ status: 401, body: { code: "session_ended", reason: "idle" } });
    expect([await ann.standing(), await listed(site)]).toEqual(["idle", 0]);
    expect(site.told("ended")).toMatchObject([{ reason: "idle", at: T + minutes(15) }]);
  });

  it("is refused past the session's own end, whose data may have gone with it", async () => {
    const { site, ann, slowly } = await slowSite(action, { allowEarlyExtension: true });
    site.at("29:00");
    const answer = await slowly(() => {
      site.at("30:00");
    });
    expect(answer).toMatchObject({ status: 401, body: { code: "session_ended", reason: "absolute" } });
    expect(await ann.standing()).toBe("absolute");
  });

  it("Q12: is refused where a shorter duration, saved in another process, has ended it meanwhile", async () => {
    const { site, ann, slowly } = await slowSite(action, { defaults: { sessionMinutes: 60 } });
    const other = await startApp({ prefix: site.prefix, clock: site.clock });
    site.at("58:30");
    const answer = await slowly(() => other.curfew.settings.update({ sessionMinutes: 10 }));
    expect(answer).toMatchObject({ status: 401, body: { reason: "absolute" } });
    // An ended session stays ended, regardless of later settings (rule C10).
    await other.curfew.settings.update({ sessionMinutes: 300 });
    expect(await ann.standing()).toBe("absolute");
  });
});

describe("C10: a session that is revoked", () => {
  const REVOCATIONS: readonly [string, (site: TestApp) => Promise<unknown>][] = [
    ["by itself", async ({ curfew }) => curfew.sessions.end(await refOf(curfew))],
    ["with all of its user's", ({ curfew }) => curfew.sessions.endAll({ userId: "ann" })],
  ];

  it.each(REVOCATIONS)(
    "%s while activity is on its way: no answer says that the session continues",
    async (_name, revoke) => {
      const { client, hold } = await steppedClient();
      const site = await startApp({ redis: client, timeoutMs: 5_000, defaults: IDLE });
      const ann = await site.signedIn("ann");
      site.at("1:00");
      const held = hold(scripts.touchRecord);
      const acted = ann.act();
      await held.reached;
      await revoke(site);
      held.release();
      const answer = await acted;
      expect([answer.status, answer.body]).toEqual([
        401,
        expect.objectContaining({ reason: "revoked_by_admin", loginUrl: "/login?reason=revoked_by_admin" }),
      ]);
    },
  );

  it.each(ACTIONS)(
    "while a handler is at work, which then does %s: the error has the reason",
    async (_name, action) => {
      const { site, ann, slowly } = await slowSite(action, { allowEarlyExtension: true });
      const answer = await slowly(async () => site.curfew.sessions.end(await refOf(site.curfew)));
      expect(answer).toMatchObject({ status: 401, body: { reason: "revoked_by_admin" } });
      expect(await ann.standing()).toBe("revoked_by_admin");
    },
  );
});

async function refOf(curfew: Curfew): Promise<string> {
  return (await curfew.sessions.list({ userId: "ann" })).sessions[0]?.ref ?? "";
}

describe("D12: late changes of a session that continues", () => {
  it("W9: counts, where another tab's activity has kept it", async () => {
    const { site, ann, slowly } = await slowSite(REPORT, { defaults: IDLE });
    site.at("14:50");
    const answer = await slowly(async () => {
      site.at("14:55");
      await ann.act();
      site.at("20:00");
    });
    expect(answer.status).toBe(200);
    expect(await ann.state()).toMatchObject({ session: { lastActivityAt: T + minutes(20) } });
  });

  it("D8: is an extension already, where another tab has extended it", async () => {
    const { site, ann, slowly } = await slowSite(EXTEND, {});
    site.at("29:00");
    const answer = await slowly(async () => {
      await ann.extend();
      site.at("31:00");
    });
    expect(answer).toMatchObject({ status: 200, body: { remainingMs: minutes(28) } });
    expect(await ann.state()).toMatchObject({ session: { extendedCount: 1 } });
  });
});

describe("D12: a password that takes long to check", () => {
  it("renews no session whose time has run out", async () => {
    const clock = createTestClock(T);
    const verify = (attempt: ReauthAttempt): boolean => {
      clock.set(T + minutes(30));
      return isTestPassword(attempt);
    };
    const site = await startApp({ clock, routes: { verify } });
    const ann = await site.signedIn("ann");
    clock.set(T + minutes(29));
    const answer = await ann.reauthenticate();
    expect([answer.status, answer.body]).toEqual([401, expect.objectContaining({ reason: "absolute" })]);
    expect([await ann.standing(), await listed(site)]).toEqual(["absolute", 0]);
  });
});

/** The server's own clock decides here, since what is on its way can't know a later one. */
describe("D12: changes under way to Redis when the session's time runs out", () => {
  const ON_THE_WAY: readonly [string, LuaScript, (browser: Browser) => Promise<unknown>][] = [
    ["a navigation's activity", scripts.touchRecord, (ann) => ann.visit()],
    ["reported activity", scripts.touchRecord, (ann) => ann.act()],
    ["a re-authentication", scripts.offerSecret, (ann) => ann.reauthenticate()],
  ];

  it.each(ON_THE_WAY)("%s brings nothing back", async (_name, step, act) => {
    const { client, hold } = await steppedClient();
    const site = await startApp({ redis: client, realClock: true, timeoutMs: 5_000, defaults: IDLE });
    const ann = await site.signedIn("ann");
    const endsAt = await endIn(site, 400, minutes(15));
    const held = hold(step);
    const acted = act(ann);
    await held.reached;
    await expect.poll(redisTime).toBeGreaterThanOrEqual(endsAt);
    held.release();
    await acted;
    expect([await ann.standing(), await listed(site)]).toEqual(["idle", 0]);
  });

  it("an extension brings nothing back", async () => {
    const { client, hold } = await steppedClient();
    const site = await startApp({ redis: client, realClock: true, timeoutMs: 5_000 });
    const ann = await site.signedIn("ann");
    const endsAt = await endIn(site, 400, minutes(30));
    const held = hold(scripts.extendRecord);
    const acted = ann.extend();
    await held.reached;
    await expect.poll(redisTime).toBeGreaterThanOrEqual(endsAt);
    held.release();
    expect((await acted).body).toMatchObject({ error: "session_ended", reason: "absolute" });
    expect([await ann.standing(), await listed(site)]).toEqual(["absolute", 0]);
  });
});

async function redisTime(): Promise<number> {
  const [seconds, microseconds] = await (await testRedis()).time();
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}

/** Moves the session's sign-in back, so that it ends in `leftMs`. @returns the time of its end */
async function endIn(site: TestApp, leftMs: number, lifeMs: number): Promise<number> {
  const redis = await testRedis();
  const [record = ""] = await redis.keys(`${site.prefix}s:*`);
  const endsAt = (await redisTime()) + leftMs;
  await setRecordField(redis, record, "signedInAt", endsAt - lifeMs);
  return endsAt;
}
