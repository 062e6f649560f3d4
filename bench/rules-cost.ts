/**
 * Measures the cost of rules for some: `npx tsx bench/rules-cost.ts`. Prints the processor time of a request with and
 * without rules, of the app and of Redis together, and writes nothing. Alternates the two, so that both have the same noise.
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

/** Signs users in and answers their requests. `with` has a tenant, three roles and a rule of its own. */
async function serve(redisUrl: string): Promise<void> {
  const curfew = createCurfew({ redis: redisUrl, defaults: { sessionMinutes: 600 } });
  await curfew.ready();
  const app = express();
  app.use(curfew.session({ secret: "a secret of the benchmark, long enough" }));
  app.get("/enter/:user", async (request, response) => {
    const { user } = request.params;
    await curfew.signIn(request, {
      userId: user,
      ...(user === "with" ? { tenant: "tenant-7", roles: ROLES } : {}),
    });
    response.end();
  });
  app.get("/page", curfew.requireSignIn(), (_request, response) => {
    response.end("ok");
  });
  const server = app.listen(0, "127.0.0.1", () => process.send?.(server.address()));
}

/** Saves 100 rules of tenants and roles, a rule of one user, and some ends of many sessions. */
async function saveRules(redisUrl: string): Promise<void> {
  const curfew = createCurfew({ redis: redisUrl });
  await curfew.ready();
  const { rules } = curfew.settings;
  for (let i = 0; i < 100; i++)
    await rules.set({ tenant: `tenant-${String(i)}` }, { sessionMinutes: 300 + i });
  for (const role of ROLES) await rules.set({ role }, { inactivityLogout: true, idleMinutes: 60 });
  await rules.set({ userId: "with" }, { sessionMinutes: 120 });
  for (let i = 0; i < 20; i++) await curfew.sessions.endWhere({ tenant: `closed-${String(i)}` });
  await curfew.close();
}

async function compare(): Promise<void> {
  const redis = await startRedis();
  await saveRules(redis.url);
  const child = fork(fileURLToPath(import.meta.url), [redis.url], { execArgv: ["--import", "tsx"] });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  const address = `http://127.0.0.1:${String(port)}`;
  const enter = async (user: string): Promise<string> =>
    (await fetch(`${address}/enter/${user}`)).headers
      .getSetCookie()
      .map((line) => line.split(";")[0])
      .join("; ");
  const cookies = { without: await enter("without"), with: await enter("with") };
  const micros = async (cookie: string): Promise<number> => {
    const spent = (): number => processorMicrosOf(child.pid ?? 0) + processorMicrosOf(redis.pid);
    const before = spent();
    const { non2xx } = await autocannon({
      url: `${address}/page`,
      amount: REQUESTS,
      connections: 16,
      headers: { cookie },
    });
    if (non2xx > 0) throw new Error(`${String(non2xx)} requests were not answered 200`);
    return (spent() - before) / REQUESTS;
  };
  await micros(cookies.without);
  await micros(cookies.with);
  const ratios: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const [first, second] = round % 2 === 0 ? (["with", "without"] as const) : (["without", "with"] as const);
    const spent = { [first]: await micros(cookies[first]), [second]: await micros(cookies[second]) };
    const [plain = 0, ruled = 0] = [spent["without"], spent["with"]];
    ratios.push(ruled / plain);
    console.log(`Round ${String(round)}: without ${plain.toFixed(1)} µs, with ${ruled.toFixed(1)} µs`);
  }
  console.log("With rules, times the processor time without:", spreadOf(ratios));
  child.kill();
  await redis.stop();
}

const [redisUrl] = process.argv.slice(2);
if (redisUrl === undefined) await compare();
else await serve(redisUrl);
