/** Properties of the app, and the function that tries them. */
import fc, { type IAsyncProperty } from "fast-check";
import type { Ground } from "./ground.js";

/** A statement that must hold for every input. */
export interface Property {
  /** Name, which begins with the ids of its cases. */
  readonly name: string;
  /** Number of inputs of the long form. */
  readonly runs: number;
  /** Returns the property for fast-check. A predicate that throws has failed. */
  on(ground: Ground, tried: () => void): IAsyncProperty<[unknown]>;
}

/** Creates a property from an arbitrary and a check. */
export function property<T>(
  name: string,
  runs: number,
  arbitrary: fc.Arbitrary<T>,
  check: (ground: Ground, input: T) => Promise<void> | void,
): Property {
  return {
    name,
    runs,
    on: (ground, tried) =>
      fc.asyncProperty(arbitrary, async (input) => {
        tried();
        await check(ground, input);
      }),
  };
}

/** Result of a property. */
export interface Trial {
  readonly runs: number;
  /** Failure on a shrunk input, with the seed that repeats it; `null` if nothing failed. */
  readonly failure: string | null;
}

/** Tries a property. @param seed - repeats the inputs of an earlier run */
export async function tryProperty(
  { on }: Property,
  ground: Ground,
  options: { readonly runs: number; readonly seed?: number; readonly path?: string },
  report: (runs: number) => void = () => undefined,
): Promise<Trial> {
  const { runs, seed, path } = options;
  let done = 0;
  const tried = (): void => {
    done += 1;
    report(done);
  };
  const details = await fc.check(on(ground, tried), {
    numRuns: runs,
    ...(seed === undefined ? {} : { seed }),
    ...(path === undefined ? {} : { path }),
  });
  return { runs: details.numRuns, failure: details.failed ? failureOf(details) : null };
}

/** Returns the failure and its shrunk input, with the seed that repeats it. */
function failureOf(details: fc.RunDetails<[unknown]>): string {
  const why = details.errorInstance instanceof Error ? details.errorInstance.message : "no reason given";
  return `${fc.defaultReportMessage(details) ?? ""}\nWhy: ${why}`;
}

/** Checks a condition. @throws Error if the condition does not hold */
export function must(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}
