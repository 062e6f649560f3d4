import { describe, expect, it } from "vitest";
import { checkArguments, checkOptions, isText, unknownName, type OptionsSpec } from "../src/check-options.js";

describe("unknownName", () => {
  const KNOWN = ["host", "port", "userId", "timeoutMs", "verifyPassword", "sameSite"];

  it.each([
    ["HOST", "host"],
    ["samesite", "sameSite"],
  ])("suggests for %s the name %s", (name, meant) => {
    expect(unknownName(name, KNOWN)).toBe(`is not an option; write ${meant}`);
  });

  it.each(["foo", "p", "hots", "failOpen", "__proto__", "constructor", ""])(
    "lists the known names for %j",
    (name) => {
      expect(unknownName(name, KNOWN)).toBe(
        "is not an option; the options are host, port, userId, timeoutMs, verifyPassword and sameSite",
      );
    },
  );

  it("lists no names if there are many", () => {
    const many = Array.from({ length: 30 }, (_, index) => `option${index}`);
    expect(unknownName("x", many)).toBe("is not an option");
    expect(unknownName("x", [])).toBe("is not an option; there is no option here");
    expect(unknownName("x", ["y"], "limit")).toBe("is not a limit; the only limit is y");
  });
});

describe("checkOptions", () => {
  const TAKEN: OptionsSpec<{ name: string; other?: string }> = {
    by: "thing",
    usage: "thing({ name })",
    checks: { name: isText, other: isText },
    required: ["name"],
    refused: { old: "was removed; delete it" },
  };

  it.each<[unknown, string]>([
    [{ name: "x", other: "" }, "thing.other: must be a string that is not empty"],
    [{ other: "x" }, "thing.name: must be a string that is not empty"],
    [{ name: undefined }, "thing.name: must be a string that is not empty"],
    [{ name: "x", old: 1 }, "thing.old: was removed; delete it"],
    [{ name: "x", toString: 1 }, "thing.toString: is not an option; the options are name and other"],
    [
      JSON.parse('{"name":"x","__proto__":1}'),
      "thing.__proto__: is not an option; the options are name and other",
    ],
    ["x", "thing: must be an object: thing({ name })"],
    [null, "thing: must be an object: thing({ name })"],
    [["x"], "thing: must be an object: thing({ name })"],
  ])("refuses %j", (given, message) => {
    expect(() => {
      checkOptions(TAKEN, given);
    }).toThrow(expect.objectContaining({ code: "invalid_option", shortMessage: message }));
  });

  it("accepts an option with the value undefined", () => {
    expect(() => {
      checkOptions(TAKEN, { name: "x", other: undefined });
    }).not.toThrow();
  });

  it("names the method for checkArguments", () => {
    expect(() => {
      checkArguments(TAKEN, { nam: "x" });
    }).toThrow(
      expect.objectContaining({
        code: "invalid_argument",
        shortMessage: "thing: nam is not an option; the options are name and other.",
      }),
    );
  });
});
