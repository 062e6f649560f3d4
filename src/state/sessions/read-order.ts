import * as scripts from "../scripts.generated.js";
import { readText, type Storage } from "../storage.js";
import { readOfUser } from "../user-tags.js";
import { parseEntries, parseOthers, type OtherEntry } from "./user-format.js";

/** Reads the text of a user's key; "" if there is none, "!" if the key holds another type. */
export async function readUser(storage: Storage, tag: string): Promise<string> {
  return (await readText(storage, storage.keys.user(tag))) ?? "";
}

/** A user's order of sessions, as it stood at one moment. */
export interface UserOrder {
  readonly tag: string;
  /** The text of the user's key. */
  readonly text: string;
  /** Sessions of every kind, oldest first. */
  readonly entries: readonly OtherEntry[];
}

/** Reads a user's order of sessions of every kind, in one round trip. */
export async function readOrder(storage: Storage, userId: string): Promise<UserOrder> {
  const { tag, found } = await readOfUser(storage, userId, (named) =>
    Promise.all([readUser(storage, named), readOthers(storage, named)]),
  );
  const [text, others] = found;
  const entries = [...parseEntries(text), ...others].sort((a, b) => a.number - b.number);
  return { tag, text, entries };
}

/** Reads a user's order of API, embed and sudo sessions, oldest first. */
export async function readOthers({ redis, keys }: Storage, tag: string): Promise<OtherEntry[]> {
  return parseOthers((await redis.run(scripts.readOthers, [keys.others(tag)])) as string[]);
}
