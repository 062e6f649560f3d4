import { dirname, join } from "node:path/posix";
import { describe, expect, it } from "vitest";
import { importCircles } from "./harness/import-circles.js";
import { filesBelow, importsOf, textOf, trackedFiles } from "./harness/source-files.js";

/** Imports that a part of src/ may have. A part is a folder or a file directly in src/. */
interface Allowed {
  /** Parts it may import. */
  readonly may: readonly string[];
  /** Parts of which it may import types only. */
  readonly typesOf?: readonly string[];
  /** True if the part is pure: no npm package and no Node module. @default false */
  readonly isPure?: boolean;
}

const LEAVES = ["policy", "errors", "check-options", "events"];
const HTTP_HELPERS = ["read-body", "authorize"];
const STATE = [...LEAVES, "redis", "state"];

/** Allowed imports. Every part of src/ has a line. */
const ALLOWED: Readonly<Record<string, Allowed>> = {
  policy: { may: [], isPure: true },
  errors: { may: [], typesOf: ["policy", "wire"], isPure: true },
  "check-options": { may: ["errors"], isPure: true },
  events: { may: ["check-options"], typesOf: ["policy"] },
  redis: { may: LEAVES },
  state: { may: STATE, typesOf: ["wire"] },
  api: { may: STATE, typesOf: ["wire"] },
  "read-body": { may: [] },
  authorize: { may: [] },
  http: { may: [...STATE, ...HTTP_HELPERS], typesOf: ["api", "wire"] },
  dialects: { may: [...STATE, ...HTTP_HELPERS], typesOf: ["api", "http"] },
  passport: { may: [...STATE, "http"] },
  pages: { may: [...STATE, ...HTTP_HELPERS, "http"], typesOf: ["api", "wire"] },
  wire: { may: [], typesOf: ["policy"], isPure: true },
  client: { may: [], typesOf: ["policy", "wire"], isPure: true },
  testing: { may: STATE, typesOf: ["http"] },
  options: { may: [...STATE, "http"] },
  "create-curfew": { may: [...STATE, "api", "http", "options", "dialects", "passport", "pages", "testing"] },
  index: {
    may: [...STATE, "api", "http", "options", "passport", "pages", "create-curfew"],
    typesOf: ["wire", "authorize"],
  },
};

const MAX_LINES = 300;
const VENDOR_NAMES = /looker|auth0/i;

const sources = filesBelow("src");
const modules = sources.filter((file) => file.endsWith(".ts"));

/** `src/http/guards/guards.ts` is part of `http`; `src/errors.ts` is `errors`. */
function partOf(file: string): string {
  return (file.split("/")[1] ?? "").replace(/\.[jt]s$/, "");
}

/** Returns the forbidden imports of a file, one line each. */
function forbiddenArrows(file: string): string[] {
  const part = partOf(file);
  const allowed = ALLOWED[part];
  if (allowed === undefined) return [`${file} is in a part of src/ that ALLOWED has no line for`];
  return importsOf(file).flatMap(({ specifier, isTypeOnly }) => {
    if (!specifier.startsWith(".")) {
      return allowed.isPure === true ? [`${file} is pure, but imports "${specifier}"`] : [];
    }
    const target = partOf(join(dirname(file), specifier));
    const isAllowed =
      target === part ||
      allowed.may.includes(target) ||
      (isTypeOnly && allowed.typesOf?.includes(target) === true);
    return isAllowed ? [] : [`${file} imports "${specifier}"${isTypeOnly ? " (types only)" : ""}`];
  });
}

describe("the architecture", () => {
  it("has only the allowed imports", () => {
    expect(modules.flatMap(forbiddenArrows)).toEqual([]);
  });

  it("has no circle of imports, not even of types", () => {
    expect(importCircles(modules)).toEqual([]);
  });

  it("names vendors only in the dialects", () => {
    const others = sources.filter((file) => !file.startsWith("src/dialects/"));
    expect(others.filter((file) => VENDOR_NAMES.test(file) || VENDOR_NAMES.test(textOf(file)))).toEqual([]);
  });

  it(`has no source file of more than ${MAX_LINES} lines`, () => {
    const written = sources.filter((file) => !file.endsWith(".generated.ts"));
    expect(written.filter((file) => textOf(file).split("\n").length - 1 > MAX_LINES)).toEqual([]);
  });

  it("mentions no folder that only one machine has", () => {
    // Put together here, so that this file does not mention them itself.
    const foreign = [["", "work", ""].join("/"), ["..", "shared"].join("/")];
    const mentioning = trackedFiles().filter((file) => foreign.some((path) => textOf(file).includes(path)));
    expect(mentioning).toEqual([]);
  });
});
