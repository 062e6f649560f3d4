/** What an app process knows of its own load: memory, and what it waits for. */
import type { Server } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Redis } from "ioredis";
import type { Vitals } from "./app-config.js";

/** How many there are now, and how many there were at most since it was asked last. */
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

/** Counts the commands of every ioredis client of this process, the ones queued in the client too. */
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

// On demand, so that the process otherwise runs as any other.
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Collects garbage, and tells. */
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
