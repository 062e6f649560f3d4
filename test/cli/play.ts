/** Runs command lines beside a running app. */
import { run } from "../../src/cli/run.js";
import { startApp, type TestApp } from "../harness/app.js";
import { masterBehind } from "../harness/app-proxy.js";
import { clusterNodes, sentinelPlace, testRedisUrl } from "../harness/redis.js";

/** A command that has run. */
export interface Played {
  readonly code: number;
  readonly printed: string[];
  readonly noted: string[];
  readonly progress: string[];
}

interface Playing {
  readonly signal?: AbortSignal;
  readonly env?: Record<string, string>;
  readonly onPrint?: (line: string) => void;
}

/** Runs a command line. */
export async function play(line: string, { signal, env, onPrint }: Playing = {}): Promise<Played> {
  const { url, more } = await place();
  const played: Played = { code: 0, printed: [], noted: [], progress: [] };
  const code = await run([...line.split(" ").filter(Boolean), ...(env ? [] : more)], {
    env: env ?? { REDIS_URL: url },
    print: (text) => {
      played.printed.push(text);
      onPrint?.(text);
    },
    note: (text) => played.noted.push(text),
    progress: (text) => played.progress.push(text),
    signal: signal ?? new AbortController().signal,
    place: "command line (op@desk)",
  });
  return { ...played, code };
}

/** Returns where the run's Redis is, and the arguments that say so beside the URL. */
async function place(): Promise<{ readonly url: string; readonly more: readonly string[] }> {
  const [node] = clusterNodes() ?? [];
  if (node) return { url: `redis://${node.host}:${String(node.port)}`, more: ["--cluster"] };
  const behindSentinels = await sentinelPlace();
  if (!behindSentinels) return { url: await testRedisUrl(), more: [] };
  const { host, port } = await masterBehind(behindSentinels);
  return { url: `redis://${host}:${String(port)}/${String(behindSentinels.db)}`, more: [] };
}

/** Starts an app on Redis's own clock, which the command line uses too. */
export const start = (options: Parameters<typeof startApp>[0] = {}): Promise<TestApp> =>
  startApp({ realClock: true, ...options });

/** Returns the arguments that lead to an app. */
export const at = ({ prefix }: TestApp): string => `--prefix ${prefix}`;
