/** A forked app process, as the battery sees it. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { AppConfig, HostAnswer, HostCommand, Vitals } from "./app-config.js";

/** One app process. */
export interface Host {
  /** Starts an app in the process. @returns its port */
  start(config: AppConfig): Promise<number>;
  stop(port: number): Promise<void>;
  /** Sets the clock of this process's apps that have a test clock, in milliseconds since 1970. */
  setClock(time: number): Promise<void>;
  /** Returns the process's memory and waiting work. The process first collects its garbage. */
  vitals(): Promise<Vitals>;
  /** True until the process ends. */
  readonly isAlive: boolean;
  close(): Promise<void>;
}

type Message<C> = C extends HostCommand ? Omit<C, "id"> : never;

/** Forks an app process. `clockSkewMinutes` sets its own clock wrong. */
export async function forkHost({ clockSkewMinutes = 0 } = {}): Promise<Host> {
  const child = fork(fileURLToPath(new URL("./app-process.ts", import.meta.url)), {
    execArgv: ["--import", "tsx"],
    env: { ...process.env, BATTERY_CLOCK_SKEW_MINUTES: String(clockSkewMinutes), NODE_ENV: "production" },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  await once(child, "message");
  const waiting = new Map<number, (answer: HostAnswer) => void>();
  child.on("message", (answer: HostAnswer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  child.on("exit", () => {
    for (const settle of waiting.values()) settle({ id: 0, error: "the app process has ended" });
  });
  let lastId = 0;
  const ask = (command: Message<HostCommand>): Promise<HostAnswer> =>
    new Promise((resolve, reject) => {
      lastId += 1;
      waiting.set(lastId, (answer) => {
        if (answer.error === undefined) resolve(answer);
        else reject(new Error(`app process: ${answer.error}`));
      });
      child.send({ ...command, id: lastId });
    });
  return {
    start: async (config) => (await ask({ do: "start", config })).port ?? 0,
    async stop(port) {
      await ask({ do: "stop", port });
    },
    async setClock(time) {
      await ask({ do: "setClock", time });
    },
    async vitals() {
      const { vitals } = await ask({ do: "tellVitals" });
      if (!vitals) throw new Error("app process: no vitals");
      return vitals;
    },
    get isAlive() {
      return child.exitCode === null && child.signalCode === null;
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}
