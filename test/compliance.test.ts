import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT, textOf } from "./harness/source-files.js";

const PAGE = textOf("docs/compliance.md");
const NAMED = [...PAGE.matchAll(/^- Test: `([^`]+)` "(.+)"$/gm)].map(([, file = "", title = ""]) => ({
  file,
  title,
}));

/** Requirements of ASVS 5.0, chapter V7, and the number of each section's requirements. */
const ASVS = Object.entries({ 1: 3, 2: 4, 3: 2, 4: 5, 5: 3, 6: 2 }).flatMap(([section, count]) =>
  Array.from({ length: count }, (_, index) => `7.${section}.${String(index + 1)}`),
);
const WSTG = Array.from({ length: 11 }, (_, index) => `WSTG-SESS-${String(index + 1).padStart(2, "0")}`);

/** Returns the text of one requirement on the page. */
function sectionOf(requirement: string): string {
  const start = PAGE.indexOf(`**${requirement}`);
  if (start < 0) return "";
  const [section = ""] = PAGE.slice(start).split(/\n(?=\*\*|#)/);
  return section;
}

describe("docs/compliance.md", () => {
  it("has a named test on each line that begins with one", () => {
    expect(NAMED).toHaveLength((PAGE.match(/^- Test/gm) ?? []).length);
  });

  it.each(NAMED)("names a test that runs: $file $title", ({ file, title }) => {
    expect(existsSync(join(ROOT, file))).toBe(true);
    const text = textOf(file);
    const titles = ['"', "'", "`"].map((quote) => quote + title + quote);
    // Behind `it(` or a table's `)(`, so no comment and no skipped test counts.
    const isRun = (at: number): boolean => /(?:\bit|\)|`)\(\s*$/.test(text.slice(0, at));
    const found = titles.map((each) => text.indexOf(each)).filter((at) => at >= 0);
    expect(found.some(isRun)).toBe(true);
  });

  it.each([...ASVS, ...WSTG])("says of %s who meets it, with a test if the package does", (requirement) => {
    const section = sectionOf(requirement);
    expect(section).toMatch(/\bMet\b|The app's duty|The package issues none/);
    if (/\bMet\b/.test(section)) expect(section).toContain("- Test: ");
  });
});
