/** The text of a user's key, for tests that read or damage it. */
import type { Redis } from "ioredis";
import { UserTags } from "../../src/state/tag-key.js";

/** Position of each number in the head. A number takes nine characters of base 36. */
const PLACES = { floor: 5, floorAt: 14, spared: 23, evicted: 32, latest: 41, others: 50 } as const;
const NUMBER_LENGTH = 9;
const HEAD_LENGTH = 59;
const ENTRY_LENGTH = 47;
const REF_LENGTH = 21;

/** Returns the name of a user's key, by the tag key that Redis holds. */
export async function userKeyOf(redis: Pick<Redis, "get">, prefix: string, userId: string): Promise<string> {
  return `${prefix}u:${new UserTags((await redis.get(`${prefix}tags`)) ?? "").of(userId)}`;
}

export type UserField = keyof typeof PLACES;

/** Returns the text with other characters at a number's place. */
export function withNumber(text: string, field: UserField, nine: string): string {
  const at = PLACES[field];
  return (
    text.slice(0, at) + nine.padEnd(NUMBER_LENGTH).slice(0, NUMBER_LENGTH) + text.slice(at + NUMBER_LENGTH)
  );
}

/** Returns a number of the head. */
export function numberIn(text: string, field: UserField): number {
  return Number.parseInt(text.slice(PLACES[field], PLACES[field] + NUMBER_LENGTH), 36);
}

/** Returns the refs in a user's order of browser sessions, oldest first. */
export function refsIn(text: string): string[] {
  const entries = Math.floor((text.length - HEAD_LENGTH) / ENTRY_LENGTH);
  return Array.from({ length: entries }, (_, index) => {
    const at = HEAD_LENGTH + index * ENTRY_LENGTH;
    return text.slice(at, at + REF_LENGTH);
  });
}

/** Changes a key's text and keeps its TTL. */
export async function changeText(redis: Redis, key: string, change: (text: string) => string): Promise<void> {
  await redis.set(key, change((await redis.get(key)) ?? ""), "KEEPTTL");
}
