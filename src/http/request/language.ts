/** Languages in which the server has texts for people. */
export const LANGUAGES = ["en", "de", "ar"] as const;

/** One of the languages. */
export type Language = (typeof LANGUAGES)[number];

/** Returns the known language of a tag such as `de-AT`, or `undefined`. */
export function knownLanguage(tag: unknown): Language | undefined {
  const [primary] = String(tag).toLowerCase().split("-");
  return LANGUAGES.find((language) => language === primary);
}
