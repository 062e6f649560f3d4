/** Languages in which the server has texts for people. */
export const LANGUAGES = ["en", "de", "ar"] as const;

/** One of the languages. */
export type Language = (typeof LANGUAGES)[number];

/** Returns the known language of a tag such as `de-AT`; `undefined` also for a value that is not a text. */
export function knownLanguage(tag: unknown): Language | undefined {
  if (typeof tag !== "string") return undefined;
  const [primary] = tag.toLowerCase().split("-");
  return LANGUAGES.find((language) => language === primary);
}
