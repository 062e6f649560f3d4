/** The project's own files, for tests that read them as text. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** The project's root folder. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Returns the files below a folder of the project, as paths with forward slashes from the project's root. */
export function filesBelow(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

/**
 * Returns the files that git tracks or would track. Without git, as in an unpacked archive, returns all files that
 * are not installed or built.
 */
export function trackedFiles(): string[] {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const git = spawnSync("git", args, { cwd: ROOT, encoding: "utf8" });
  if (git.status === 0) {
    return git.stdout.split("\0").filter((file) => file !== "" && existsSync(join(ROOT, file)));
  }
  const entries = readdirSync(ROOT, { withFileTypes: true }).filter(
    (entry) => ![".git", "node_modules", "dist", "coverage", "temp"].includes(entry.name),
  );
  return entries.flatMap((entry) => (entry.isDirectory() ? filesBelow(entry.name) : [entry.name]));
}

/** Returns a file's text. */
export function textOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** One import, re-export or `import()` of a file. */
export interface ImportArrow {
  /** Text in the quotes. */
  readonly specifier: string;
  /** True if it imports only types, so that no import is left in the JavaScript. */
  readonly isTypeOnly: boolean;
}

const importsByFile = new Map<string, readonly ImportArrow[]>();

/** Returns the imports of a TypeScript file. Reads each file once. */
export function importsOf(file: string): readonly ImportArrow[] {
  const known = importsByFile.get(file) ?? readImports(file);
  importsByFile.set(file, known);
  return known;
}

function readImports(file: string): ImportArrow[] {
  const source = ts.createSourceFile(file, textOf(file), ts.ScriptTarget.Latest);
  const arrows: ImportArrow[] = [];
  const visit = (node: ts.Node): void => {
    const arrow = arrowOf(node);
    if (arrow !== undefined) arrows.push(arrow);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return arrows;
}

function arrowOf(node: ts.Node): ImportArrow | undefined {
  if (ts.isImportDeclaration(node)) return arrow(node.moduleSpecifier, isTypeOnlyImport(node.importClause));
  if (ts.isExportDeclaration(node)) return arrow(node.moduleSpecifier, node.isTypeOnly);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    return arrow(node.argument.literal, true);
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return arrow(node.arguments[0], false);
  }
  return undefined;
}

function arrow(specifier: ts.Node | undefined, isTypeOnly: boolean): ImportArrow | undefined {
  if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return undefined;
  return { specifier: specifier.text, isTypeOnly };
}

/**
 * Returns true for `import type …`. With verbatimModuleSyntax, `import { type A }` leaves an import in the
 * JavaScript.
 */
function isTypeOnlyImport(clause: ts.ImportClause | undefined): boolean {
  return clause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}
