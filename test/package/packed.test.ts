/** Checks the packed tarball, installed beside its peers in a separate folder. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { entryPoints } from "../../scripts/entry-points.js";
import { packInto } from "../harness/pack.js";
import { ROOT } from "../harness/source-files.js";

const PACKAGE = "express-curfew";
const CONSUMER = "test/package/consumer";
/** By its path, since only bundlers ask for the condition `module`. */
const BUILD_FOR_BUNDLERS = `./node_modules/${PACKAGE}/dist/esm/index.js`;
const CREATE_REQUIRE = `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`;

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
const consumer = mkdtempSync(join(tmpdir(), "curfew-packed-"));
const installed = join(consumer, "node_modules", PACKAGE);
let packedFiles: readonly string[] = [];
let declared = new Map<string, string[]>();

beforeAll(() => {
  const packed = packInto(consumer);
  packedFiles = packed.files;
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", packed.file, "-C", installed, "--strip-components=1"]);
  linkFromHere(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }));
  linkFromHere(["@types/node", "@types/express", "@types/express-session"]);
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ type: "module", private: true }));
  declared = declaredValues();
}, 60_000);

afterAll(() => rmSync(consumer, { recursive: true, force: true }));

/** Peers and dependencies come from this project's node_modules, so the test needs no network. */
function linkFromHere(names: readonly string[]): void {
  for (const name of names) {
    const link = join(consumer, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), link, "dir");
  }
}

/** Runs a module in the consumer's folder and parses its output as JSON. */
function runThere(file: string, code: string): unknown {
  writeFileSync(join(consumer, file), code);
  const args = ["--no-warnings", file];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: consumer, encoding: "utf8" }));
}

/** Returns the run-time names that the packed declarations of each entry point promise. */
function declaredValues(): Map<string, string[]> {
  const files = new Map(entryPoints().map(({ specifier, types }) => [specifier, join(installed, types)]));
  const program = ts.createProgram([...files.values()], compilerOptions());
  const checker = program.getTypeChecker();
  const isValue = (symbol: ts.Symbol): boolean => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return (target.flags & ts.SymbolFlags.Value) !== 0;
  };
  const valuesOf = (file: string): string[] => {
    const source = program.getSourceFile(file);
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${file} is not a module`);
    const values = checker.getExportsOfModule(module).filter(isValue);
    return values.map((symbol) => symbol.name).sort();
  };
  return new Map([...files].map(([specifier, file]) => [specifier, valuesOf(file)]));
}

function compilerOptions(): ts.CompilerOptions {
  return {
    strict: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    skipLibCheck: false,
    noEmit: true,
    types: ["node"],
    typeRoots: [join(consumer, "node_modules/@types")],
  };
}

describe("the packed tarball", () => {
  it("contains everything needed, and no sources, tests or leftovers", () => {
    expect(packedFiles).toContain("LICENSE");
    expect(packedFiles).toContain("package.json");
    const stubs = entryPoints().map(({ path }) => join(path, "package.json"));
    const allowed = /^(dist\/.*\.(m?js|d\.m?ts)|dist\/cjs\/package\.json|docs\/.*|[A-Z]+\.md|LICENSE)$/;
    expect(packedFiles.filter((file) => !allowed.test(file) && !stubs.includes(file))).toEqual([]);
  });

  it("has a folder for each subpath, for resolvers that ignore exports (else: name it in `files`)", () => {
    const stubs = entryPoints().map(({ path }) => join(path, "package.json"));
    expect(packedFiles).toEqual(expect.arrayContaining(stubs));
  });

  describe.each(entryPoints())("$specifier", ({ specifier }) => {
    it("can be imported, and has the exports of its declarations", () => {
      const code = `const all = await import("${specifier}"); console.log(JSON.stringify(Object.keys(all).sort()));`;
      const names = runThere("import.mjs", code);
      expect(names).toEqual(declared.get(specifier));
      expect(names).not.toEqual([]);
    });

    it("can be required", () => {
      const code = `console.log(JSON.stringify(Object.keys(require("${specifier}")).sort()));`;
      expect(runThere("require.cjs", code)).toEqual(declared.get(specifier));
    });
  });

  it("exists once in a process that imports and requires it", () => {
    const code = `${CREATE_REQUIRE}
      const specifiers = ${JSON.stringify(entryPoints().map(({ specifier }) => specifier))};
      const different = [];
      for (const specifier of specifiers) {
        const imported = await import(specifier);
        for (const [name, value] of Object.entries(require(specifier)))
          if (imported[name] !== value) different.push(specifier + " " + name);
      }
      console.log(JSON.stringify(different));`;
    expect(runThere("one-copy.mjs", code)).toEqual([]);
  });

  it("recognises the errors of its other build, but a subclass only its own", () => {
    const code = `${CREATE_REQUIRE}
      const { CurfewError } = require("${PACKAGE}");
      const bundled = await import("${BUILD_FOR_BUNDLERS}");
      class Own extends CurfewError {}
      const error = new bundled.CurfewError("not_signed_in", "Sign in.");
      console.log(JSON.stringify({
        isSameClass: bundled.CurfewError === CurfewError,
        isKnown: error instanceof CurfewError,
        isKnownBack: new CurfewError("not_signed_in", "Sign in.") instanceof bundled.CurfewError,
        isPlainError: new Error("Sign in.") instanceof CurfewError,
        isOwn: error instanceof Own,
        isOwnKnown: new Own("not_signed_in", "Sign in.") instanceof Own,
      }));`;
    expect(runThere("errors.mjs", code)).toEqual({
      isSameClass: false,
      isKnown: true,
      isKnownBack: true,
      isPlainError: false,
      isOwn: false,
      isOwnKnown: true,
    });
  });

  it("guards a request that the middleware of its other build has let in", () => {
    const code = `${CREATE_REQUIRE}
      import express from "express";
      import { once } from "node:events";
      import * as bundled from "${BUILD_FOR_BUNDLERS}";
      const { createCurfew } = require("${PACKAGE}");
      // No Redis: a request without a cookie needs none.
      const options = { redis: "redis://127.0.0.1:1", log: () => undefined };
      const [outer, inner] = [bundled.createCurfew(options), createCurfew(options)];
      const app = express();
      app.use(outer.session({ secret: "for this test, and 32 characters long" }));
      app.get("/", inner.requireSignIn());
      app.use((error, _request, response, _next) => response.status(500).json(error.code));
      const server = app.listen(0, "127.0.0.1");
      await once(server, "listening");
      const answer = await fetch("http://127.0.0.1:" + server.address().port);
      console.log(JSON.stringify({ status: answer.status, error: (await answer.json()).error }));
      server.close();
      await Promise.all([outer.close(), inner.close()]);`;
    expect(runThere("context.mjs", code)).toEqual({ status: 401, error: "not_signed_in" });
  });

  it("has the program express-curfew, which loads no Express", () => {
    const { bin } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as {
      readonly bin: Readonly<Record<string, string>>;
    };
    const program = join(installed, bin[PACKAGE] ?? "");
    expect(readFileSync(program, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
    const played = spawnSync(process.execPath, [program, "--version"], { encoding: "utf8" });
    expect([played.status, played.stdout]).toEqual([0, `${manifest.version}\n`]);
    const away = spawnSync(process.execPath, [program, "doctor", "--redis", "redis://127.0.0.1:1"], {
      encoding: "utf8",
    });
    expect([away.status, away.stderr]).toEqual([3, expect.stringContaining("ECONNREFUSED")]);
    const code = `${CREATE_REQUIRE}
      require(${JSON.stringify(join(dirname(program), "run.js"))});
      const names = ["express", "express-session", "connect-redis"];
      const loaded = Object.keys(require.cache).flatMap((file) => names.filter((name) => file.includes("node_modules/" + name + "/")));
      console.log(JSON.stringify(loaded));`;
    expect(runThere("program.mjs", code)).toEqual([]);
  });

  it("exposes only its entry points", () => {
    const code = `import("${PACKAGE}/dist/index.mjs").catch((error) => console.log(JSON.stringify(error.code)));`;
    expect(runThere("inside.mjs", code)).toBe("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  it("compiles in a strict TypeScript project, of modules and CommonJS at once", { timeout: 60_000 }, () => {
    cpSync(join(ROOT, CONSUMER), consumer, { recursive: true });
    const apps = ["app.ts", "app.cts"].map((file) => join(consumer, file));
    const program = ts.createProgram(apps, compilerOptions());
    const found = ts.getPreEmitDiagnostics(program);
    const host = {
      getCanonicalFileName: (name: string) => name,
      getCurrentDirectory: () => consumer,
      getNewLine: () => "\n",
    };
    expect(ts.formatDiagnostics(found, host)).toBe("");
  });
});
