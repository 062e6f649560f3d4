import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";
import { SECRET, startApp } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { createOldApp, OLD_STORES, openStore, serve } from "../harness/old-app.js";
import { T } from "../harness/policy-fixtures.js";
import { redisRights, refusedBy } from "../harness/redis-rights.js";
import { startRedis } from "../harness/redis-server.js";

it("M44: takes over and signs out with the rights of docs/redis.md and the pattern of the old keys", async () => {
  const redis = await startRedis();
  const admin = new Redis(redis.url);
  const { store, close } = await openStore(OLD_STORES[0], redis.url, "app:");
  const { server: old } = await serve(createOldApp(store, { secret: SECRET }));
  onTestFinished(async () => {
    old.close();
    old.closeAllConnections();
    close();
    admin.disconnect();
    await redis.stop();
  });
  const rights = redisRights({ prefix: "curfew:", sessionPrefix: "curfew:sess:", oldPrefix: "app:" });
  await admin.call("ACL", "SETUSER", "app", "reset", "on", ">password", ...rights.split(" "));
  const site = await startApp({
    redis: Object.assign(new URL(redis.url), { username: "app", password: "password" }).href,
    prefix: "curfew:",
    timeoutMs: 20_000,
    session: {
      takeOver: {
        prefix: "app:",
        userId: (data) => (data as { readonly userId?: string }).userId,
        until: T + 86_400_000,
      },
    },
  });
  const browser = new Browser(old);
  await browser.fetch("post", "/login", { userId: "ann" });
  browser.server = site.server;
  expect(await browser.standing()).toBe("in");
  await browser.fetch("post", "/logout");
  expect(await admin.keys("app:*")).toEqual([]);
  expect(await refusedBy(admin)).toEqual([]);
});
