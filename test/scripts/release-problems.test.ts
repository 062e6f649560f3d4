import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PLACEHOLDER, placeholderProblems, releaseProblems } from "../../scripts/release-problems.js";
import { ROOT, textOf } from "../harness/source-files.js";

const READY = {
  repository: { type: "git", url: "git+https://example.org/owner/express-curfew.git" },
  bugs: { url: "https://example.org/owner/express-curfew/issues" },
  homepage: "https://example.org/owner/express-curfew#readme",
};

describe("the release check", () => {
  it("accepts a manifest with its own addresses", () => {
    expect(releaseProblems(READY)).toEqual([]);
  });

  it.each(Object.keys(READY))("refuses a placeholder in %s", (field) => {
    const manifest = { ...READY, [field]: { url: `https://example.org/${PLACEHOLDER}` } };
    expect(releaseProblems(manifest)).toEqual([expect.stringContaining(`"${field}" has ${PLACEHOLDER}`)]);
  });

  it.each(Object.keys(READY))("refuses a manifest without %s", (field) => {
    expect(releaseProblems({ ...READY, [field]: undefined })).toEqual([
      expect.stringContaining(`"${field}" is missing`),
    ]);
  });

  it("refuses a placeholder in a published file", () => {
    const texts = new Map([
      ["README.md", "https://example.org/owner"],
      ["src/errors.ts", `https://example.org/${PLACEHOLDER}`],
    ]);
    expect(placeholderProblems(texts)).toEqual([expect.stringContaining(`src/errors.ts has ${PLACEHOLDER}`)]);
  });

  it("runs before npm publishes, and names each problem of package.json and of the sources", () => {
    const manifest = JSON.parse(textOf("package.json")) as Record<string, unknown>;
    expect(manifest["scripts"]).toMatchObject({
      "check:release": "tsx scripts/check-release.ts",
      prepublishOnly: "npm run check:release",
    });
    const args = [join(ROOT, "node_modules/tsx/dist/cli.mjs"), join(ROOT, "scripts/check-release.ts")];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    const errorsFile = placeholderProblems(new Map([["src/errors.ts", textOf("src/errors.ts")]]));
    const expected = [...releaseProblems(manifest), ...errorsFile];
    expect(stderr.split("\n")).toEqual(expect.arrayContaining(expected));
    expect(status).toBe(expected.length > 0 ? 1 : 0);
  });
});
