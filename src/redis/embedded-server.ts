import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { CurfewError } from "../errors.js";

const PACKAGE = "js-redis-server";
const VERSION = "0.3.0";

/**
 * Code of the server's thread. Jest refuses `import()` in the main thread, which the server's Lua engine needs. Fake
 * timers of a test don't reach the thread either.
 *
 * The server's own `listen()` would take every interface. The first script loads the Lua engine, which takes longer than
 * a request waits.
 */
const THREAD = `
const { connect } = require("node:net");
const { parentPort, workerData } = require("node:worker_threads");
import(workerData).then(({ createRedisCommandExecutor, RedisServerState, Resp2Server, resolveCompatibilityProfile }) => {
  const compatibility = resolveCompatibilityProfile("redis-7.0");
  const server = new RedisServerState({ databaseCount: 16, compatibility });
  const redis = new Resp2Server({ server, executor: createRedisCommandExecutor({ compatibility }) });
  redis.server.listen(0, "127.0.0.1", () => {
    const client = connect(redis.getPort(), "127.0.0.1");
    client.write("*3\\r\\n$4\\r\\nEVAL\\r\\n$8\\r\\nreturn 1\\r\\n$1\\r\\n0\\r\\n");
    client.once("data", () => {
      client.destroy();
      parentPort.postMessage(redis.getPort());
    });
  });
});
`;

/** A Redis inside this process. It listens on 127.0.0.1 only, and ends with the process. */
export interface EmbeddedServer {
  /** Resolves with the port as soon as the server listens. Rejects if the server fails. */
  readonly port: Promise<number>;
  close(): Promise<void>;
}

/** Starts an embedded Redis, which is empty. @throws CurfewError `embedded_missing` if js-redis-server is not installed */
export function startEmbeddedServer(): EmbeddedServer {
  const worker = new Worker(THREAD, {
    eval: true,
    workerData: pathToFileURL(findServer()).href,
    execArgv: [],
  });
  const port = new Promise<number>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => {
      reject(new Error("the embedded Redis has ended"));
    });
  });
  // Commands report the failure too, so no other code has to wait for the port.
  port.catch(() => undefined);
  // Only the connection keeps the process alive, as with any other Redis.
  port.then(
    () => {
      worker.unref();
    },
    () => undefined,
  );
  return {
    port,
    close: async () => {
      await worker.terminate();
    },
  };
}

/** Returns the server's path as seen from this package, from the working directory, or from the app's script. */
function findServer(): string {
  const places = [
    typeof __filename === "string" ? __filename : "",
    join(process.cwd(), "package.json"),
    process.argv[1] ?? "",
  ];
  let cause: unknown;
  for (const place of places.filter((path) => path !== ""))
    try {
      return createRequire(place).resolve(`${PACKAGE}/core`);
    } catch (error) {
      cause = error;
    }
  throw new CurfewError(
    "embedded_missing",
    `The embedded Redis needs the package ${PACKAGE}, which is not installed. With ioredis 6, first add to your package.json: "overrides": { "${PACKAGE}": { "ioredis": "$ioredis" } } Then run: npm i -D ${PACKAGE}@${VERSION}`,
    {},
    { cause },
  );
}
