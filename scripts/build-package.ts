/** Compiles the package for every way of loading it: CommonJS, `import`, bundlers, and resolvers without `exports`. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, posix } from "node:path";
import { promisify } from "node:util";
import { entryPoints, PROJECT_FOLDER, type EntryPoint } from "./entry-points.js";

const run = promisify(execFile);
const TSC = join(PROJECT_FOLDER, "node_modules/typescript/bin/tsc");
/** The browser's part has types of its own: the DOM's. */
const CLIENT_CONFIG = "src/client/tsconfig.build.json";
const GENERATED = "// Written by scripts/build-package.ts.";

/**
 * Builds into a folder that is laid out like `dist`:
 * - `cjs/`, the implementation, with the declarations,
 * - `esm/`, the same code for bundlers, without comments,
 * - `index.mjs` and a wrapper for each subpath, which give `import` the implementation in `cjs/`.
 */
export async function buildPackage(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  await Promise.all([compileToCommonJs(join(folder, "cjs")), compileToEsm(join(folder, "esm"))]);
  shareClientFiles(folder);
  for (const entry of entryPoints()) writeWrapper(folder, entry);
}

/**
 * Writes a folder for each subpath, such as `looker/package.json`, into the project's root. Resolvers that
 * ignore `exports`, such as TypeScript's `node10`, find the subpath's code and declarations there.
 */
export function writeStubs(): void {
  for (const { path, main, types } of entryPoints()) {
    if (path === "") continue;
    const stub = { main: posix.relative(path, main), types: posix.relative(path, types) };
    mkdirSync(join(PROJECT_FOLDER, path), { recursive: true });
    writeJson(join(PROJECT_FOLDER, path, "package.json"), stub);
  }
}

/**
 * Compiles a copy of `src/` whose package.json says `commonjs`. With `module: commonjs` there would be no need of the
 * copy, but TypeScript would turn each `import()` into a `require()`, which can't load every package.
 */
async function compileToCommonJs(outDir: string): Promise<void> {
  const copy = join(PROJECT_FOLDER, "temp", `cjs-${String(process.pid)}`);
  rmSync(copy, { recursive: true, force: true });
  try {
    cpSync(join(PROJECT_FOLDER, "src"), join(copy, "src"), { recursive: true });
    writeJson(join(copy, "package.json"), { type: "commonjs" });
    writeJson(join(copy, "tsconfig.json"), {
      extends: "../../tsconfig.build.json",
      // CommonJS can't be verbatim: every import becomes a require().
      compilerOptions: { rootDir: "src", declaration: true, verbatimModuleSyntax: false },
      include: ["src"],
      exclude: ["src/client"],
    });
    await tsc(["-p", copy, "--outDir", outDir]);
    await tsc(["-p", join(copy, CLIENT_CONFIG), "--outDir", outDir]);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  writeJson(join(outDir, "package.json"), { type: "commonjs" });
}

/** Compiles `src/` as it is: the project is of type `module`. The CommonJS build has checked the types already. */
async function compileToEsm(outDir: string): Promise<void> {
  const options = ["--noCheck", "--removeComments", "--outDir", outDir];
  await tsc(["-p", join(PROJECT_FOLDER, "tsconfig.build.json"), ...options]);
  const rootDir = join(PROJECT_FOLDER, "src");
  const more = ["--declaration", "false", "--rootDir", rootDir];
  await tsc(["-p", join(PROJECT_FOLDER, CLIENT_CONFIG), ...options, ...more]);
}

/** The module with the browser's files, and its exports. */
const CLIENT_FILES = "http/routes/client.generated.js";
const CLIENT_EXPORTS = "CLIENT_FILES, CLIENT_WORDS";

/** Lets both builds use one copy of the browser's files, which are a third of the package. */
function shareClientFiles(folder: string): void {
  const target = `../../../cjs/${CLIENT_FILES}`;
  writeFileSync(
    join(folder, "esm", CLIENT_FILES),
    `${GENERATED}\nexport { ${CLIENT_EXPORTS} } from "${target}";\n`,
  );
}

/** Runs the compiler. @throws Error with the compiler's output */
async function tsc(args: readonly string[]): Promise<void> {
  try {
    await run(process.execPath, [TSC, ...args], { cwd: PROJECT_FOLDER });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`tsc ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** Names every export: a bundler, or Jest, need not guess what a CommonJS module exports. */
function writeWrapper(folder: string, { name, main }: EntryPoint): void {
  const target = main.replace(/^\.\/dist\//, "./");
  const built = createRequire(import.meta.url)(join(folder, target)) as object;
  const names = Object.keys(built).sort();
  writeFileSync(
    join(folder, `${name}.mjs`),
    `${GENERATED}\nexport {\n${names.map((each) => `  ${each},\n`).join("")}} from "${target}";\n`,
  );
  writeFileSync(join(folder, `${name}.d.mts`), `${GENERATED}\nexport * from "${target}";\n`);
}

function writeJson(file: string, content: object): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}
