import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import type { SessionView } from "../../src/index.js";
import { pageSessions } from "../../src/state/scripts.generated.js";
import { startApp, type TestApp } from "../harness/app.js";
import { minutes, T } from "../harness/policy-fixtures.js";
import { freshPrefix, testRedis } from "../harness/redis.js";

/** Lists all sessions page by page, and does something after each page. */
async function pagesOf(
  site: TestApp,
  limit: number,
  afterPage: (page: readonly SessionView[]) => Promise<unknown>,
): Promise<string[]> {
  const refs: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await site.curfew.sessions.list({ limit, ...(cursor === undefined ? {} : { cursor }) });
    refs.push(...page.sessions.map(({ ref }) => ref));
    await afterPage(page.sessions);
    cursor = page.nextCursor;
  }
  return refs;
}

/** Signs users in whose sessions share one end. */
async function until(site: TestApp, count: number): Promise<void> {
  const endsAt = T + minutes(20);
  await Promise.all(Array.from({ length: count }, (_, i) => site.signedIn(`user${i}`, { endsAt })));
}

it("lists each session of one end once, although the listed sessions end before the next page", async () => {
  const site = await startApp();
  await until(site, 60);
  const refs = await pagesOf(site, 20, (page) =>
    Promise.all(page.map(({ ref }) => site.curfew.sessions.end(ref))),
  );
  expect([refs.length, new Set(refs).size]).toEqual([60, 60]);
  expect((await site.curfew.sessions.list()).sessions).toEqual([]);
});

it("lists each session once, although sessions are extended before the next page", async () => {
  const site = await startApp();
  await until(site, 40);
  const redis = await testRedis();
  const shelf = `${site.prefix}l:0:0`;
  const all = await redis.zrange(shelf, "0", "-1");
  const seen = new Set<string>();
  const refs = await pagesOf(site, 10, async (page) => {
    for (const { ref } of page) seen.add(ref);
    const unread = all.filter((ref) => !seen.has(ref)).slice(0, 5);
    for (const ref of unread) await redis.zadd(shelf, T + minutes(25), ref);
  });
  expect([...refs].sort()).toEqual([...all].sort());
});

it("reads a shelf that is much too large in pages, in the order of the bytes, without rows of another form", async () => {
  const redis = await testRedis();
  const shelf = freshPrefix("shelf");
  const all = Array.from({ length: 1_000 }, () => randomBytes(16).toString("base64url").slice(0, 21));
  await redis.zadd(shelf, ...[...all, "x", "ä".repeat(21)].flatMap((ref, index) => [index, ref]));
  const found: string[] = [];
  for (let page = ["first"]; page.length > 0; found.push(...page)) {
    page = (await redis.eval(pageSessions.lua, 1, shelf, found.at(-1) ?? "", 30)) as string[];
    expect(page.length).toBeLessThanOrEqual(30);
  }
  expect(found).toEqual([...all].sort());
});

it.each(["0.0.1770001800000.3", "0.0..0", "1.2.3", "0.1.", "0.0.x", "13.0."])(
  "refuses the cursor %s",
  async (cursor) => {
    const { curfew } = await startApp();
    await expect(curfew.sessions.list({ cursor })).rejects.toMatchObject({ code: "invalid_argument" });
  },
);
