import * as scripts from "./scripts.generated.js";
import type { Storage } from "./storage.js";

/**
 * Replaces a text if the key still holds the text that the caller read. So no other process's change is lost.
 *
 * @param read - the text that the caller read; "" if there was none, "!" if the key holds another type
 * @param keptMs - lifetime of the new text in milliseconds; `null` for ever
 * @returns false if the key holds another text by now
 */
export async function replaceText(
  { redis }: Storage,
  key: string,
  read: string,
  text: string,
  keptMs: number | null,
): Promise<boolean> {
  return (await redis.run(scripts.replaceText, [key, read, text, keptMs ?? ""])) === 1;
}
