import type { Words } from "./english.js";

/** After this time the texts remain English. */
const WITHIN_MS = 8_000;

/** Texts, or the address of their JSON. */
export type WordsOption = Words | string;

/** Loads texts if an address is given. Without an answer the texts are empty, which means English. */
export async function loadWords(words: WordsOption): Promise<Words> {
  if (typeof words !== "string") return words;
  try {
    const response = await fetch(words, { signal: AbortSignal.timeout(WITHIN_MS) });
    return response.ok ? ((await response.json()) as Words) : {};
  } catch {
    return {};
  }
}
