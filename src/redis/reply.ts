/** Separates joined fields in replies of scripts. No field contains it (see `plainText`). */
export const SEPARATOR = "\u001f";

/** Marks a key with a wrong type in replies. */
export const WRONG_TYPE = "!";

/** True if a command failed because its key holds another type. */
export function failsWithWrongType(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && cause.message.startsWith("WRONGTYPE");
}

/** Returns text to store: shortened, and without control characters, which could be read as separators. */
export function plainText(text: string, maxLength: number): string {
  // eslint-disable-next-line no-control-regex -- the pattern removes control characters
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ").slice(0, maxLength);
}

/** Returns a stored decimal number. Other text becomes NaN, which ends a session under every rule. */
export function storedNumber(text: string | undefined): number {
  return text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
}

/** Answers by which a server does not refuse the command itself: the package sends another one, or ioredis does. */
const NO_REFUSAL =
  /^(?:ASK|BUSY|CLUSTERDOWN|CROSSSLOT|LOADING|MASTERDOWN|MOVED|NOSCRIPT|TRYAGAIN|WRONGTYPE)\b/;

/** True if the server refuses a command for a reason that remains: rights, memory, disk, or a command it does not know. */
export function isRefusal(message: string): boolean {
  return !NO_REFUSAL.test(message);
}
