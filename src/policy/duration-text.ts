import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "./durations.js";

const UNITS = [
  ["day", DAY_MS],
  ["hour", HOUR_MS],
  ["minute", MINUTE_MS],
  ["second", SECOND_MS],
] as const;

/** A unit in which people read times. */
export type TimeUnit = (typeof UNITS)[number][0];

/** Returns the whole number of the largest unit that fits. The number of an earlier time is negative. */
export function inLargestUnit(ms: number): readonly [count: number, unit: TimeUnit] {
  const [unit, size] = UNITS.find(([, each]) => Math.abs(ms) >= each) ?? (["second", SECOND_MS] as const);
  return [Math.trunc(ms / size), unit];
}

/**
 * Returns a duration in words, in its two largest units: "5 hours", "1 hour 30 minutes". Parts of a second are left out.
 *
 * @param language - language of the words, as in `<html lang>`
 */
export function durationText(ms: number, language = "en"): string {
  let rest = Math.max(0, Math.floor(ms / SECOND_MS) * SECOND_MS);
  const { numbers, list } = formatsOf(language);
  const write = (count: number, unit: TimeUnit): string => numbers[unit].format(count);
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(write(count, unit));
    else if (parts.length > 0) break;
  }
  return parts.length === 0 ? write(0, "second") : list.format(parts.slice(0, 2));
}

/** Formats of one language. */
interface Formats {
  readonly language: string;
  readonly numbers: Readonly<Record<TimeUnit, Intl.NumberFormat>>;
  readonly list: Intl.ListFormat;
}

let latest: Formats | null = null;

/** Returns the formats of a language. Keeps the latest formats, because new formats take longer than a whole row of a page. */
function formatsOf(language: string): Formats {
  if (latest?.language === language) return latest;
  const numberOf = (unit: TimeUnit): Intl.NumberFormat =>
    new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" });
  latest = {
    language,
    numbers: {
      day: numberOf("day"),
      hour: numberOf("hour"),
      minute: numberOf("minute"),
      second: numberOf("second"),
    },
    list: new Intl.ListFormat(language, { type: "unit", style: "narrow" }),
  };
  return latest;
}
