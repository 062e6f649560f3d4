/**
 * How options and arguments are checked, everywhere alike: an object of known names whose values are of the right
 * type. What is wrong is named, with the mend.
 */
import { CurfewError, invalidOption } from "./errors.js";

/** Says what is wrong with a value, to be read after its name (`must be true or false`); `null` if nothing is. */
export type Check = (value: unknown) => string | null;

/** The options that a function takes, each with its check. */
export interface OptionsSpec<Options> {
  /** What takes them, as messages name it: `session`. */
  readonly by: string;
  /** How it is called. */
  readonly usage: string;
  /** What is `undefined` counts as left out. */
  readonly checks: Readonly<Record<keyof Options, Check>>;
  /** What messages call one of them. @default "option" */
  readonly what?: string;
  /** Those that can't be left out. */
  readonly required?: readonly (keyof Options & string)[];
  /** What to say of names that one might expect, and that are not taken. */
  readonly refused?: Readonly<Record<string, string>>;
}

/** What is wrong first; `name` is `null` if the whole is no object. */
interface Problem {
  readonly name: string | null;
  readonly mend: string;
}

/** Checks what a function of the set-up was given. @throws CurfewError `invalid_option` naming the option and the mend */
export function checkOptions<Options>(taken: OptionsSpec<Options>, given: unknown): void {
  const problem = problemOf(taken, given);
  if (!problem) return;
  const option = [taken.by, problem.name].filter(Boolean).join(".");
  throw invalidOption(option || "options", problem.mend);
}

/** Checks what a method was given. @throws CurfewError `invalid_argument` naming the argument and the mend */
export function checkArguments<Options>(taken: OptionsSpec<Options>, given: unknown): void {
  const problem = problemOf(taken, given);
  if (problem) throw invalidArgument(taken.by, `${problem.name ?? "what it is given"} ${problem.mend}`);
}

/** Says what a method can't take. */
export function invalidArgument(method: string, mend: string): CurfewError {
  return new CurfewError("invalid_argument", `${method}: ${mend}.`);
}

function problemOf<Options>(taken: OptionsSpec<Options>, given: unknown): Problem | null {
  const { usage, what, required = [], refused = {} } = taken;
  const checks = taken.checks as Readonly<Record<string, Check>>;
  if (isRequest(given)) return { name: null, mend: `is given to Express uncalled; write ${usage}` };
  if (isObject(given) !== null) return { name: null, mend: `must be an object: ${usage}` };
  const values = given as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(values)) {
    if (Object.hasOwn(refused, name)) return { name, mend: String(refused[name]) };
    if (!Object.hasOwn(checks, name)) return { name, mend: unknownName(name, Object.keys(checks), what) };
  }
  for (const [name, check] of Object.entries(checks)) {
    const value = values[name];
    const mend = value === undefined && !required.includes(name as never) ? null : check(value);
    if (mend !== null) return { name, mend };
  }
  return null;
}

/** Express calls a handler with the request: whoever hands it the function that makes one has forgotten to call it. */
function isRequest(given: unknown): boolean {
  const { headers, method, socket } = (given ?? {}) as Readonly<Record<string, unknown>>;
  return typeof method === "string" && isObject(headers) === null && isObject(socket) === null;
}

const ALL = new Intl.ListFormat("en-GB", { type: "conjunction" });
const ANY = new Intl.ListFormat("en-GB", { type: "disjunction" });

/** More names than these are not told. */
const MAX_TOLD = 20;

/** Says of a name that it is not among those that are known, and which these are. */
export function unknownName(name: string, known: readonly string[], what = "option"): string {
  const meant = known.find((each) => each.toLowerCase() === name.toLowerCase());
  const wrong = `is not ${/^[aeiou]/.test(what) ? "an" : "a"} ${what}`;
  if (meant !== undefined) return `${wrong}; write ${meant}`;
  if (known.length > MAX_TOLD) return wrong;
  if (known.length === 0) return `${wrong}; there are none`;
  return `${wrong}; the ${known.length === 1 ? `only ${what} is` : `${what}s are`} ${ALL.format(known)}`;
}

/** Checks for {@link OptionsSpec}. */
export const isFunction: Check = (value) => (typeof value === "function" ? null : "must be a function");
export const isText: Check = (value) =>
  typeof value === "string" && value !== "" ? null : "must be a string that is not empty";
export const isBoolean: Check = (value) => (typeof value === "boolean" ? null : "must be true or false");
export const isObject: Check = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? null : "must be an object";

/** Who does something. */
export const isActor: Check = (value) =>
  isText(value) && "must be the user id of who does it, a string that is not empty";

/** A whole number within bounds. @param unit - what it counts: `minutes` */
export function isWhole(min: number, max: number, unit = ""): Check {
  const bounds = max === Infinity ? `, ${String(min)} or more` : ` from ${String(min)} to ${String(max)}`;
  const mend = `must be a whole number${unit === "" ? "" : ` of ${unit}`}${bounds}`;
  return (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= min && value <= max ? null : mend;
}

/** A finite number above 0. @param unit - what it counts: `minutes` */
export function isPositive(unit: string): Check {
  return (value) =>
    typeof value === "number" && Number.isFinite(value) && value > 0
      ? null
      : `must be a positive number of ${unit}`;
}

/** One of some values. */
export function isOneOf(values: readonly unknown[]): Check {
  const mend = `must be ${ANY.format(values.map((value) => JSON.stringify(value)))}`;
  return (value) => (values.includes(value) ? null : mend);
}
