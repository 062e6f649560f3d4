/** `req.session = null` and `delete req.session` (rule M16). */
import type { Request } from "express";
import { describe, expect, it, onTestFinished } from "vitest";
import { createCurfew } from "../../src/index.js";
import { dataOf, SECRET, startApp, type TestAppOptions } from "../harness/app.js";
import { proxiedRedis } from "../harness/app-proxy.js";
import { testRedis } from "../harness/redis.js";

const WAYS: readonly (readonly [string, (incoming: Request) => void])[] = [
  ["req.session = null", (incoming) => Object.assign(incoming, { session: null })],
  ["delete req.session", (incoming) => Reflect.deleteProperty(incoming, "session")],
];

const start = (
  unset: "keep" | "destroy" | undefined,
  remove: (incoming: Request) => void,
  own: TestAppOptions = {},
) =>
  startApp({
    ...own,
    session: unset === undefined ? {} : { unset },
    configure: (app) => {
      app.post("/leave", (incoming, response) => {
        dataOf(incoming)["lost"] = true;
        remove(incoming);
        response.send("bye");
      });
      app.post("/leave-streaming", (incoming, response) => {
        remove(incoming);
        response.write("by");
        response.end("e");
      });
    },
  });

describe.each(WAYS)("%s", (_way, remove) => {
  it('M16: ends the session with unset: "destroy", before the answer is sent', async () => {
    const site = await start("destroy", remove);
    const browser = await site.signedIn("ann");
    const answer = await browser.fetch("post", "/leave");
    expect([answer.status, answer.text]).toEqual([200, "bye"]);
    expect(site.told("ended")).toMatchObject([{ userId: "ann", reason: "signed_out" }]);
    expect(await browser.standing()).toBe("signed_out");
  });

  it("M16: ends the session behind a streamed answer", async () => {
    const site = await start("destroy", remove);
    const browser = await site.signedIn("ann");
    expect((await browser.fetch("post", "/leave-streaming")).text).toBe("bye");
    expect(await browser.standing()).toBe("signed_out");
  });

  it.each(["keep", undefined] as const)(
    "M16: keeps the session and drops the request's changes with unset: %s",
    async (unset) => {
      const site = await start(unset, remove);
      const browser = await site.signedIn("ann");
      expect((await browser.fetch("post", "/leave")).status).toBe(200);
      expect(await browser.standing()).toBe("in");
      expect((await browser.fetch("get", "/data")).body).toEqual({});
    },
  );

  it('M16: deletes a visitor\'s data with unset: "destroy"', async () => {
    const site = await start("destroy", remove);
    const browser = await site.browser();
    await browser.fetch("post", "/data", { cart: [1] });
    const redis = await testRedis();
    expect(await redis.keys(`${site.prefix}sess:*`)).toHaveLength(1);
    await browser.fetch("post", "/leave");
    expect(await redis.keys(`${site.prefix}sess:*`)).toEqual([]);
  });

  it("M16: sends no Redis command for a visitor without a session", async () => {
    const site = await start("destroy", remove);
    const answer = await (await site.browser()).fetch("post", "/leave");
    expect([answer.status, answer.get("Set-Cookie")]).toEqual([200, undefined]);
  });

  it.each(["/leave", "/leave-streaming"])(
    "M16: reports no sign-out that Redis has not stored: %s",
    async (path) => {
      const proxy = await proxiedRedis();
      const site = await start("destroy", remove, { redis: proxy.redis });
      const browser = await site.signedIn("ann");
      proxy.inject({ on: "EVALSHA", action: "drop", times: 100 });
      const outcome = await browser.fetch("post", path).then(
        ({ status }) => status,
        () => "broken off",
      );
      expect(outcome).toBe(path === "/leave" ? 503 : "broken off");
    },
  );
});

it("M16: refuses another value of unset", () => {
  const curfew = createCurfew({ redis: "redis://127.0.0.1:1", log: () => undefined });
  onTestFinished(() => curfew.close());
  expect(() => curfew.session({ secret: SECRET, unset: "drop" as never })).toThrow(/session\.unset: must be/);
});
