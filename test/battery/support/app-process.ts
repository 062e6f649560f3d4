/** One app process of the battery. It starts apps on free ports of 127.0.0.1 when its parent asks. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Redis } from "ioredis";
import { createTestClock } from "../../../src/testing/index.js";
import { addSockets } from "../../harness/serve-sockets.js";
import { createNaiveApp } from "../../naive/app.js";
import type { AppConfig, HostAnswer, HostCommand } from "./app-config.js";
import { createCarelessApp } from "./careless-app.js";
import { createGuardedApp, type GuardedApp } from "./guarded-app.js";
import { countRequests, tellVitals, watchCommands } from "./vitals.js";

/** Error of this process's own clock in minutes, as on a badly kept machine (case D4). */
const skewMs = Number(process.env["BATTERY_CLOCK_SKEW_MINUTES"] ?? "0") * 60_000;
if (skewMs !== 0) {
  const rightNow = Date.now.bind(Date);
  Date.now = () => rightNow() + skewMs;
}

watchCommands();

interface RunningApp {
  readonly server: Server;
  close(): Promise<unknown>;
}

const clock = createTestClock();
const running = new Map<number, RunningApp>();

type App = { close(): Promise<unknown> } & Pick<GuardedApp, "app"> & Partial<Omit<GuardedApp, "close">>;

async function createApp(config: AppConfig): Promise<App> {
  if (config.kind === "guarded") return createGuardedApp(config, clock);
  if (config.kind === "careless") return createCarelessApp(config);
  const redis = config.sentinel ? new Redis(config.sentinel) : new Redis(config.redisUrl);
  redis.on("error", () => undefined);
  const app = createNaiveApp({
    redis,
    secret: "battery-secret-battery-secret-battery",
    clock: config.hasTestClock ? clock : () => Date.now(),
    isGuarded: config.kind === "naive",
    idleMinutes: 15,
    sessionMinutes: 30,
  });
  return {
    app,
    close: () => {
      redis.disconnect();
      return Promise.resolve();
    },
  };
}

async function start(config: AppConfig): Promise<number> {
  const { app, close, curfew, session } = await createApp(config);
  const server = countRequests(createServer(app)).listen(0, "127.0.0.1");
  if (config.hasSockets && curfew && session) addSockets(server, curfew, session);
  // The battery's agent keeps its connections. If the server closed idle connections first, this would look
  // like a failure.
  server.keepAliveTimeout = 120_000;
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  running.set(port, { server, close });
  return port;
}

async function stop(port: number): Promise<void> {
  const app = running.get(port);
  if (!app) return;
  running.delete(port);
  app.server.close();
  app.server.closeAllConnections();
  await app.close();
}

async function obey(command: HostCommand): Promise<HostAnswer> {
  switch (command.do) {
    case "start":
      return { id: command.id, port: await start(command.config) };
    case "stop":
      await stop(command.port);
      return { id: command.id };
    case "setClock":
      clock.set(command.time);
      return { id: command.id };
    case "tellVitals":
      return { id: command.id, vitals: tellVitals() };
  }
}

process.on("message", (command: HostCommand) => {
  void obey(command)
    .catch((error: unknown): HostAnswer => ({ id: command.id, error: String(error) }))
    .then((answer) => process.send?.(answer));
});
process.on("disconnect", () => process.exit(0));
process.send?.({ id: 0 });
