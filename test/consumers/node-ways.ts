/** The package in plain Node, with `require` and `import`. */
import { NODE_VERSIONS } from "../matrix/cells.js";
import { fetchNode } from "../harness/node-versions.js";
import type { Project, Way } from "./project.js";

const SCRIPTS = [
  ["load.cjs", "require"],
  ["load.mjs", "import"],
  ["load-both.mjs", "require and import give the same objects"],
  ["without-otel.cjs", "only express-curfew/otel needs @opentelemetry/api"],
] as const;

/** Returns each script on each supported Node. */
export function nodeWays(project: Project): Way[] {
  project.copy("check.cjs", "node/check.cjs");
  for (const [file] of SCRIPTS) project.copy(file, `node/${file}`);
  return NODE_VERSIONS.flatMap((version) => {
    // The scripts of a version share one installation.
    let node: Promise<string> | undefined;
    return SCRIPTS.map(([file, what]) => ({
      name: `Node ${version}, ${what}`,
      try: async () => {
        node ??= fetchNode(version);
        await project.node([`node/${file}`], { node: await node });
      },
    }));
  });
}
