/** The latest time that a `Date` can hold, in milliseconds since 1970. The earliest is as far before 1970. */
export const LATEST_TIME = 8.64e15;

/** True for a time that a `Date` can hold, in milliseconds since 1970. `toISOString` throws for any other number. */
export function isTimestamp(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= LATEST_TIME;
}
