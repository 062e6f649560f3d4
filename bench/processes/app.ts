/** One contestant in a process of its own. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createApp } from "../contestants/app.js";
import { answerParent } from "./child.js";
import type { AppSpec, CpuUsage } from "./messages.js";

async function start(spec: AppSpec): Promise<{ port: number }> {
  const server = createServer(await createApp(spec));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port };
}

function usage(): CpuUsage {
  const { user, system } = process.cpuUsage();
  return { cpuMicros: user + system, residentBytes: process.memoryUsage.rss() };
}

answerParent({ start, usage });
