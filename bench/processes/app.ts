/** The process of one contestant's app. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { Session } from "node:inspector/promises";
import type { AddressInfo } from "node:net";
import { createApp } from "../contestants/app.js";
import { answerParent } from "./child.js";
import type { AppSpec, CpuUsage } from "./messages.js";

const SAMPLING_MICROS = 500;
let inspector: Session | undefined;

async function start(spec: AppSpec): Promise<{ port: number }> {
  const server = createServer(await createApp(spec));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port };
}

function usage(): CpuUsage {
  const { user, system } = process.cpuUsage();
  return { cpuMicros: user + system };
}

async function startProfile(): Promise<void> {
  inspector = new Session();
  inspector.connect();
  await inspector.post("Profiler.enable");
  await inspector.post("Profiler.setSamplingInterval", { interval: SAMPLING_MICROS });
  await inspector.post("Profiler.start");
}

async function stopProfile(path: string): Promise<void> {
  if (!inspector) throw new Error("stopProfile: no profile is running; ask startProfile first.");
  const { profile } = await inspector.post("Profiler.stop");
  inspector.disconnect();
  writeFileSync(path, JSON.stringify(profile));
}

answerParent({ start, usage, startProfile, stopProfile });
