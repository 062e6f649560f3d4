/** Runs the code blocks of a Markdown page, each in the app that a test prepares. */
import { runInThisContext } from "node:vm";
import ts from "typescript";
import * as expressCurfew from "../../src/index.js";
import { textOf } from "./source-files.js";

/** A code block of a page. */
export interface PageCode {
  /** The heading above it, and its number below this heading from 1, such as `passport 1`. */
  readonly name: string;
  readonly code: string;
}

const HEADING_OR_BLOCK = /^#{1,6} (?<heading>.+)$|^```(?:js|ts)\n(?<code>[\s\S]*?)^```$/gm;
const IMPORT = /^import (?<isType>type )?(?<names>\{[^}]*\}) from "(?<from>[^"]+)";\n/gm;

/** Returns the code blocks in JavaScript and TypeScript, in the order of the page. */
export function pageCode(page: string): PageCode[] {
  const blocks: PageCode[] = [];
  let heading = "";
  let count = 0;
  for (const { groups = {} } of textOf(page).matchAll(HEADING_OR_BLOCK)) {
    if (groups["code"] === undefined) {
      heading = groups["heading"] ?? "";
      count = 0;
    } else {
      count += 1;
      blocks.push({ name: `${heading} ${String(count)}`, code: groups["code"] });
    }
  }
  return blocks;
}

/**
 * Runs a code block.
 *
 * @param given - values of the names that the code uses without an import
 * @param returned - names that the code declares, whose values the test needs
 */
export async function runCode(
  code: string,
  given: Readonly<Record<string, unknown>>,
  returned: readonly string[] = [],
): Promise<Record<string, unknown>> {
  const imports: string[] = [];
  const body = code.replace(IMPORT, (_line, isType: string | undefined, names: string, from: string) => {
    if (isType === undefined) imports.push(`const ${names} = modules["${from}"];`);
    return "";
  });
  const source = [
    `async ({ modules, ${Object.keys(given).join(", ")} }) => {`,
    ...imports,
    body,
    `return { ${returned.join(", ")} };`,
    "}",
  ].join("\n");
  const { outputText } = ts.transpileModule(`(${source})`, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const run = runInThisContext(outputText.replace(/^export \{\};\n/m, "")) as (
    values: object,
  ) => Promise<Record<string, unknown>>;
  return run({ ...given, modules: { "express-curfew": expressCurfew } });
}
