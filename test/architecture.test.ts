import { dirname, join } from "node:path/posix";
import { describe, expect, it } from "vitest";
import { importCircles } from "./harness/import-circles.js";
import { filesBelow, importsOf, textOf, trackedFiles, type ImportArrow } from "./harness/source-files.js";

/** Imports that a part of src/ may have. A part is a folder or a file directly in src/. */
interface Allowed {
  /** Parts it may import. */
  readonly may: readonly string[];
  /** Parts of which it may import types only. */
  readonly typesOf?: readonly string[];
  /** npm packages it may import. @default none */
  readonly packages?: readonly string[];
  /** npm packages of which it may import types only. @default none */
  readonly packageTypes?: readonly string[];
  /** True if the part imports no Node module. @default false */
  readonly isPure?: boolean;
}

const LEAVES = ["policy", "errors", "check-options", "events"];
const HTTP_HELPERS = ["read-body", "authorize", "openapi", "openapi-answers", "serve-openapi"];
const STATE = [...LEAVES, "redis", "state"];
const EXPRESS = ["express"];

/** Allowed imports. Every part of src/ has a line. */
const ALLOWED: Readonly<Record<string, Allowed>> = {
  policy: { may: [], isPure: true },
  errors: { may: [], typesOf: ["policy", "wire"], isPure: true },
  "check-options": { may: ["errors", "policy"], isPure: true },
  events: { may: ["check-options"], typesOf: ["policy"] },
  telemetry: { may: [], typesOf: ["policy"], isPure: true },
  otel: { may: LEAVES, typesOf: ["telemetry"], packages: ["@opentelemetry/api"] },
  redis: { may: LEAVES, typesOf: ["telemetry"], packages: ["ioredis"] },
  state: { may: STATE, typesOf: ["telemetry", "wire"] },
  api: { may: STATE, typesOf: ["wire"] },
  openapi: { may: [], isPure: true },
  "openapi-answers": { may: ["policy", "openapi"], isPure: true },
  "serve-openapi": { may: ["openapi"], packageTypes: EXPRESS },
  "read-body": { may: [], packages: EXPRESS },
  authorize: { may: [], packageTypes: EXPRESS },
  options: { may: STATE, typesOf: ["telemetry"], packageTypes: EXPRESS },
  http: {
    may: [...STATE, ...HTTP_HELPERS],
    typesOf: ["api", "options", "telemetry", "wire"],
    packages: [...EXPRESS, "express-session", "connect-redis", "cookie", "on-headers", "bowser"],
  },
  dialects: {
    may: [...STATE, ...HTTP_HELPERS],
    typesOf: ["api", "http", "wire"],
    packages: [...EXPRESS, "jose"],
  },
  passport: { may: [...STATE, "http"], packageTypes: EXPRESS },
  embed: { may: [...STATE, ...HTTP_HELPERS, "http", "pages"], packages: [...EXPRESS, "on-headers"] },
  pages: { may: [...STATE, ...HTTP_HELPERS, "http"], typesOf: ["api", "wire"], packages: EXPRESS },
  wire: { may: [], typesOf: ["policy"], isPure: true },
  client: { may: [], typesOf: ["policy", "wire"], isPure: true },
  testing: { may: STATE, typesOf: ["http"], packages: ["ioredis"] },
  curfew: {
    may: [],
    typesOf: [...STATE, "api", "http", "passport", "pages", "embed"],
    packageTypes: EXPRESS,
  },
  cli: { may: [...STATE, "api"], typesOf: ["wire"], packages: ["ioredis"] },
  "create-curfew": {
    may: [...STATE, "api", "http", "options", "dialects", "passport", "pages", "embed", "testing"],
    typesOf: ["curfew"],
    packageTypes: EXPRESS,
  },
  places: { may: LEAVES, packages: ["mmdb-lib"] },
  index: {
    may: [...STATE, "api", "http", "options", "passport", "pages", "places", "embed", "create-curfew"],
    typesOf: ["wire", "authorize", "curfew", "telemetry"],
  },
};

type Rooms = Readonly<Record<string, readonly string[]>>;

/** The files directly in a part, except those that have a line of their own. */
const GROUND = ".";

/** Folders of a part of src/, each behind the folders that it may import. So no two folders import each other. */
const ROOMS: Readonly<Record<string, Rooms>> = {
  http: {
    request: [],
    session: ["request"],
    "sign-in": ["request", "session"],
    login: ["request", "session"],
    guards: ["request"],
    bearer: ["request", "session", "sign-in", "guards"],
    routes: ["request", "guards"],
  },
  state: {
    values: [],
    [GROUND]: ["values"],
    audit: ["values", GROUND],
    list: ["values", GROUND],
    settings: ["values", GROUND],
    sessions: ["values", GROUND, "list", "settings"],
    rules: ["values", GROUND, "list", "settings", "sessions"],
    ends: ["values", GROUND, "list", "settings", "sessions"],
    observe: ["values", GROUND, "settings", "sessions"],
    forget: [GROUND, "audit", "settings", "sessions", "rules", "observe"],
    "open-storage.ts": ["values", GROUND, "audit", "ends", "observe"],
  },
};

const MAX_LINES = 300;
const VENDOR_NAMES = /looker|auth0/i;

const sources = filesBelow("src");
const modules = sources.filter((file) => file.endsWith(".ts"));
// Here, because a busy machine may need longer than a test has.
for (const file of modules) importsOf(file);

/** `src/http/guards/guards.ts` is part of `http`; `src/errors.ts` is `errors`. */
function partOf(file: string): string {
  return (file.split("/")[1] ?? "").replace(/\.[jt]s$/, "");
}

/** Returns the forbidden imports of a file, one line each. */
function forbiddenArrows(file: string): string[] {
  const allowed = ALLOWED[partOf(file)];
  if (allowed === undefined) return [`${file} is in a part of src/ that ALLOWED has no line for`];
  return importsOf(file)
    .filter((arrow) => !isAllowed(file, arrow, allowed))
    .map(({ specifier, isTypeOnly }) => `${file} imports "${specifier}"${isTypeOnly ? " (types only)" : ""}`);
}

function isAllowed(file: string, { specifier, isTypeOnly }: ImportArrow, allowed: Allowed): boolean {
  const { may, typesOf = [], packages = [], packageTypes = [], isPure = false } = allowed;
  if (specifier.startsWith("node:")) return !isPure;
  if (!specifier.startsWith("."))
    return packages.includes(specifier) || (isTypeOnly && packageTypes.includes(specifier));
  const target = partOf(join(dirname(file), specifier));
  return target === partOf(file) || may.includes(target) || (isTypeOnly && typesOf.includes(target));
}

/** Returns the forbidden imports of a file between the folders of its part, one line each. */
function forbiddenRoomArrows(file: string): string[] {
  const part = partOf(file);
  const rooms = ROOMS[part];
  if (rooms === undefined) return [];
  const room = roomOf(file, rooms);
  const may = rooms[room];
  if (may === undefined) return [`${file} is in a folder that ROOMS has no line for`];
  return importsOf(file)
    .map(({ specifier }) => specifier)
    .filter((specifier) => specifier.startsWith("."))
    .filter((specifier) => {
      const target = join(dirname(file), specifier).replace(/\.js$/, ".ts");
      return partOf(target) === part && ![room, ...may].includes(roomOf(target, rooms));
    })
    .map((specifier) => `${file} imports "${specifier}"`);
}

/** `src/http/guards/guards.ts` is in the room `guards`. */
function roomOf(file: string, rooms: Rooms): string {
  const [, , name = "", inFolder] = file.split("/");
  return inFolder !== undefined || name in rooms ? name : GROUND;
}

describe("the architecture", () => {
  it("has only the allowed imports", () => {
    expect(modules.flatMap(forbiddenArrows)).toEqual([]);
  });

  it("has only the allowed imports between the folders of a part", () => {
    expect(modules.flatMap(forbiddenRoomArrows)).toEqual([]);
  });

  it.each(Object.entries(ROOMS))("lets no two folders of %s/ import each other", (_part, rooms) => {
    const names = Object.keys(rooms);
    const early = names.flatMap((name, index) =>
      (rooms[name] ?? []).filter((other) => !names.slice(0, index).includes(other)),
    );
    expect(early).toEqual([]);
  });

  it("has no circle of imports, not even of types", () => {
    const others = ["bench", "example-app", "scripts", "test"].flatMap(filesBelow);
    const theirs = others.filter((file) => file.endsWith(".ts") && !file.includes("/dist/"));
    expect(importCircles([...modules, ...theirs])).toEqual([]);
  }, 60_000);

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
