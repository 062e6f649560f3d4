/** Separates joined fields in scripts' replies; it can't occur in a field (see `plainText`). */
export const SEPARATOR = "\u001f";

/** Stands in replies for a key that holds another type than it should. */
export const WRONG_TYPE = "!";

/** True if a command failed because its key holds another type. */
export function failsWithWrongType(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && cause.message.startsWith("WRONGTYPE");
}

/** Text as it may be stored: without control characters, so that no reply can be misread, and not too long. */
export function plainText(text: string, maxLength: number): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is removed
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ").slice(0, maxLength);
}

/** A stored decimal number; anything else is NaN, which no rule lets pass. */
export function storedNumber(text: string | undefined): number {
  return text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
}
