import { dirname, join } from "node:path/posix";
import { importsOf } from "./source-files.js";

/**
 * Returns the circles of imports among these files, one line each: `a.ts -> b.ts -> a.ts`. Imports of types count too.
 *
 * @param files - TypeScript files as paths from the project's root
 */
export function importCircles(files: readonly string[]): string[] {
  const known = new Set(files);
  const imports = new Map(files.map((file) => [file, localImports(file).filter((each) => known.has(each))]));
  const circles = files.flatMap((file) => shortestCircle(file, imports) ?? []);
  return [...new Map(circles.map((circle) => [[...circle].sort().join(), circle])).values()].map((circle) =>
    [...circle, circle[0]].join(" -> "),
  );
}

function localImports(file: string): string[] {
  return importsOf(file)
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ specifier }) => join(dirname(file), specifier).replace(/\.js$/, ".ts"));
}

/** Returns the files of the shortest way from a file back to this file, in an array of one; `null` if there is no way. */
function shortestCircle(start: string, imports: ReadonlyMap<string, readonly string[]>): [string[]] | null {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const file of queue) {
    for (const next of imports.get(file) ?? []) {
      if (next === start) return [wayTo(file, cameFrom)];
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, file);
      queue.push(next);
    }
  }
  return null;
}

function wayTo(file: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way = [file];
  for (let at = cameFrom.get(file); at !== undefined; at = cameFrom.get(at)) way.unshift(at);
  return way;
}
