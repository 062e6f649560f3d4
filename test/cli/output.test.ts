/** The tables of the command line. */
import { describe, expect, it } from "vitest";
import { table } from "../../src/cli/output.js";

describe("a table", () => {
  it("has columns as wide as their widest text, without spaces at the end of a line", () => {
    expect(
      table(
        ["USER", "CLASS"],
        [
          ["ann-with-a-long-name", null],
          ["bob", true],
        ],
      ),
    ).toEqual(["USER                  CLASS", "ann-with-a-long-name  -", "bob                   yes"]);
  });

  it("may have as many rows as --limit allows", () => {
    const rows = Array.from({ length: 500_000 }, () => ["ann"]);
    expect(table(["USER"], rows)).toHaveLength(500_001);
  });
});
