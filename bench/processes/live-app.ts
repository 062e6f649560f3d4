/** An app for bench/live.ts, with the routes of the browser's side. It sends its port to its parent. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import express from "express";
import { createCurfew } from "../../src/index.js";

/** An app's report about itself. */
export interface LiveVitals {
  readonly pid: number;
  /** Resident memory after a garbage collection. */
  readonly rssBytes: number;
  /** Part of it that the objects of JavaScript use. */
  readonly heapBytes: number;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const curfew = createCurfew({
  redis: process.env["LIVE_REDIS"] ?? "",
  timeoutMs: 30_000,
  defaults: { maxSessionsPerUser: 1, sessionMinutes: 600 },
});
await curfew.ready();
const app = express();
app.use(curfew.session({ secret: "a secret of the benchmark, long enough" }));
app.use("/curfew", curfew.routes());
app.get("/enter/:user", async (request, response) => {
  await curfew.signIn(request, { userId: request.params.user });
  response.end();
});
app.get("/vitals", (_request, response) => {
  collectGarbage();
  const { rss: rssBytes, heapUsed: heapBytes } = process.memoryUsage();
  const vitals: LiveVitals = { pid: process.pid, rssBytes, heapBytes };
  response.json(vitals);
});
const server = app.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.(typeof address === "object" ? address?.port : 0);
});
process.on("disconnect", () => process.exit(0));
