import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "../src/errors.js";
import { END_REASONS, SETTING_NAMES } from "../src/policy/index.js";
import { RECORD_FIELDS } from "../src/state/sessions/record-fields.js";
import { anchorOf, codeBlocks, headingsOf, linksOf, pages, proseOf } from "./harness/markdown.js";
import { filesBelow, ROOT, textOf, trackedFiles } from "./harness/source-files.js";

const README_LINES = 220;

/** Returns true if a page names `code` as code. */
const isNamedIn = (page: string, name: string): boolean => proseOf(page).includes(`\`${name}\``);

/** Returns the members of an interface or of a union of strings in a source file. */
function membersOf(file: string, name: string): string[] {
  const source = ts.createSourceFile(file, textOf(file), ts.ScriptTarget.Latest, true);
  const members: string[] = [];
  source.forEachChild((node) => {
    if (ts.isInterfaceDeclaration(node) && node.name.text === name)
      members.push(...node.members.map((member) => member.name?.getText() ?? ""));
    if (ts.isTypeAliasDeclaration(node) && node.name.text === name && ts.isUnionTypeNode(node.type))
      members.push(...node.type.types.map((type) => type.getText().replaceAll('"', "")));
  });
  if (members.length === 0) throw new Error(`${file} has no ${name}`);
  return members;
}

describe("the links", () => {
  it.each(pages())("of %s lead somewhere", (page) => {
    const broken = linksOf(page).filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : join(dirname(page), path);
      if (!existsSync(join(ROOT, target))) return true;
      if (anchor === undefined) return false;
      return statSync(join(ROOT, target)).isDirectory() || !headingsOf(target).map(anchorOf).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});

describe("the README", () => {
  it(`has at most ${README_LINES} lines`, () => {
    expect(textOf("README.md").split("\n").length - 1).toBeLessThanOrEqual(README_LINES);
  });

  it("shows the test that readme.test.ts runs, word for word", () => {
    const [, ...parts] = textOf("test/readme.test.ts").split("\n\n");
    const tested = parts
      .join("\n\n")
      .replace('"../src/index.js"', '"express-curfew"')
      .replace('"../src/testing/index.js"', '"express-curfew/testing"');
    expect(codeBlocks("README.md", "ts")).toEqual([tested]);
  });

  it("gives a reason for every dependency", () => {
    const manifest = JSON.parse(textOf("package.json")) as { dependencies: Record<string, string> };
    const unexplained = Object.keys(manifest.dependencies).filter(
      (name) => !new RegExp(`^\\| ${name}\\b`, "m").test(textOf("README.md")),
    );
    expect(unexplained).toEqual([]);
  });
});

describe("docs/errors.md", () => {
  const sections = headingsOf("docs/errors.md");

  it.each([...ERROR_CODES])("has a section for the error %s", (code) => {
    expect(sections).toContain(`\`${code}\``);
  });

  it.each(membersOf("src/events.ts", "WarningCode"))("has a section for the warning %s", (code) => {
    expect(sections).toContain(`\`${code}\``);
  });

  it("has no section for a code that does not exist", () => {
    const codes = [...ERROR_CODES, ...membersOf("src/events.ts", "WarningCode")].map((code) => `\`${code}\``);
    expect(sections.filter((heading) => heading.startsWith("`") && !codes.includes(heading))).toEqual([]);
  });

  it("says for every error when it comes, with which status and details, and what to do", () => {
    const [, errors = ""] = textOf("docs/errors.md").split("\n## Error codes\n");
    const [text = ""] = errors.split("\n## ");
    const incomplete = text
      .split("\n### ")
      .slice(1)
      .filter((section) =>
        ["**When:**", "**Status:**", "**Details:**", "**What to do:**"].some(
          (part) => !section.includes(part),
        ),
      );
    expect(incomplete).toEqual([]);
  });
});

describe("the reference", () => {
  it.each([...SETTING_NAMES])("of the settings has %s", (name) => {
    expect(isNamedIn("docs/settings.md", name)).toBe(true);
  });

  it.each(membersOf("src/options.ts", "CurfewOptions"))("of the options has %s", (name) => {
    expect(isNamedIn("docs/api.md", name)).toBe(true);
  });

  it.each(membersOf("src/curfew.ts", "Curfew"))("of the methods has %s", (name) => {
    expect(textOf("docs/api.md")).toMatch(new RegExp(`curfew\\.${name}\\b`));
  });

  it.each(membersOf("src/events.ts", "CurfewEvents"))("of the events has %s", (name) => {
    expect(isNamedIn("docs/api.md", name)).toBe(true);
  });

  it.each([...END_REASONS])("of the end reasons has %s", (reason) => {
    expect(isNamedIn("docs/api.md", reason)).toBe(true);
  });

  it.each([...RECORD_FIELDS])("of the record in Redis has the field %s", (field) => {
    expect(isNamedIn("docs/redis.md", field)).toBe(true);
  });

  const scripts = filesBelow("src/state/scripts").filter((file) => /-\d+\.lua$/.test(file));
  it.each(scripts)("of the Lua scripts has %s", (file) => {
    expect(isNamedIn("docs/redis.md", file.replace(/^.*\/|-\d+\.lua$/g, ""))).toBe(true);
  });
});

/** An id such as Q18. "X11; " is part of a User-Agent. */
const ID = /\b(?!X11; )[A-Z]\d{1,2}\b/g;
const known = new Set(
  [...textOf("docs/rules.md").matchAll(/\*\*([A-Z]\d{1,2})\*\*/g)].map((match) => match[1]),
);
const unknownIn = (text: string): string[] => (text.match(ID) ?? []).filter((id) => !known.has(id));

/** Returns the titles' text before the colon, where tests cite ids. */
function idsInTitles(file: string): string {
  const titles = [...textOf(file).matchAll(/\b(?:it|test|describe)\b[^"'`\n]*\(\s*["'`]([^:"'`]{2,60}):/g)];
  return titles
    .map((match) => match[1] ?? "")
    .filter((cited) => /^(?:case )?[A-Z]\d{1,2}\b/.test(cited))
    .join(" ");
}

describe("docs/rules.md", () => {
  it("gives no id to two rules", () => {
    const ids = [...textOf("docs/rules.md").matchAll(/^(?:- |\| )\*\*([A-Z]\d{1,2})\*\*/gm)].map(
      (match) => match[1],
    );
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it("names only files that exist for its rules", () => {
    const named = [...textOf("docs/rules.md").matchAll(/(?<!\w)_([^_\n]+)_(?!\w)/g)]
      .flatMap(([, names = ""]) => names.replaceAll(/\[[^\]]*\]\([^)]*\)/g, "").split(", "))
      .filter((name) => /[./]/.test(name));
    expect(named.length).toBeGreaterThan(200);
    expect(named.filter((name) => !existsSync(join(ROOT, name)))).toEqual([]);
  });

  const sources = filesBelow("src").filter(
    (file) => /\.(ts|lua)$/.test(file) && !file.includes(".generated."),
  );
  it("has every rule that src/ cites", () => {
    expect(
      sources.flatMap((file) =>
        unknownIn(textOf(file).replaceAll("(X11; ", "(")).map((id) => `${file}: ${id}`),
      ),
    ).toEqual([]);
  });

  const tests = filesBelow("test").filter(
    (file) => file.endsWith(".test.ts") && !/^test\/(battery|naive)\//.test(file),
  );
  it("has every rule that the title of a test cites", () => {
    expect(tests.flatMap((file) => unknownIn(idsInTitles(file)).map((id) => `${file}: ${id}`))).toEqual([]);
  });

  it("has every rule that another page cites", () => {
    const citing = pages().flatMap((page) => {
      const cited =
        proseOf(page).match(/\b(?:rules?|cases?) [A-Z]\d{1,2}(?:(?:, | and | to )[A-Z]\d{1,2})*/g) ?? [];
      return cited.flatMap(unknownIn).map((id) => `${page}: ${id}`);
    });
    expect(citing).toEqual([]);
  });
});

describe("ARCHITECTURE.md", () => {
  const all = trackedFiles();
  const named = [...textOf("ARCHITECTURE.md").matchAll(/`([\w./-]+\.(?:ts|lua|md|json))`/g)].map(
    ([, name = ""]) => name,
  );

  it("names only files that exist", () => {
    // Lists of one folder's files leave the folder out.
    const exists = (name: string): boolean =>
      all.some(
        (file) => [name, `src/${name}`].includes(file) || (!name.includes("/") && file.endsWith(`/${name}`)),
      );
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((name) => !exists(name))).toEqual([]);
  });

  it("tells a request's way in in ten steps, and each step names its code", () => {
    const [, section = ""] = textOf("ARCHITECTURE.md").split("\n## A request's way in, in ten steps\n");
    const steps = (section.split("\n## ")[0] ?? "").match(/^\d+\. .*$/gm) ?? [];
    expect(steps).toHaveLength(10);
    expect(steps.filter((step) => !/`[\w/-]+\.ts`/.test(step))).toEqual([]);
  });
});

describe("all pages", () => {
  it("name only source files that exist", () => {
    const missing = pages().flatMap((page) => {
      const named = textOf(page).match(/(?<![a-z/])src\/[\w/.-]+\.(?:ts|lua)(?![a-z])/g) ?? [];
      return named.filter((file) => !existsSync(join(ROOT, file))).map((file) => `${page}: ${file}`);
    });
    expect(missing).toEqual([]);
  });

  it("mention no folder that only one machine has", () => {
    // Put together here, so that this file does not mention them itself.
    const foreign = ["work", "tmp", "root", "home"]
      .map((folder) => `/${folder}/`)
      .concat(["..", "shared"].join("/"));
    const mentioning = trackedFiles()
      .filter((file) => file.endsWith(".md"))
      .flatMap((file) =>
        foreign.filter((path) => textOf(file).includes(path)).map((path) => `${file}: ${path}`),
      );
    expect(mentioning).toEqual([]);
  });
});
