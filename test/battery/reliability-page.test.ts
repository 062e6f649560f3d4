import { describe, expect, it } from "vitest";
import { textOf } from "../harness/source-files.js";
import { AWAITED } from "./cases/awaited.js";
import { CASES } from "./cases/index.js";
import { byId } from "./support/battery-case.js";
import { countsOf, reachedOf, sectionsOf, tableOf } from "./reliability-page.js";

const figures = (...counts: readonly (readonly [string, string])[]) =>
  counts.map(([name, reached]) => ({ name, reached, passed: true }));

describe("the figures of a case", () => {
  it("are one line without parts", () => {
    expect(reachedOf(figures(["races", "2500"], ["zombies", "0"]))).toEqual(["races: 2500; zombies: 0"]);
  });

  it("name a part once, on its own line", () => {
    const counted = figures(
      ["50 ms: worked", "100"],
      ["50 ms: extended twice", "0"],
      ["200 ms: worked", "99"],
      ["200 ms: extended twice", "1 (asked: 0)"],
      ["unanswered", "3"],
    );
    expect(reachedOf(counted)).toEqual([
      "**50 ms** worked: 100; extended twice: 0",
      "**200 ms** worked: 99; extended twice: 1 (asked: 0)",
      "unanswered: 3",
    ]);
  });

  it("keep a name whole if no other figure has the same part", () => {
    const counted = figures(["durable true before: kept", "20"], ["slowest", "5 ms"]);
    expect(reachedOf(counted)).toEqual(["durable true before: kept: 20; slowest: 5 ms"]);
  });

  it("share one 0, and lose no name", () => {
    const counted = figures(["500", "0"], ["requests", "10"], ["leaks", "0"], ["wrong", "0 of 3"]);
    expect(reachedOf(counted)).toEqual(["requests: 10; wrong: 0 of 3; 0 each: 500; leaks"]);
  });
});

describe("docs/reliability.md", () => {
  it("has a section for each case, with its title", () => {
    const sections = [...textOf("docs/reliability.md").matchAll(/^### (\w+: .+)$/gm)].map(
      ([, title]) => title,
    );
    const cases = [...CASES, ...AWAITED].sort(byId).map(({ id, title }) => `${id}: ${title}`);
    expect(sections).toEqual(cases);
  });
});

describe("the page", () => {
  const battery = {
    id: "A2",
    title: "A race",
    passesAt: "0 zombies",
    run: () => Promise.reject(new Error()),
  };
  const outcome = { figures: figures(["races", "10"], ["zombies", "0"]), naive: "zombies: 9/10" };
  const rows = {
    results: [{ battery, outcome, seconds: 4.2, at: "2026-01-02T03:04:05.000Z", commit: "abc1234" }],
    awaited: [{ id: "A1", title: "Streams", passesAt: "closed", testedBy: "streams.test.ts" }],
  };

  it("lists the verdicts in the order of the ids", () => {
    expect(tableOf(rows).split("\n").slice(2, 4)).toEqual([
      "| A1 | Streams | not in the battery | - | - |",
      "| A2 | A race | pass | 4 s | 01-02 03:04 abc1234 |",
    ]);
  });

  it("has a section with the figures of each case", () => {
    expect(sectionsOf(rows)).toContain(
      "### A2: A race\n\n- **Passes at:** 0 zombies\n- **Reached** (pass): races: 10; zombies: 0\n- **App made by hand:** zombies: 9/10\n",
    );
    expect(sectionsOf(rows)).toContain("- **Reached** (not in the battery): tested by streams.test.ts\n");
  });
});

describe("a page that is written again", () => {
  const page = textOf("docs/reliability.md");
  const earlier = { results: [], awaited: AWAITED, unplayed: CASES, earlierPage: page };

  it("keeps the entries of cases that were not played in this clone", () => {
    expect(page).toContain(tableOf(earlier));
    expect(page).toContain(sectionsOf(earlier));
    expect(page).toContain(`**${countsOf(earlier)}.**`);
  });

  it("drops the entry of a case that passes at other counts now", () => {
    const [first] = CASES;
    if (!first) throw new Error("no cases");
    const changed = { ...first, passesAt: "other counts" };
    expect(sectionsOf({ ...earlier, awaited: [], unplayed: [changed] })).toContain("(not run)");
  });
});
