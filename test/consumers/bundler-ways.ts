/** Apps that esbuild has bundled with the package. */
import { readFileSync } from "node:fs";
import type { Project, Way } from "./project.js";

const BUILD = `
import { writeFileSync } from "node:fs";
import { build } from "esbuild";
const [entry, format, output, meta, ...external] = process.argv.slice(2);
const { metafile } = await build({
  entryPoints: ["esbuild/" + entry],
  bundle: true,
  platform: "node",
  format,
  outfile: "esbuild/" + output,
  metafile: true,
  external,
});
writeFileSync(meta, JSON.stringify(metafile));
`;
const PEERS = ["express", "express-session", "ioredis"];
/** `on-headers` requires Node's modules. esbuild can't put these requires into an ES module. */
const COMMONJS_PACKAGES = ["on-headers"];
/** The browser's files, which both builds of the package share. */
const SHARED = "client.generated.js";
/** The check is CommonJS, like `on-headers`. */
const CHECK = "./check.cjs";

/** Returns a bundle in each format, built and run. */
export function bundlerWays(project: Project): Way[] {
  for (const file of ["check.cjs", "load.cjs", "load.mjs"]) project.copy(file, `esbuild/${file}`);
  project.write("esbuild/build.mjs", BUILD);
  return [
    way(project, "esbuild to ES modules; peers and on-headers external", "load.mjs", "esm", "out.mjs", [
      ...PEERS,
      ...COMMONJS_PACKAGES,
      CHECK,
    ]),
    way(project, "esbuild to CommonJS, from imports", "load.mjs", "cjs", "out-1.cjs", []),
    way(project, "esbuild to CommonJS, from requires", "load.cjs", "cjs", "out-2.cjs", []),
  ];
}

function way(
  project: Project,
  name: string,
  entry: string,
  format: "esm" | "cjs",
  output: string,
  external: readonly string[],
): Way {
  return {
    name,
    try: async () => {
      const meta = `esbuild/${output}.json`;
      await project.node(["esbuild/build.mjs", entry, format, output, meta, ...external]);
      const { inputs } = JSON.parse(readFileSync(project.path(meta), "utf8")) as { inputs: object };
      const ours = Object.keys(inputs).filter((file) => file.includes("express-curfew/dist/"));
      const others = ours.filter(
        (file) => !file.includes("express-curfew/dist/esm/") && !file.endsWith(SHARED),
      );
      if (ours.length === 0 || others.length > 0)
        throw new Error(`The bundle holds ${others[0] ?? "nothing"} instead of the build for bundlers.`);
      await project.node([`esbuild/${output}`]);
    },
  };
}
