/** Measures an app process: its memory, and its waiting work. */
import type { Server } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Redis } from "ioredis";
import type { Vitals } from "./app-config.js";

/** Counts a current number and its highest value since the last question. */
class Gauge {
  #now = 0;
  #most = 0;

  begin(): void {
    this.#now += 1;
    this.#most = Math.max(this.#most, this.#now);
  }

  readonly end = (): void => {
    this.#now -= 1;
  };

  read(): { now: number; most: number } {
    const most = this.#most;
    this.#most = this.#now;
    return { now: this.#now, most };
  }
}

const commands = new Gauge();
const requests = new Gauge();

/** Counts the commands of every ioredis client of this process, also commands queued in the client. */
export function watchCommands(): void {
  const { prototype } = Redis;
  const send = prototype.sendCommand;
  prototype.sendCommand = function countCommand(this: Redis, ...args: Parameters<typeof send>) {
    const answer = send.apply(this, args) as Promise<unknown>;
    commands.begin();
    answer.then(commands.end, commands.end);
    return answer;
  };
}

/** Counts a server's requests. */
export function countRequests(server: Server): Server {
  server.prependListener("request", (_request, response) => {
    requests.begin();
    response.once("close", requests.end);
  });
  return server;
}

// Only on demand, so that the process otherwise runs like any other process.
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Collects garbage and returns the vitals. */
export function tellVitals(): Vitals {
  collectGarbage();
  const [command, request] = [commands.read(), requests.read()];
  return {
    rssBytes: process.memoryUsage.rss(),
    pendingCommands: command.now,
    requests: request.now,
    mostPendingCommands: command.most,
    mostRequests: request.most,
  };
}
