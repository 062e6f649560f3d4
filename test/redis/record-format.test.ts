import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FACTS } from "../../src/redis/record-format.js";

describe("the fields of a session's record", () => {
  it("are joined by lib/facts.lua in the order in which they are read", () => {
    const lua = readFileSync(new URL("../../src/redis/scripts/lib/facts.lua", import.meta.url), "utf8");
    const [, names = ""] = /'HMGET', key, ([^)]+)\)/.exec(lua) ?? [];
    expect([...names.matchAll(/'(\w+)'/g)].map(([, name]) => name)).toEqual(FACTS.split(" "));
  });
});
