/**
 * Long work that no request waits for. One process does the work. A key of Redis holds its progress, so every process can
 * show the progress, and can cancel the work.
 */
import { randomBytes } from "node:crypto";
import { MINUTE_MS, SECOND_MS } from "../policy/index.js";
import { fieldsOf, parseJson } from "./values/json.js";
import { readText, type Storage } from "./storage.js";

/** Work as Redis holds it. */
export interface Job<Facts, Progress> {
  readonly kind: string;
  readonly state: "running" | "done" | "failed";
  /** Facts that were known at the start. */
  readonly facts: Facts;
  readonly progress: Progress;
}

/** Work that has begun in this process. */
export interface StartedJob {
  readonly id: string;
  /** Resolves when the work has ended, in any way. */
  readonly ended: Promise<void>;
}

/** Shortest time between two notes of progress, in milliseconds. */
const NOTE_EVERY_MS = 250;
/** Time after which the progress of a process that has stopped is forgotten, in milliseconds. */
const RUNNING_MS = 30 * SECOND_MS;
/** Time for which a result is kept, in milliseconds. */
const DONE_MS = 15 * MINUTE_MS;

/** Begins work. @param steps - the progress after each step; the last is the result */
export async function startJob<Facts, Progress>(
  storage: Storage,
  { kind, facts, progress: first }: Pick<Job<Facts, Progress>, "kind" | "facts" | "progress">,
  steps: AsyncIterable<Progress>,
): Promise<StartedJob> {
  const { keys, backgroundWork } = storage;
  const id = randomBytes(16).toString("base64url");
  // With XX, a note brings no canceled work back.
  const note = async (state: Job<Facts, Progress>["state"], progress: Progress, ms: number, how = "XX") => {
    const text = JSON.stringify({ kind, state, facts, progress } satisfies Job<Facts, Progress>);
    return (await storage.background.call("SET", [keys.job(id), text, "PX", ms, how])) !== null;
  };
  await note("running", first, RUNNING_MS, "NX");
  const work = async (): Promise<void> => {
    let latest = first;
    try {
      let notedAt = performance.now();
      for await (latest of steps) {
        if (backgroundWork.isClosing) return;
        if (performance.now() - notedAt < NOTE_EVERY_MS) continue;
        if (!(await note("running", latest, RUNNING_MS))) return;
        notedAt = performance.now();
      }
      await note("done", latest, DONE_MS);
    } catch (error) {
      await note("failed", latest, DONE_MS);
      throw error;
    }
  };
  const { promise, resolve } = withResolvers();
  backgroundWork.begin(
    () => work().finally(resolve),
    (error) => {
      storage.events.warn("write_failed", `Background work (${kind}): ${String(error)}`);
    },
  );
  return { id, ended: promise };
}

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Returns work by its id; `null` if it is canceled, too old or unknown. */
export async function readJob<Facts, Progress>(
  storage: Storage,
  id: string,
  kind: string,
): Promise<Job<Facts, Progress> | null> {
  if (!/^[\w-]{22}$/.test(id)) return null;
  const value = parseJson((await readText(storage, storage.keys.job(id))) ?? "");
  return fieldsOf(value)["kind"] === kind ? (value as Job<Facts, Progress>) : null;
}

/** Cancels work. Its process stops at its next note of progress, within a second. */
export async function cancelJob({ redis, keys }: Storage, id: string): Promise<void> {
  if (/^[\w-]{22}$/.test(id)) await redis.call("DEL", [keys.job(id)]);
}
