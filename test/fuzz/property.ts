/** A property of the app, and how it is tried. */
import fc, { type IAsyncProperty } from "fast-check";
import type { Ground } from "./ground.js";

/** What must hold, whatever comes in. */
export interface Property {
  /** Begins with the ids of the cases it belongs to. */
  readonly name: string;
  /** How many inputs the long form tries. */
  readonly runs: number;
  /** What is tried; a predicate that throws has failed. */
  on(ground: Ground, tried: () => void): IAsyncProperty<[unknown]>;
}

/** Makes a property of an arbitrary and a check. */
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

/** What came of a property. */
export interface Trial {
  readonly runs: number;
  /** What failed, shrunk, with the seed that brings it back; `null` if nothing did. */
  readonly failure: string | null;
}

/** Tries a property. @param seed - to try the same inputs once more */
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

/** What failed and on which input, shrunk, with the seed that brings it back. */
function failureOf(details: fc.RunDetails<[unknown]>): string {
  const why = details.errorInstance instanceof Error ? details.errorInstance.message : "no reason given";
  return `${fc.defaultReportMessage(details) ?? ""}\nWhy: ${why}`;
}

/** @throws if the condition does not hold */
export function must(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}
