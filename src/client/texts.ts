/** Texts and durations in the page's language. */
import { ENGLISH, type WordKey, type Words } from "./words/english.js";

/** Languages that are written from right to left. */
export const RIGHT_TO_LEFT = /^(ar|fa|he|ur)\b/;

/** Texts of one language. */
export interface Texts {
  /** Changes with the words. */
  readonly version: number;
  setWords(words: Words): void;
  /** Marks an element with language and direction. */
  mark(element: { lang: string; dir: string }): void;
  /** Returns a text with its placeholders filled in. */
  say(key: WordKey, values?: Readonly<Record<string, string>>): string;
  /** Returns a duration in a unit that rounds little, such as "2 minutes" and "90 seconds". */
  duration(milliseconds: number): string;
  /** Returns a countdown, such as "1:45". */
  countdown(milliseconds: number): string;
}

export function createTexts(language: string, words: Words): Texts {
  let current = words;
  let version = 0;
  const digits = (count: number, minimumIntegerDigits = 1): string =>
    Math.floor(count).toLocaleString(language, { minimumIntegerDigits });
  return {
    get version() {
      return version;
    },
    setWords: (others) => {
      current = others;
      version++;
    },
    mark: (element) => {
      element.lang = language;
      element.dir = RIGHT_TO_LEFT.test(language) ? "rtl" : "ltr";
    },
    say: (key, values = {}) =>
      (current[key] ?? ENGLISH[key]).replace(/{(\w+)}/g, (found, name: string) => values[name] ?? found),
    duration: (milliseconds) => {
      const seconds = Math.round(milliseconds / 1_000);
      // Between one and two minutes a whole minute would be off by up to half a minute.
      const [unit, size] =
        seconds < 115 && seconds !== 60
          ? ["second", 1]
          : seconds < 7_200
            ? ["minute", 60]
            : seconds < 172_800
              ? ["hour", 3_600]
              : ["day", 86_400];
      return Math.round(seconds / size).toLocaleString(language, {
        style: "unit",
        unit,
        unitDisplay: "long",
      });
    },
    countdown: (milliseconds) => {
      const seconds = Math.ceil(milliseconds / 1_000);
      return `${digits(seconds / 60)}:${digits(seconds % 60, 2)}`;
    },
  };
}
