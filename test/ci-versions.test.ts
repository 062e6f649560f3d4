/** Compares the versions in the CI workflow with those that the README promises. */
import { describe, expect, it } from "vitest";
import { textOf } from "./harness/source-files.js";

const workflow = textOf(".github/workflows/ci.yml");
const [, promised = ""] = /^- One server: (.*)$/m.exec(textOf("README.md")) ?? [];

/** Returns the major versions of a server before the first full stop of the promise: "Redis 7.0 and 8.0". */
const majorsOf = (server: string): string[] => {
  const [, versions = ""] = new RegExp(`${server} ([\\d. and]+)`).exec(promised) ?? [];
  return [...versions.matchAll(/(\d+)\.\d+/g)].map(([, major = ""]) => major);
};

describe("the CI workflow", () => {
  it.each([
    ["Redis", "redis"],
    ["Valkey", "valkey/valkey"],
  ])("runs the tests on each major version of %s that the README names", (server, image) => {
    const majors = majorsOf(server);
    expect(majors.length).toBeGreaterThan(1);
    for (const major of majors) expect(workflow).toContain(`"${image}:${major}"`);
  });
});
