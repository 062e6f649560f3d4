/** `npm run check:release`: refuses a release while package.json has placeholders. npm runs the check before publishing. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_FOLDER } from "./entry-points.js";
import { releaseProblems } from "./release-problems.js";

const text = readFileSync(join(PROJECT_FOLDER, "package.json"), "utf8");
const problems = releaseProblems(JSON.parse(text) as Record<string, unknown>);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log("package.json has no placeholders.");
