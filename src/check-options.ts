/**
 * Checks options and arguments: an object with known names, and values of the expected types. Errors name the wrong
 * option and say what was expected.
 */
import { CurfewError, invalidOption } from "./errors.js";
import { safeReturnTo } from "./policy/index.js";
import { isTimestamp } from "./policy/time.js";

/** Returns the problem of a value, to be read after its name (`must be true or false`); `null` for a good value. */
export type Check = (value: unknown) => string | null;

/** The options of a function, each with its check. */
export interface OptionsSpec<Options> {
  /** Name of the function in messages: `session`. */
  readonly by: string;
  /** Example of a call. */
  readonly usage: string;
  /** Check of each option. An option with the value `undefined` counts as left out. */
  readonly checks: Readonly<Record<keyof Options, Check>>;
  /** Noun for one option in messages. @default "option" */
  readonly what?: string;
  /** Options that must be given. */
  readonly required?: readonly (keyof Options & string)[];
  /** Messages for names that a developer may expect but that the function refuses. */
  readonly refused?: Readonly<Record<string, string>>;
}

/** The first problem; `name` is `null` if the value is not an object. */
interface Problem {
  readonly name: string | null;
  readonly fix: string;
}

/** Checks the options of a set-up function. @throws CurfewError `invalid_option`; names the option and the fix */
export function checkOptions<Options>(taken: OptionsSpec<Options>, given: unknown): void {
  const problem = problemOf(taken, given);
  if (!problem) return;
  const option = [taken.by, problem.name].filter(Boolean).join(".");
  throw invalidOption(option || "options", problem.fix);
}

/** Checks the arguments of a method. @throws CurfewError `invalid_argument`; names the argument and the fix */
export function checkArguments<Options>(taken: OptionsSpec<Options>, given: unknown): void {
  const problem = problemOf(taken, given);
  if (problem) throw invalidArgument(taken.by, `${problem.name ?? "the argument"} ${problem.fix}`);
}

/**
 * Returns a spec that requires `userId` if the given options have this name. So `undefined` is an error, and does not mean
 * all users.
 */
export function requiringUser<Options extends { readonly userId?: string }>(
  spec: OptionsSpec<Options>,
  given: unknown,
): OptionsSpec<Options> {
  const isNamed = isObject(given) === null && Object.hasOwn(given as object, "userId");
  return isNamed ? { ...spec, required: ["userId"] } : spec;
}

/**
 * Returns the target of a method with its own name only.
 *
 * @throws CurfewError `invalid_argument` unless the target has one name
 */
export function requireOneName<Names>(spec: OptionsSpec<Names>, given: unknown): Partial<Names> {
  checkArguments(spec, given);
  const named = withoutUndefined(given as Partial<Names>);
  if (Object.keys(named).length === 1) return named;
  throw invalidArgument(
    spec.by,
    `the first argument must have exactly one of ${ALL.format(Object.keys(spec.checks))}`,
  );
}

/** Returns the options that are not `undefined`, to be merged with defaults. */
export function withoutUndefined<Options extends object>(options: Options): Partial<Options> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Partial<Options>;
}

/** Returns the error for a wrong argument of a method. */
export function invalidArgument(method: string, fix: string): CurfewError<"invalid_argument"> {
  return new CurfewError("invalid_argument", `${method}: ${fix}.`);
}

function problemOf<Options>(taken: OptionsSpec<Options>, given: unknown): Problem | null {
  const { usage, what, required = [], refused = {} } = taken;
  const checks = taken.checks as Readonly<Record<string, Check>>;
  if (isRequest(given)) return { name: null, fix: `was given to Express without a call; write ${usage}` };
  if (isObject(given) !== null) return { name: null, fix: `must be an object: ${usage}` };
  const values = given as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(values)) {
    if (Object.hasOwn(refused, name)) return { name, fix: String(refused[name]) };
    if (!Object.hasOwn(checks, name)) return { name, fix: unknownName(name, Object.keys(checks), what) };
  }
  for (const [name, check] of Object.entries(checks)) {
    const value = values[name];
    const fix = value === undefined && !required.includes(name as never) ? null : check(value);
    if (fix !== null) return { name, fix };
  }
  return null;
}

/** True for a request: the app gave Express the function that creates a handler, instead of its result. */
function isRequest(given: unknown): boolean {
  const { headers, method, socket } = (given ?? {}) as Readonly<Record<string, unknown>>;
  return typeof method === "string" && isObject(headers) === null && isObject(socket) === null;
}

const ALL = new Intl.ListFormat("en-GB", { type: "conjunction" });
const ANY = new Intl.ListFormat("en-GB", { type: "disjunction" });

/** Longest list of known names that a message shows. */
const MAX_LISTED = 20;

/** Returns the problem of an unknown name: the intended name if only its case differs, or the known names. */
export function unknownName(name: string, known: readonly string[], what = "option"): string {
  const meant = known.find((each) => each.toLowerCase() === name.toLowerCase());
  const wrong = `is not ${/^[aeiou]/.test(what) ? "an" : "a"} ${what}`;
  if (meant !== undefined) return `${wrong}; write ${meant}`;
  if (known.length > MAX_LISTED) return wrong;
  if (known.length === 0) return `${wrong}; there is no ${what} here`;
  return `${wrong}; the ${known.length === 1 ? `only ${what} is` : `${what}s are`} ${ALL.format(known)}`;
}

/** Checks for {@link OptionsSpec}. */
export const isFunction: Check = (value) => (typeof value === "function" ? null : "must be a function");
export const isText: Check = (value) =>
  typeof value === "string" && value !== "" ? null : "must be a string that is not empty";
export const isBoolean: Check = (value) => (typeof value === "boolean" ? null : "must be true or false");
export const isObject: Check = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? null : "must be an object";

/** Accepts a time that a `Date` can hold. */
export const isTime: Check = (value) =>
  isTimestamp(value instanceof Date ? value.getTime() : value)
    ? null
    : "must be a Date, or a number of milliseconds since 1970, up to 8.64e15";

/** Checks the user id of the person who acts. */
export const isActor: Check = (value) =>
  isText(value) && "must be the user id of the person who acts, a string that is not empty";

/**
 * Returns true for a path on this site. A path that browsers read as another host is false (rule of `safeReturnTo`).
 */
const isSitePath = (value: unknown): boolean => safeReturnTo(value, "") !== "";

/** Accepts the address of a login page, on this site or another. */
export const isLoginUrl: Check = (value) =>
  isSitePath(value) || (typeof value === "string" && /^https?:\/\//i.test(value) && URL.canParse(value))
    ? null
    : 'must be a path on this site, such as "/login", or a URL that begins with https:// or http://';

/** Accepts a path on this site. */
export const isPath: Check = (value) =>
  isSitePath(value) ? null : 'must be a path on this site, such as "/curfew"';

/** Returns a check for whole numbers within bounds. @param unit - the unit in the message: `minutes` */
export function isWhole(min: number, max: number, unit = ""): Check {
  const bounds = max === Infinity ? `, ${String(min)} or more` : ` from ${String(min)} to ${String(max)}`;
  const fix = `must be a whole number${unit === "" ? "" : ` of ${unit}`}${bounds}`;
  return (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= min && value <= max ? null : fix;
}

/** Returns a check for finite numbers above 0. @param unit - the unit in the message: `minutes` */
export function isPositive(unit: string): Check {
  return (value) =>
    typeof value === "number" && Number.isFinite(value) && value > 0
      ? null
      : `must be a positive number of ${unit}`;
}

/** Returns a check for one of these values. */
export function isOneOf(values: readonly unknown[]): Check {
  const fix = `must be ${ANY.format(values.map((value) => JSON.stringify(value)))}`;
  return (value) => (values.includes(value) ? null : fix);
}
