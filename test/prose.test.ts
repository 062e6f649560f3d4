import { describe, expect, it } from "vitest";
import { pages } from "./harness/markdown.js";
import { findingsIn, passagesOf, type Passage } from "./harness/prose.js";
import { filesBelow } from "./harness/source-files.js";

/** This file's neighbours contain the avoided words on purpose. */
const LISTS = ["test/harness/prose-rules.ts", "test/prose.test.ts"];

const sources = ["src", "example-app", "scripts", "bench", "test"]
  .flatMap(filesBelow)
  .filter(
    (file) => /\.(?:ts|lua)$/.test(file) && !/\.generated\.|\/dist\//.test(file) && !LISTS.includes(file),
  );
const files = [...pages(), ...sources];

const findings = files.flatMap((file) =>
  passagesOf(file)
    .flatMap(findingsIn)
    .map(({ line, found, advice }) => `${file}:${line} "${found}": ${advice}`),
);

describe("the prose", () => {
  it("of every file follows CONTRIBUTING.md", () => {
    expect(findings).toEqual([]);
  });
});

describe("the prose rules", () => {
  const adviceFor = (text: string, kind: Passage["kind"]): string[] =>
    findingsIn({ kind, line: 1, text }).map(({ advice }) => advice);

  it.each<[Passage["kind"], string]>([
    ["string", "redis is none of ioredis's; give its URL"],
    ["string", "give it anew"],
    ["comment", "Whoever has an `end` of their own gets it back."],
    ["comment", "It was asked. What has been sent stays."],
    ["page", "Opens a connection for what must not hold up requests."],
    ["doc", "Whether the session has ended."],
    ["doc", "Ends a session. @returns whether it was alive"],
    ["doc", "The same for one that ended."],
    ["page", `${"word ".repeat(40)}.`],
    ["cell", "long ".repeat(40)],
  ])("refuse a %s like '%s'", (kind, text) => {
    expect(adviceFor(text, kind)).not.toEqual([]);
  });

  it.each<[Passage["kind"], string]>([
    ["string", "redis: expected a URL, ioredis options or an ioredis client."],
    ["doc", "True if the session has ended."],
    ["doc", "Returns the session, or `null` if there is no session. @returns the session"],
    ["comment", "A comment in code spans is free: `whoever`."],
    ["page", "What happens when Redis is away? Requests get a 503."],
    ["page", "Errors say what was wrong and what to write."],
  ])("accept a %s like '%s'", (kind, text) => {
    expect(adviceFor(text, kind)).toEqual([]);
  });
});
