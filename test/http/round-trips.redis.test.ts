/** Round trips to Redis that a request waits for (rule M26). */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { startApp } from "../harness/app.js";
import { proxiedRedis } from "../harness/app-proxy.js";

const LATENCY_MS = 400;

it.each([
  ["with saved settings", true],
  ["of an app that has never saved settings", false],
])("M26: a page %s waits for one round trip, also after a quiet second", async (_title, isSaved) => {
  const proxy = await proxiedRedis();
  const site = await startApp({ redis: proxy.redis, timeoutMs: 4_000 });
  if (isSaved) await site.curfew.settings.update({ sessionMinutes: 60 });
  const browser = await site.signedIn("ann");
  await browser.standing();
  await sleep(1_100);
  proxy.latencyMs = LATENCY_MS;
  const askedAt = performance.now();
  expect(await browser.standing()).toBe("in");
  expect(performance.now() - askedAt).toBeLessThan(2 * LATENCY_MS);
});

it("M26: a page of an ended session waits for two round trips", async () => {
  const proxy = await proxiedRedis();
  const site = await startApp({ redis: proxy.redis, timeoutMs: 4_000 });
  const browser = await site.signedIn("ann");
  await site.curfew.sessions.endAll({ userId: "ann", actor: "admin" });
  expect(await browser.standing()).toBe("revoked_by_admin");
  proxy.latencyMs = LATENCY_MS;
  const askedAt = performance.now();
  expect(await browser.standing()).toBe("revoked_by_admin");
  expect(performance.now() - askedAt).toBeLessThan(3 * LATENCY_MS);
});
