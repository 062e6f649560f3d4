/** The output of commands: tables for people, JSON for programs. */
import { printableJson } from "../events.js";

/** The surroundings of a command. Tests give their own. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes a line of the result. */
  readonly print: (line: string) => void;
  /** Writes a line for people who watch the command, beside the result. */
  readonly note: (line: string) => void;
  /** Replaces the line of progress on a terminal; `null` without a terminal. */
  readonly progress: ((text: string) => void) | null;
  /** Aborts when a person stops the command. */
  readonly signal: AbortSignal;
  /** Name of the person and the machine, for the history of settings. */
  readonly place: string;
}

/** A value in a table. */
export type Cell = string | number | boolean | null;

/** A result in both forms. */
export interface Result {
  /** The value that `--json` prints. */
  readonly json: unknown;
  /** Lines for people. */
  readonly lines: readonly string[];
  /** Exit code. @default 0 */
  readonly code?: number;
  /** True if the command has printed its result itself. @default false */
  readonly isPrinted?: boolean;
}

/** Exit codes of the program. */
export const EXIT = { done: 0, no: 1, usage: 2, unavailable: 3, defect: 70 } as const;

/** Prints a result. @returns the exit code */
export function printResult(
  { print }: Surroundings,
  asJson: boolean,
  { json, lines, code, isPrinted }: Result,
): number {
  if (isPrinted === true) return EXIT.done;
  if (asJson) print(printableJson(json));
  else for (const line of lines) print(line);
  return code ?? EXIT.done;
}

// Control and format characters of a user's text can change a terminal, or the order of the text around them.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;

/** Returns a text whose control and format characters are visible. */
export function visible(text: string): string {
  return text.replace(UNPRINTABLE, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

function textOf(cell: Cell): string {
  if (cell === null) return "-";
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  return visible(String(cell));
}

/** Returns the lines of a table with a heading. */
export function table(names: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const texts = [names, ...rows.map((row) => row.map(textOf))];
  const widths = names.map((_, column) =>
    texts.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  );
  return texts.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** Returns a time as people and programs read it: `2025-01-01 12:00:00Z`. */
export function timeText(at: number): string {
  return new Date(at).toISOString().replace("T", " ").replace(/\.\d+/, "");
}
