/**
 * `npm run check:release`: refuses a release while package.json or a published file has a placeholder. npm runs the check
 * before publishing.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_FOLDER } from "./entry-points.js";
import { placeholderProblems, releaseProblems } from "./release-problems.js";

/** Returns the file, or the files below the folder; nothing if the path does not exist. */
function filesAt(path: string): string[] {
  const full = join(PROJECT_FOLDER, path);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full, { recursive: true, encoding: "utf8" })
    .map((name) => join(path, name))
    .filter((name) => statSync(join(PROJECT_FOLDER, name)).isFile());
}

const read = (file: string): string => readFileSync(join(PROJECT_FOLDER, file), "utf8");
const manifest = JSON.parse(read("package.json")) as Record<string, unknown> & { readonly files: string[] };
// The sources, too: the check may run before the build.
const published = ["README.md", "CODE_OF_CONDUCT.md", "src", ...manifest.files].flatMap(filesAt);
const problems = [
  ...releaseProblems(manifest),
  ...placeholderProblems(new Map(published.map((file) => [file, read(file)]))),
];
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log("package.json and the published files have no placeholders.");
