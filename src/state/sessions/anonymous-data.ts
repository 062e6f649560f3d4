import { WRONG_TYPE } from "../../redis/reply.js";
import * as scripts from "../scripts.generated.js";
import { takeInChange } from "../settings/take-in-settings.js";
import type { Storage } from "../storage.js";

/** How long the data of somebody not signed in is kept after the last request, in seconds: one day. */
export const ANONYMOUS_SECONDS = 86_400;

/** Reads an anonymous session's data and keeps it for another day. `null` if there is none. */
export async function readAnonymousData(storage: Storage, ref: string): Promise<string | null> {
  const { redis, keys, live } = storage;
  if (!redis.oneServer) {
    const data = (await redis.run(scripts.readData, [keys.data(ref)])) as string | null;
    if (data === WRONG_TYPE) return null;
    if (data !== null) redis.call("EXPIRE", [keys.data(ref), ANONYMOUS_SECONDS]).catch(() => undefined);
    return data;
  }
  const known = live.current;
  const reply = (await redis.run(scripts.readAnonymous, [
    keys.data(ref),
    keys.settings,
    known.stamp,
    ANONYMOUS_SECONDS * 1_000,
  ])) as [string, string | null, string | null | []];
  await takeInChange(storage, reply[2], known);
  return reply[1] === WRONG_TYPE ? null : reply[1];
}
