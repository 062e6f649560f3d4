/** The package in test runners. */
import type { Project, Way } from "./project.js";

interface Runner {
  readonly name: string;
  readonly folder: string;
  /** The file in `fixtures/`, and its name in the project. */
  readonly spec: readonly [fixture: string, name: string];
  readonly files: Readonly<Record<string, string | object>>;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Jest looks for a configuration in the working directory only. */
const JEST = ["jest/bin/jest.js", "--config", "jest.config.json"];

const RUNNERS: readonly Runner[] = [
  {
    name: "Jest 30, CommonJS",
    folder: "jest-commonjs",
    spec: ["jest-commonjs.spec.cjs", "load.spec.js"],
    files: { "package.json": { type: "commonjs" }, "jest.config.json": { transform: {} } },
    args: JEST,
  },
  {
    name: "Jest 30, ES modules",
    folder: "jest-modules",
    spec: ["jest-modules.spec.mjs", "load.spec.js"],
    files: { "package.json": { type: "module" }, "jest.config.json": { transform: {} } },
    args: JEST,
    env: { NODE_OPTIONS: "--experimental-vm-modules --no-warnings" },
  },
  {
    name: "Jest 30, babel-jest",
    folder: "babel-jest",
    spec: ["jest-modules.spec.mjs", "load.spec.js"],
    files: {
      "package.json": { type: "commonjs" },
      "jest.config.json": {},
      "babel.config.js": `module.exports = { presets: [["@babel/preset-env", { targets: { node: "current" } }]] };`,
    },
    args: JEST,
  },
  {
    name: "Jest 30, ts-jest",
    folder: "ts-jest",
    spec: ["ts-jest.spec.ts", "load.spec.ts"],
    files: {
      "package.json": { type: "commonjs" },
      "jest.config.json": { preset: "ts-jest" },
      "tsconfig.json": {
        compilerOptions: {
          module: "commonjs",
          moduleResolution: "node10",
          target: "es2022",
          strict: true,
          esModuleInterop: true,
          types: ["jest", "node"],
        },
      },
    },
    args: JEST,
  },
  {
    name: "vitest",
    folder: "vitest",
    spec: ["vitest.spec.mjs", "load.spec.mjs"],
    files: { "package.json": { type: "module" } },
    args: ["vitest/vitest.mjs", "run"],
  },
  {
    name: "vitest, with the package inlined",
    folder: "vitest-inline",
    spec: ["vitest.spec.mjs", "load.spec.mjs"],
    files: {
      "package.json": { type: "module" },
      "vitest.config.mjs": `export default { test: { server: { deps: { inline: ["express-curfew"] } } } };`,
    },
    args: ["vitest/vitest.mjs", "run"],
  },
];

/** Returns each test runner, with a test that uses the package. */
export function testRunnerWays(project: Project): Way[] {
  return RUNNERS.map(({ name, folder, spec: [fixture, file], files, args: [script = "", ...args], env }) => ({
    name,
    try: async () => {
      project.copy("check.cjs", `${folder}/check.cjs`);
      project.copy(fixture, `${folder}/${file}`);
      for (const [path, content] of Object.entries(files)) project.write(`${folder}/${path}`, content);
      await project.node([project.installed(script), ...args], { env, folder });
    },
  }));
}
