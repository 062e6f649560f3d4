/** Single tests for the bugs that faults at every command have found. */
import { expect, it, onTestFinished } from "vitest";
import { createCurfew } from "../../src/index.js";
import { startApp } from "../harness/app.js";
import { startFaultProxy, type FaultProxy } from "../harness/fault-proxy.js";
import { freshPrefix, testRedisUrl } from "../harness/redis.js";

const NEVER = 1_000;

async function proxied(): Promise<FaultProxy> {
  const proxy = await startFaultProxy(await testRedisUrl());
  onTestFinished(() => proxy.close());
  return proxy;
}

it("B6: a connection on which SELECT is refused is not used, because it would use database 0", async () => {
  const proxy = await proxied();
  const prefix = freshPrefix("select");
  const open = (redis: string) => {
    const curfew = createCurfew({ redis, prefix, log: () => undefined });
    onTestFinished(() => curfew.close());
    return curfew;
  };
  const clean = open(await testRedisUrl());
  await clean.ready();
  const { version } = await clean.settings.update({ sessionMinutes: 45 });

  // HELLO is the first command.
  proxy.arm({ kind: "error", message: "NOPERM no permissions to run the 'select' command" }, 2);
  const curfew = open(proxy.url);
  await curfew.ready();
  expect(proxy.counted[1]?.[0]).toBe("SELECT");
  expect((await curfew.settings.get()).version).toBe(version);
});

it("B6: a sign-out stores no session data, so no fault can break its answer once it is done", async () => {
  const proxy = await proxied();
  const site = await startApp({ redis: proxy.url });
  const ann = await site.signedIn("ann");
  await proxy.quiet(20);
  proxy.arm({ kind: "cut", when: "before" }, NEVER);
  expect((await ann.fetch("post", "/logout", {})).body).toEqual({ ended: true });
  expect(proxy.counted.length).toBeGreaterThan(0);
  expect(proxy.counted.map(([command]) => command)).not.toContain("SET");
});

it("case C7: leaves a connection if Redis 6 reports a read-only replica, although its words differ from later versions", async () => {
  const proxy = await proxied();
  const site = await startApp({ redis: proxy.url });
  const ann = await site.signedIn("ann");
  await proxy.quiet(20);
  const message = "ERR Error running script (call to f_1): @user_script:9: -READONLY You can't write.";
  proxy.arm({ kind: "error", message }, 2);
  expect((await ann.fetch("post", "/logout", {})).status).toBe(503);
  await site.curfew.ready();
  expect(proxy.counted.map(([command]) => command)).toContain("HELLO");
});
