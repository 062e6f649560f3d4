import { expect, it } from "vitest";
import { parseArguments } from "../../src/cli/arguments.js";
import { newRef } from "../../src/state/session-id.js";

const parsed = (argv: readonly string[]) => {
  const found = parseArguments(argv);
  if (typeof found === "string") throw new Error(found);
  return found;
};

const REST = newRef().slice(1);

it.each([`-${REST}`, `--${REST.slice(1)}`])("takes the ref %s, which begins like an option", (ref) => {
  const user = ["--user", "ann"];
  expect(parsed(["sessions", "end", ref, ...user]).words).toEqual([ref]);
  expect(parsed(["sessions", "end", ...user, "--", ref]).words).toEqual([ref]);
  expect(parsed(["sessions", "end", ...user, "--except", ref]).text("except")).toBe(ref);
  expect(parsed(["sessions", "end", ...user, `--except=${ref}`]).text("except")).toBe(ref);
});

it.each([["-j"], ["--jsn"]])("refuses the unknown option %s", (option) => {
  expect(() => parseArguments(["sessions", "list", option])).toThrow(/unknown option/);
});
