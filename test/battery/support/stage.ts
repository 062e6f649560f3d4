/** Sets up the stage of the cases. */
import { Redis } from "ioredis";
import { startRedis } from "../../harness/redis-server.js";
import { closeConnections, send } from "../../harness/http.js";
import type { AppPair, BatteryCase, Outcome, Stage } from "./battery-case.js";
import { forkHost } from "./host.js";

/** A stage for any number of cases, one after another. */
export interface Theatre {
  readonly redisVersion: string;
  /** Runs a case on an empty Redis. */
  play(battery: BatteryCase, report?: (progress: string) => void): Promise<Outcome>;
  close(): Promise<void>;
}

/** Starts a Redis and two app processes. @param scale - 1 for the full counts */
export async function openTheatre(scale: number): Promise<Theatre> {
  const [server, first, second] = await Promise.all([startRedis(), forkHost(), forkHost()]);
  const hosts = [first, second] as const;
  const redis = new Redis(server.url);

  const play: Theatre["play"] = async (battery, report = () => undefined) => {
    await redis.flushall();
    const opened: AppPair[] = [];
    const clocked: number[] = [];
    const stage: Stage = {
      scale,
      server,
      redis,
      hosts,
      count: (full) => Math.max(1, Math.round(full * scale)),
      report,
      setClock: async (time) => {
        // Activity is stored in the background. In a battery, minutes pass in a millisecond, so the apps'
        // commands must arrive first. A connection's answers come in order.
        await Promise.all(clocked.map((port) => send(port, "/control/settings")));
        await Promise.all(hosts.map((host) => host.setClock(time)));
      },
      startApp: async (config = {}) => {
        const [a, b] = await Promise.all(
          hosts.map((host) => host.start({ kind: "guarded", redisUrl: server.url, ...config })),
        );
        const ports = [a ?? 0, b ?? 0] as const;
        if (config.hasTestClock && config.kind === undefined) clocked.push(...ports);
        const pair: AppPair = {
          ports,
          port: (index) => ports[index % 2 === 0 ? 0 : 1],
          stop: async () => {
            for (const port of ports) if (clocked.includes(port)) clocked.splice(clocked.indexOf(port), 1);
            await Promise.all(hosts.map((host, index) => host.stop(ports[index] ?? 0)));
          },
        };
        opened.push(pair);
        return pair;
      },
    };
    try {
      await stage.setClock(Date.now());
      return await battery.run(stage);
    } finally {
      for (const pair of opened) await pair.stop();
    }
  };
  return {
    redisVersion: server.version,
    play,
    async close() {
      redis.disconnect();
      closeConnections();
      await Promise.all([...hosts.map((host) => host.close()), server.stop()]);
    },
  };
}
