/** Compiles the package and the benchmark's processes, so that plain node runs the published code. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import { buildPackage } from "../scripts/build-package.js";

/** The project's root folder. */
export const PROJECT_FOLDER = fileURLToPath(new URL("..", import.meta.url));
const OUTPUT_FOLDER = join(PROJECT_FOLDER, "temp/bench");
const PROCESS_FOLDERS = ["processes", "contestants"];

/** The built package and processes. */
export interface Built {
  /** URL of the package's `index.mjs`. */
  readonly packageEntry: string;
  /** Returns the path of a process's script. */
  script(name: "app" | "awake" | "load" | "far-away"): string;
}

/** Builds into a folder of this process, so that two runs don't disturb each other. */
export async function build(): Promise<Built> {
  const folder = join(OUTPUT_FOLDER, String(process.pid));
  process.once("exit", () => {
    rmSync(folder, { recursive: true, force: true });
  });
  const packageFolder = join(folder, "package");
  await buildPackage(packageFolder);
  for (const name of PROCESS_FOLDERS) transpile(name, folder);
  return {
    packageEntry: entryOf(packageFolder),
    script: (name) => join(folder, `processes/${name}.js`),
  };
}

/** Returns the URL that `import` loads of a built package: `index.mjs`, or `index.js` of builds before that. */
export function entryOf(packageFolder: string): string {
  const wrapper = join(packageFolder, "index.mjs");
  return pathToFileURL(existsSync(wrapper) ? wrapper : join(packageFolder, "index.js")).href;
}

/** Compiles without a loader: tsx names each closure again at each creation, which costs time. */
function transpile(name: string, folder: string): void {
  const from = join(PROJECT_FOLDER, "bench", name);
  mkdirSync(join(folder, name), { recursive: true });
  for (const file of readdirSync(from)) {
    const { outputText } = ts.transpileModule(readFileSync(join(from, file), "utf8"), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        esModuleInterop: true,
      },
    });
    writeFileSync(join(folder, name, file.replace(/\.ts$/, ".js")), outputText);
  }
}
