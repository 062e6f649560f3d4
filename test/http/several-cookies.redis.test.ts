/** A browser sends several cookies of one name if their paths or domains differ, or if another site plants one. */
import request, { type Response } from "supertest";
import { describe, expect, it, onTestFinished } from "vitest";
import { startApp, type TestApp } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { testRedis, testRedisUrl } from "../harness/redis.js";
import { startTcpProxy } from "../harness/tcp-proxy.js";

const valueOf = ({ sessionCookie }: Browser): string => sessionCookie?.value ?? "";

/** Sends one request with several session cookies, in this order. */
function send(site: TestApp, values: readonly string[], path = "/account"): Promise<Response> {
  const cookie = values.map((value) => `curfew.sid=${value}`).join("; ");
  return request(site.server).get(path).set("Cookie", cookie).then();
}

async function stateWith(site: TestApp, ...values: string[]): Promise<unknown> {
  const { state, session, reason } = (await send(site, values, "/state")).body as {
    state: string;
    session?: { userId: string };
    reason?: string;
  };
  return session?.userId ?? reason ?? state;
}

async function visitorWithData(site: TestApp): Promise<string> {
  const browser = await site.browser();
  await browser.fetch("post", "/data", { cart: [1] });
  return valueOf(browser);
}

async function evicted(site: TestApp, userId: string): Promise<string> {
  const browser = await site.signedIn(userId);
  await site.curfew.sessions.endAll({ userId, actor: "admin" });
  return valueOf(browser);
}

describe("several cookies of the session's name", () => {
  it.each(["rubbish", "s%3Aabc.def"])(
    "M14: a planted cookie in front changes nothing: %s",
    async (planted) => {
      const site = await startApp();
      const value = valueOf(await site.signedIn("ann"));
      expect((await send(site, [planted, value])).status).toBe(200);
    },
  );

  it("M14: the first living session counts, in any place", async () => {
    const site = await startApp();
    const [over, lost] = [await evicted(site, "eve"), await evicted(site, "eve")];
    const [ann, bob] = [valueOf(await site.signedIn("ann")), valueOf(await site.signedIn("bob"))];
    expect(await stateWith(site, over, ann)).toBe("ann");
    expect(await stateWith(site, over, lost, ann)).toBe("ann");
    expect(await stateWith(site, over, bob, ann)).toBe("bob");
    expect(await stateWith(site, ann, over)).toBe("ann");
  });

  it("M14: a session of which Redis knows nothing hides no living one", async () => {
    const site = await startApp();
    const [unknown, ann] = [valueOf(await site.signedIn("eve")), valueOf(await site.signedIn("ann"))];
    const redis = await testRedis();
    const ref = decodeURIComponent(unknown).slice(2).split(".")[0] ?? "";
    await redis.del(`${site.prefix}s:${ref}`);
    expect(await stateWith(site, unknown, ann)).toBe("ann");
  });

  it("M14: a visitor's planted cookie hides no living session", async () => {
    const site = await startApp();
    const [planted, ann] = [await visitorWithData(site), valueOf(await site.signedIn("ann"))];
    expect(await stateWith(site, planted, ann)).toBe("ann");
  });

  it("M14: a visitor's data count before a session that is over, so forms with a token work", async () => {
    const site = await startApp();
    const [over, visitor] = [await evicted(site, "eve"), await visitorWithData(site)];
    expect((await send(site, [over, visitor], "/data")).body).toEqual({ cart: [1] });
    expect(await stateWith(site, over, await evicted(site, "eve"))).toBe("revoked_by_admin");
  });

  it("M14: a session that a lowered limit ends on paper lives if the newer browsers are over", async () => {
    const site = await startApp({ defaults: { sessionMinutes: 60 } });
    const [over, ann] = [
      await evicted(site, "eve"),
      valueOf(await site.signedIn("ann", { persistent: true })),
    ];
    await site.signedIn("ann");
    site.clock.advance({ minutes: 30 });
    await site.curfew.settings.update({ sessionMinutes: 30, maxSessionsPerUser: 1 }, { actor: "admin" });
    expect(await stateWith(site, over, ann)).toBe("ann");
  });

  it("M14, M25: of one session's cookies the newest counts, so a re-authentication takes effect", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    const before = valueOf(browser);
    site.at("20:00");
    await browser.reauthenticate();
    const answer = await send(site, [before, valueOf(browser)], "/state");
    expect(answer.body).toMatchObject({ session: { signedInAt: site.clock() } });
  });

  it("M14: the third session counts, the fourth is not looked up", async () => {
    const site = await startApp();
    const over = [await evicted(site, "a"), await evicted(site, "b"), await evicted(site, "c")] as const;
    const ann = valueOf(await site.signedIn("ann"));
    expect(await stateWith(site, over[0], over[1], ann)).toBe("ann");
    expect(await stateWith(site, over[0], over[0], over[1], ann)).toBe("ann");
    expect(await stateWith(site, ...over, ann)).toBe("revoked_by_admin");
  });

  it.skipIf(["cluster", "sentinel"].includes(process.env["CURFEW_TEST_REDIS"] ?? ""))(
    "M14: all are read in one round trip, and nothing is written for those that don't count",
    async () => {
      const proxy = await startTcpProxy({ target: await testRedisUrl() });
      onTestFinished(() => proxy.close());
      const site = await startApp({ redis: proxy.url });
      const [ann, over] = [valueOf(await site.signedIn("ann")), valueOf(await site.signedIn("eve"))];
      const visitor = await visitorWithData(site);
      site.clock.advance({ minutes: 29 });
      const bob = valueOf(await site.signedIn("bob"));
      site.clock.advance({ minutes: 1 });
      expect(await stateWith(site, bob)).toBe("bob");
      proxy.seen.length = 0;
      expect(await stateWith(site, over, visitor, bob)).toBe("bob");
      expect(proxy.seen).toEqual(["MGET", "TIME"]);
      expect(ann).not.toBe(over);
    },
  );
});
