/**
 * Measures the cost of rules for some: `npx tsx bench/rules-cost.ts`. Prints the processor time of a request with and
 * without rules, of the app and of Redis together, and writes nothing. Each side has a Redis and an app of its own, so that
 * the side without rules has none. Alternates the two, so that both have the same noise.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import express from "express";
import { createCurfew } from "../src/index.js";
import { startRedis } from "../test/harness/redis-server.js";
import { processorMicrosOf } from "./processor-time.js";
import { spreadOf } from "./statistics.js";

const ROUNDS = 15;
const REQUESTS = 3_000;
const ROLES = ["reader", "editor", "admin"];
const USER = "ann";

/** Signs the user in and answers requests. With rules the session has a tenant and three roles. */
async function serve(redisUrl: string, hasRules: boolean): Promise<void> {
  // A busy machine must not end the measurement.
  const timeoutMs = 10_000;
  const curfew = createCurfew({ redis: redisUrl, timeoutMs, defaults: { sessionMinutes: 600 } });
  await curfew.ready();
  const app = express();
  app.use(curfew.session({ secret: "a secret of the benchmark, long enough" }));
  app.get("/enter", async (request, response) => {
    const labels = hasRules ? { tenant: "tenant-7", roles: ROLES } : {};
    await curfew.signIn(request, { userId: USER, ...labels });
    response.end();
  });
  app.get("/page", curfew.requireSignIn(), (_request, response) => {
    response.end("ok");
  });
  const server = app.listen(0, "127.0.0.1", () => process.send?.(server.address()));
  process.once("disconnect", () => process.exit());
}

/** Saves 103 rules of tenants and roles, a rule of the user, and some ends of many sessions. */
async function saveRules(redisUrl: string): Promise<void> {
  const curfew = createCurfew({ redis: redisUrl });
  await curfew.ready();
  const { rules } = curfew.settings;
  for (let i = 0; i < 100; i++)
    await rules.set({ tenant: `tenant-${String(i)}` }, { sessionMinutes: 300 + i });
  for (const role of ROLES) await rules.set({ role }, { inactivityLogout: true, idleMinutes: 60 });
  await rules.set({ userId: USER }, { sessionMinutes: 120 });
  for (let i = 0; i < 20; i++) await curfew.sessions.endWhere({ tenant: `closed-${String(i)}` });
  await curfew.close();
}

/** An app, its Redis, and a signed-in browser. */
interface Side {
  /** Sends requests. @returns the processor microseconds of app and Redis together, a request */
  measure(): Promise<number>;
  stop(): Promise<void>;
}

async function openSide(hasRules: boolean): Promise<Side> {
  const redis = await startRedis();
  if (hasRules) await saveRules(redis.url);
  const file = fileURLToPath(import.meta.url);
  const child = fork(file, [redis.url, String(hasRules)], { execArgv: ["--import", "tsx"] });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  const address = `http://127.0.0.1:${String(port)}`;
  const { headers } = await fetch(`${address}/enter`);
  const cookie = headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const spent = (): number => processorMicrosOf(child.pid ?? 0) + processorMicrosOf(redis.pid);
  return {
    measure: async () => {
      const before = spent();
      const options = { url: `${address}/page`, amount: REQUESTS, connections: 16, headers: { cookie } };
      const { non2xx } = await autocannon(options);
      if (non2xx > 0) throw new Error(`${String(non2xx)} requests were not answered 200`);
      return (spent() - before) / REQUESTS;
    },
    stop: async () => {
      child.kill();
      await redis.stop();
    },
  };
}

async function compare(): Promise<void> {
  const sides = { without: await openSide(false), with: await openSide(true) };
  for (const side of Object.values(sides)) await side.measure();
  const ratios: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const [first, second] = round % 2 === 0 ? (["with", "without"] as const) : (["without", "with"] as const);
    const spent = { [first]: await sides[first].measure(), [second]: await sides[second].measure() };
    const [plain = 0, ruled = 0] = [spent["without"], spent["with"]];
    ratios.push(ruled / plain);
    console.log(`Round ${String(round)}: without ${plain.toFixed(1)} µs, with ${ruled.toFixed(1)} µs`);
  }
  console.log("With rules, times the processor time without:", spreadOf(ratios));
  for (const side of Object.values(sides)) await side.stop();
}

const [redisUrl, hasRules] = process.argv.slice(2);
if (redisUrl === undefined) await compare();
else await serve(redisUrl, hasRules === "true");
