import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PLACEHOLDER, releaseProblems } from "../../scripts/release-problems.js";
import { ROOT } from "../harness/source-files.js";

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

  it("runs before npm publishes, and exits with an error while package.json has problems", () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Record<string, unknown>;
    expect(manifest["scripts"]).toMatchObject({
      "check:release": "tsx scripts/check-release.ts",
      prepublishOnly: "npm run check:release",
    });
    const args = [join(ROOT, "node_modules/tsx/dist/cli.mjs"), join(ROOT, "scripts/check-release.ts")];
    const { status } = spawnSync(process.execPath, args);
    expect(status).toBe(releaseProblems(manifest).length > 0 ? 1 : 0);
  });
});
