/** Packs the tarball that npm would publish. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./source-files.js";

/** A packed tarball. */
export interface Packed {
  /** Path of the tarball. */
  readonly file: string;
  /** Paths of the files in the tarball, from the package's root. */
  readonly files: readonly string[];
}

/** Packs the build into a tarball in this folder. @throws Error if there is no build */
export function packInto(folder: string): Packed {
  if (!existsSync(join(ROOT, "dist"))) throw new Error("There is no dist/: npm run build");
  // --ignore-scripts: `prepack` would replace dist/ while other tests read from there.
  const json = npm(["pack", "--json", "--ignore-scripts", "--pack-destination", folder]);
  const [packed] = JSON.parse(json) as { filename: string; files: { path: string }[] }[];
  if (packed === undefined) throw new Error("npm pack packed nothing");
  return { file: join(folder, packed.filename), files: packed.files.map(({ path }) => path) };
}

function npm(args: readonly string[]): string {
  const cli = process.env["npm_execpath"];
  const [command, ...first] = cli?.endsWith(".js") === true ? [process.execPath, cli] : ["npm"];
  return execFileSync(command, [...first, ...args], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}
