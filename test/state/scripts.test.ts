import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  GENERATED_FILE,
  headerOf,
  LUA_FOLDER,
  missingFromHeader,
  parseLuaSource,
  readLuaSources,
  renderModule,
  withoutComments,
} from "../../scripts/lua-module.js";

const files = readdirSync(LUA_FOLDER).filter((file) => file.endsWith(".lua"));

describe("the Lua scripts", () => {
  it("are what the generated module holds (else: npm run build:lua)", () => {
    expect(readFileSync(GENERATED_FILE, "utf8")).toBe(renderModule(readLuaSources()));
  });

  it.each(files)("%s documents its arguments and its result", (file) => {
    expect(missingFromHeader(readFileSync(join(LUA_FOLDER, file), "utf8"))).toEqual([]);
  });

  it.each(readLuaSources())("$file uses as many keys as its name says", ({ lua, keyCount }) => {
    const numbers = [...lua.matchAll(/KEYS\[(\d+)\]/g)].map((match) => Number(match[1]));
    expect(Math.max(0, ...numbers)).toBe(keyCount);
  });
});

describe("building the module", () => {
  it("takes name and number of keys from the file's name", () => {
    for (const file of ["readFacts-4.lua", "read-facts-4.lua"]) {
      const expected = { name: "readFacts", keyCount: 4, lua: "return 1\n" };
      expect(parseLuaSource(file, "return 1\n")).toMatchObject(expected);
    }
    expect(() => parseLuaSource("read.lua", "")).toThrow(/number of keys/);
  });

  it("puts included files in their place, each once", () => {
    const files: Record<string, string> = {
      "lib/a.lua": "--@include lib/b.lua\nlocal a = 2\n",
      "lib/b.lua": "local b = 1\n",
    };
    const text = "--@include lib/a.lua\n--@include lib/b.lua\nreturn a + b\n";
    const source = parseLuaSource("add-0.lua", text, (path) => files[path] ?? "");
    expect(source.lua).toBe("local b = 1\nlocal a = 2\nreturn a + b\n");
  });

  it("takes the header from a block comment or from lines, and its first sentence as the summary", () => {
    const block =
      "--[[\n  Reads it.\n  And more.\n\n  Input:\n    KEYS[1] it\n  Output:\n    it\n]]\nreturn 1";
    const lines = "-- Reads it.\n--\n-- Input:\n--   KEYS[1] it\n-- Output:\n--   it\nreturn 1";
    for (const text of [block, lines]) {
      expect(missingFromHeader(text)).toEqual([]);
      expect(parseLuaSource("read-1.lua", text).summary).toBe("Reads it.");
    }
    expect(headerOf("return 1 -- Input: Output:")).toBeUndefined();
    expect(missingFromHeader("-- Input:\nreturn 1")).toEqual(["Output:"]);
  });

  it("removes comments and blank lines, and leaves strings alone", () => {
    const text = [
      "--[==[ block ]] still ]==]",
      "local a = '--no' -- gone",
      "",
      '  local b = "it\'s \\"--\\"" --[[ gone ]] .. a',
      "local c = [[",
      "",
      "  -- kept  ",
      "]]",
    ].join("\n");
    expect(withoutComments(text)).toBe(
      'local a = \'--no\'\n  local b = "it\'s \\"--\\""   .. a\nlocal c = [[\n\n  -- kept  \n]]\n',
    );
  });

  it("writes text that is the same string again when loaded", () => {
    const text = "return '\\\\ ` ${x} \\n'\n";
    const literal = /lua: (`[\s\S]*`),\n/.exec(renderModule([parseLuaSource("odd-0.lua", text)]))?.[1];
    expect(literal).toBe("`return '\\\\\\\\ \\` \\${x} \\\\n'\n`");
  });
});
