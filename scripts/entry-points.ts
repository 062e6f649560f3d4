/** The package's entry points, read from the `exports` of package.json, so that no list has to be kept twice. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The project's root folder. */
export const PROJECT_FOLDER = fileURLToPath(new URL("..", import.meta.url));

/** One way into the package. */
export interface EntryPoint {
  /** `.` or `./policy`, as in `exports`. */
  readonly subpath: string;
  /** The subpath as a folder: empty or `policy`. */
  readonly path: string;
  /** `express-curfew` or `express-curfew/policy`, as in an import. */
  readonly specifier: string;
  /** `index` or `policy`: the subpath as a file's name. */
  readonly name: string;
  /** Its declarations, from the package's root. */
  readonly types: string;
  /** Its CommonJS code, from the package's root. */
  readonly main: string;
}

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<
    Record<string, string | { readonly require: { readonly types: string; readonly default: string } }>
  >;
}

/** Every entry point that has code; `./package.json` has none. */
export function entryPoints(): EntryPoint[] {
  const manifest = JSON.parse(readFileSync(`${PROJECT_FOLDER}/package.json`, "utf8")) as Manifest;
  return Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    if (typeof target === "string") return [];
    const path = subpath.slice("./".length);
    return {
      subpath,
      path,
      specifier: path === "" ? manifest.name : `${manifest.name}/${path}`,
      name: path === "" ? "index" : path.replaceAll("/", "-"),
      types: target.require.types,
      main: target.require.default,
    };
  });
}
