/** `GET /curfew/draft-key`: keys for drafts that only their user can open. */
import { describe, expect, it } from "vitest";
import { SECRET, startApp, type TestApp } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { freshPrefix } from "../harness/redis.js";
import type { DraftKeysAnswer } from "../../src/wire.js";

const OLD_SECRET = "an older secret of the tests, long enough as well";

describe("GET /draft-key", () => {
  const keysOf = async (browser: Browser): Promise<DraftKeysAnswer> =>
    (await browser.fetch("get", "/curfew/draft-key")).body as DraftKeysAnswer;
  const start = (secret: string | string[], prefix = freshPrefix("drafts")): Promise<TestApp> =>
    startApp({ prefix, sessionPrefix: `${prefix}sess:`, session: { secret } });

  it("gives one key for each accepted secret, and no cache may store the answer", async () => {
    const site = await start([SECRET, OLD_SECRET]);
    const browser = await site.signedIn("ann");
    const answer = await browser.fetch("get", "/curfew/draft-key");
    const { userTag, sessionTag } = await browser.status();
    const key = {
      kid: expect.stringMatching(/^[\w-]{12}$/) as string,
      key: expect.stringMatching(/^[\w-]{43}$/) as string,
      tag: expect.stringMatching(/^[\w-]{16}$/) as string,
    };
    expect([answer.status, answer.get("Cache-Control"), answer.body]).toEqual([
      200,
      "no-store",
      { userTag, sessionTag, keys: [key, key] },
    ]);
  });

  it("gives a user the same keys in each session, and no two users the same key or tag", async () => {
    const site = await start(SECRET);
    const [first, second] = [
      await keysOf(await site.signedIn("ann")),
      await keysOf(await site.signedIn("ann")),
    ];
    const other = await keysOf(await site.signedIn("bob"));
    expect(first.keys).toEqual(second.keys);
    expect(other.keys[0]?.kid).toBe(first.keys[0]?.kid);
    expect(other.keys[0]?.key).not.toBe(first.keys[0]?.key);
    expect(other.keys[0]?.tag).not.toBe(first.keys[0]?.tag);
  });

  it("gives the old key beside the new one after a rotation, and drops a removed secret's key", async () => {
    const [before] = (await keysOf(await (await start(OLD_SECRET)).signedIn("ann"))).keys;
    const rotated = (await keysOf(await (await start([SECRET, OLD_SECRET])).signedIn("ann"))).keys;
    expect(rotated[1]).toEqual(before);
    expect(rotated[0]?.kid).not.toBe(before?.kid);
    const after = (await keysOf(await (await start(SECRET)).signedIn("ann"))).keys;
    expect(after).toEqual([rotated[0]]);
  });

  it("works for a user id of any length", async () => {
    const site = await start(SECRET);
    const long = "x".repeat(200);
    const { keys } = await keysOf(await site.signedIn(long));
    expect(keys[0]?.key).not.toBe((await keysOf(await site.signedIn(`${long}y`))).keys[0]?.key);
  });

  it("gives no key to visitors and ended sessions, and does not count as activity", async () => {
    const site = await startApp({ defaults: { inactivityLogout: true } });
    const browser = await site.signedIn("ann");
    site.at("14:00");
    expect((await browser.fetch("get", "/curfew/draft-key")).status).toBe(200);
    site.at("15:00");
    expect((await browser.fetch("get", "/curfew/draft-key")).status).toBe(401);
    expect((await new Browser(site.server).fetch("get", "/curfew/draft-key")).status).toBe(401);
  });
});
