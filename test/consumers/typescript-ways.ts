/** The package's declarations in TypeScript projects. The output for Node runs in Node, too. */
import type { Project, Way } from "./project.js";

/** Compiler versions, as they are installed: `ts54` is the package of TypeScript 5.4. */
export const COMPILERS = ["ts54", "ts59", "ts60", "ts70"] as const;
export type Compiler = (typeof COMPILERS)[number];

interface Mode {
  readonly module: string;
  readonly resolution: string;
  /** The app's files: each is a copy of `fixtures/app.ts`. */
  readonly files: readonly string[];
  /** True if Node can run the output. */
  readonly runs: boolean;
}

/** A CommonJS module and an ES module, in one project. */
const BOTH = ["app.ts", "app.mts"];
const NODENEXT: Mode = { module: "nodenext", resolution: "nodenext", files: BOTH, runs: true };
const NODE16: Mode = { module: "node16", resolution: "node16", files: BOTH, runs: true };
const BUNDLER: Mode = { module: "esnext", resolution: "bundler", files: ["app.ts"], runs: false };
const commonJs = (resolution: string): Mode => ({
  module: "commonjs",
  resolution,
  files: ["app.ts"],
  runs: true,
});

/** TypeScript 6 deprecates `node10` and allows `bundler` with `commonjs`. */
const CLASSIC: Record<Compiler, Mode> = {
  ts54: commonJs("node10"),
  ts59: commonJs("node10"),
  ts60: commonJs("bundler"),
  ts70: commonJs("bundler"),
};

/** Returns each compiler in each mode. */
export function typescriptWays(project: Project): Way[] {
  return COMPILERS.flatMap((compiler) =>
    [NODENEXT, NODE16, BUNDLER, CLASSIC[compiler]].map((mode) => way(project, compiler, mode)),
  );
}

/** Returns the ways for a project with the declarations of Express 4 and ioredis 5. */
export function olderPeersWays(project: Project): Way[] {
  const peers = ", Express 4 and ioredis 5";
  return [way(project, "ts54", CLASSIC.ts54, peers), way(project, "ts60", NODENEXT, peers)];
}

function way(project: Project, compiler: Compiler, mode: Mode, peers = ""): Way {
  const folder = `${compiler}-${mode.module}-${mode.resolution}`;
  return {
    name: `TypeScript ${compiler[2] ?? ""}.${compiler[3] ?? ""}, ${nameOf(mode)}${peers}`,
    try: async () => {
      for (const file of mode.files) project.copy("app.ts", `${folder}/${file}`);
      project.write(`${folder}/package.json`, { type: "commonjs" });
      project.write(`${folder}/tsconfig.json`, {
        compilerOptions: {
          module: mode.module,
          moduleResolution: mode.resolution,
          target: "es2022",
          lib: ["es2022"],
          rootDir: ".",
          outDir: "out",
          strict: true,
          exactOptionalPropertyTypes: true,
          esModuleInterop: true,
          skipLibCheck: false,
          types: ["node"],
        },
        files: mode.files,
      });
      await project.node([project.installed(`${compiler}/bin/tsc`), "-p", folder]);
      const outputs = mode.runs ? mode.files.map((file) => file.replace(/ts$/, "js")) : [];
      for (const output of outputs) await project.node([`${folder}/out/${output}`]);
    },
  };
}

function nameOf({ module, resolution }: Mode): string {
  return module === resolution ? module : `${module} with ${resolution}`;
}
