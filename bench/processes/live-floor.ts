/** Bare servers for bench/live.ts, with open answers and nothing else. `LIVE_FLOOR` names the kind. Sends its port to its parent. */
import { createServer, type ServerResponse } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import express from "express";
import type { LiveVitals } from "./live-app.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const open: ServerResponse[] = [];

function answer(path: string | undefined, response: ServerResponse): void {
  if (path === "/vitals") {
    collectGarbage();
    const { rss: rssBytes, heapUsed: heapBytes } = process.memoryUsage();
    const vitals: LiveVitals = { pid: process.pid, rssBytes, heapBytes };
    response.end(JSON.stringify(vitals));
    return;
  }
  response.writeHead(200, { "Content-Type": "text/event-stream", Connection: "close" });
  response.write(": open\n\n");
  open.push(response);
}

const app = express();
app.use((request, response) => {
  answer(request.path, response);
});
const server = createServer(
  process.env["LIVE_FLOOR"] === "express"
    ? app
    : (request, response) => {
        answer(request.url, response);
      },
);
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.(typeof address === "object" ? address?.port : 0);
});
setInterval(() => {
  for (const response of open) response.write(":\n\n");
}, 25_000);
process.on("disconnect", () => process.exit(0));
