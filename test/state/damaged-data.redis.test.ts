/** Session data under a key of another type, for each way to read the data. */
import { describe, expect, it } from "vitest";
import type { CurfewOptions } from "../../src/index.js";
import { SECRET, startApp } from "../harness/app.js";
import { setCookiesOf } from "../harness/http.js";
import { asCluster, ioredis6 } from "../harness/redis-clients.js";
import { appRedis, testRedis } from "../harness/redis.js";

const WAYS: readonly [string, () => Promise<CurfewOptions["redis"]>][] = [
  ["the way of the app", appRedis],
  ["one key at a time", async () => asCluster(await ioredis6())],
];

describe.each(WAYS)("F1: read with %s", (_title, redis) => {
  async function startDamaged(isSignedIn: boolean) {
    const site = await startApp({ redis: await redis() });
    const browser = await (isSignedIn ? site.signedIn("ann") : site.browser());
    await browser.fetch("post", "/data", { cart: [1] });
    const client = await testRedis();
    const [key = ""] = await client.keys(`${site.prefix}sess:*`);
    await client.del(key);
    await client.lpush(key, "damage");
    return { site, browser };
  }

  it("a signed-in session whose data has another type has ended, and its user can sign in", async () => {
    const { browser } = await startDamaged(true);
    const answer = await browser.fetch("get", "/account");
    expect(answer.status).toBe(401);
    await browser.signIn("ann");
    expect(await browser.standing()).toBe("in");
    expect((await browser.fetch("get", "/data")).body).toEqual({});
  });

  it("a visitor's data of another type is dropped, and the visitor can sign in", async () => {
    const { browser } = await startDamaged(false);
    expect(await browser.standing()).toBe("anonymous");
    expect((await browser.fetch("get", "/data")).body).toEqual({});
    await browser.signIn("ann");
    expect(await browser.standing()).toBe("in");
  });
});

describe("F1: cookie attributes that no browser accepts", () => {
  const ATTRIBUTES = { priority: "urgent", sameSite: "sometimes", path: "a;b", domain: "a b" };

  it.each(Object.entries(ATTRIBUTES))(
    "stored as %s: %s, are replaced by the configured attributes",
    async (name, value) => {
      const before = await startApp();
      const browser = await before.signedIn("ann");
      const redis = await testRedis();
      const [key = ""] = await redis.keys(`${before.prefix}sess:*`);
      const stored = JSON.parse((await redis.get(key)) ?? "{}") as { cookie: object };
      await redis.set(key, JSON.stringify({ ...stored, cookie: { ...stored.cookie, [name]: value } }));
      // An old secret makes the middleware send the cookie again.
      const secret = ["n".repeat(32), SECRET];
      const after = await startApp({ prefix: before.prefix, clock: before.clock, session: { secret } });
      browser.server = after.server;
      const page = await browser.fetch("get", "/account");
      expect(page.status).toBe(200);
      expect(setCookiesOf(page)).toEqual([
        expect.stringMatching(/^curfew\.sid=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/),
      ]);
      expect(after.told("warning").map(({ code }) => code)).toEqual(["corrupt_session_data"]);
      expect(await browser.standing()).toBe("in");
    },
  );
});
