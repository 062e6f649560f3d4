/**
 * Measures the administrators' pages with a million sessions: `npm run bench:pages`. Prints each figure beside its target.
 * `-- --sessions 100000` makes it shorter. `-- --write` puts the figures into docs/scaling.md.
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import express from "express";
import { createCurfew } from "../src/index.js";
import { fill, openState } from "../test/battery/support/filling.js";
import { startRedis } from "../test/harness/redis-server.js";
import { withFigures } from "./readme.js";
import { spreadOf } from "./statistics.js";

const { values: options } = parseArgs({
  options: {
    sessions: { type: "string", default: "1000000" },
    write: { type: "boolean", default: false },
  },
});

const PAGE = "docs/scaling.md";
const COMMAND = "npm run bench:pages -- --write";
/** Long enough that no session ends before the last request. */
const SESSION_MINUTES = 600;
/** The most browsers that a user can have. */
const BROWSERS = 100;
const WARM_UP = 20;
const REQUESTS = 101;

interface Measured {
  readonly title: string;
  readonly path: string;
  readonly targetMs: number;
}

const PAGES: readonly Measured[] = [
  { title: "First page of all sessions", path: "/admin/sessions", targetMs: 50 },
  { title: "Sessions of a user with one session", path: "/admin/sessions?user=user-7", targetMs: 10 },
  { title: `Sessions of a user with ${BROWSERS} browsers`, path: "/admin/sessions?user=busy", targetMs: 10 },
];

/** Times of the requests to one page. */
interface Times {
  /** Milliseconds from each request to the end of its answer. */
  readonly each: readonly number[];
  /** Processor time of a request, of app and client together, in milliseconds. */
  readonly processorMs: number;
}

/** Requests a page many times. */
async function timesOf(address: string, cookie: string): Promise<Times> {
  const times: number[] = [];
  let before = process.cpuUsage();
  for (let request = 0; request < WARM_UP + REQUESTS; request++) {
    if (request === WARM_UP) before = process.cpuUsage();
    const startedAt = performance.now();
    const answer = await fetch(address, { headers: { cookie } });
    const text = await answer.text();
    if (request >= WARM_UP) times.push(performance.now() - startedAt);
    if (answer.status !== 200 || !text.includes("<table"))
      throw new Error(`${address}: no table of sessions`);
  }
  const { user, system } = process.cpuUsage(before);
  return { each: times, processorMs: (user + system) / 1_000 / REQUESTS };
}

const server = await startRedis();
const state = await openState(server.url, { defaults: { sessionMinutes: SESSION_MINUTES } });
const count = Number(options.sessions);
process.stdout.write(`Redis ${server.version}, Node.js ${process.version}, load ${String(loadavg()[0])}\n`);
await fill(state.storage, { count, report: (progress) => process.stdout.write(`${progress}\n`) });
await fill(state.storage, { count: BROWSERS, userOf: () => "busy" });
state.close();

const curfew = createCurfew({ redis: server.url, defaults: { sessionMinutes: SESSION_MINUTES } });
await curfew.ready();
const app = express();
app.use(curfew.session({ secret: "a secret of the benchmark, long enough" }));
app.get("/enter", async (request, response) => {
  await curfew.signIn(request, { userId: "administrator" });
  response.end();
});
app.use("/admin", curfew.adminPages({ authorize: () => true }));
const listening = app.listen(0, "127.0.0.1");
await once(listening, "listening");
const origin = `http://127.0.0.1:${String((listening.address() as AddressInfo).port)}`;
const load = (loadavg()[0] ?? 0).toFixed(0);
try {
  const entered = await fetch(`${origin}/enter`);
  const cookie = entered.headers.getSetCookie().map((line) => line.split(";")[0]);
  const rows: string[] = [];
  for (const { title, path, targetMs } of PAGES) {
    const { each, processorMs } = await timesOf(origin + path, cookie.join("; "));
    const ms = (value: number): string => `${value.toFixed(1)} ms`;
    const { median: middle } = spreadOf(each);
    const [median, slowest, processor] = [ms(middle), ms(Math.max(...each)), ms(processorMs)];
    const shown = middle > targetMs ? `**${median}**` : median;
    rows.push(`| ${title} | ${shown} | ${slowest} | ${processor} | ≤ ${String(targetMs)} ms |`);
    process.stdout.write(
      `${title}: median ${median}, slowest ${slowest}, processor ${processor} (target: ${String(targetMs)} ms)\n`,
    );
  }
  if (options.write) {
    const machine = `Redis ${server.version}, Node.js ${process.version}, ${String(REQUESTS)} requests to each page, ${count.toLocaleString("en")} sessions of as many users. The machine had a load of ${load} on ${String(availableParallelism())} cores from other work and this one. Processor time is the app's and the client's. Missed targets are bold.`;
    const table = [
      "| page | median | slowest | processor time | target for the median |",
      "| --- | ---: | ---: | ---: | ---: |",
      ...rows,
    ];
    const figures = `${machine}\n\n${table.join("\n")}`;
    writeFileSync(PAGE, withFigures(readFileSync(PAGE, "utf8"), figures, { page: PAGE, command: COMMAND }));
    execFileSync("npx", ["prettier", "--write", PAGE]);
  }
} finally {
  listening.close();
  listening.closeAllConnections();
  await curfew.close();
  await server.stop();
}
