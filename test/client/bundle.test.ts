/** The bundled files: as committed, within their budgets, and with no name shortened that others use. */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { BUDGETS, bundleClient, INTERNAL_NAMES } from "../../scripts/client-bundle.js";
import { CLIENT_FILES, CLIENT_WORDS } from "../../src/http/routes/client.generated.js";
import { ARABIC } from "../../src/client/words/arabic.js";
import { ENGLISH as OF_SCRIPT } from "../../src/client/words/english.js";
import { ENGLISH_DRAFTS } from "../../src/client/words/english-drafts.js";
import { GERMAN } from "../../src/client/words/german.js";

const bundle = await bundleClient();

const NAMES = ["client", "dialog", "drafts", "offer"] as const;

describe.each(NAMES)("the browser's file %s", (name) => {
  const served = CLIENT_FILES[name];

  it("is the committed one (else: npm run build)", () => {
    const { file, code, map } = bundle[name];
    expect([served.file, served.code]).toEqual([file, code]);
    expect(brotliDecompressSync(Buffer.from(served.map, "base64")).toString()).toBe(map);
  });

  it(`has at most ${String(BUDGETS[name])} bytes gzipped`, () => {
    expect(bundle[name].gzippedBytes).toBeLessThanOrEqual(BUDGETS[name]);
  });

  it("needs no eval, inline code or blob", () => {
    expect(served.code).not.toMatch(/\beval\(|new Function|blob:|innerHTML|createObjectURL|<style|<script/);
  });
});

describe("the browser's script", () => {
  it("loads the other files from beside it, by names that change with them", () => {
    const { client, dialog, drafts, offer } = CLIENT_FILES;
    for (const { file } of [dialog, drafts]) expect(client.code).toContain(`"./${file}"`);
    expect(drafts.code).toContain(`import("./${offer.file}")`);
  });

  it("shortens no name of the language, the DOM, an answer or the public API", () => {
    const lib = dirname(createRequire(import.meta.url).resolve("typescript"));
    const files = readdirSync(lib).filter((file) => /^lib\.(?:dom|es5|es20\d\d.*)\.d\.ts$/.test(file));
    const declarations = [...files.map((file) => join(lib, file)), "src/wire.ts"].map((file) =>
      readFileSync(file, "utf8"),
    );
    const [, client = ""] = readFileSync("src/client/start.ts", "utf8").split(
      "export interface CurfewClient {",
    );
    declarations.push(client.split("\n}")[0] ?? "");
    const shared = INTERNAL_NAMES.filter((name) => {
      const member = new RegExp(`^\\s*(?:readonly )?${name}\\??(?:\\(|:|<)`, "m");
      return declarations.some((text) => member.test(text));
    });
    expect(shared).toEqual([]);
  });
});

describe("the words", () => {
  const ENGLISH = { ...OF_SCRIPT, ...ENGLISH_DRAFTS };
  const placeholders = (text: string): string[] =>
    [...text.matchAll(/\{\w+\}/g)].map(([found]) => found).sort();

  it.each([
    ["German", GERMAN],
    ["Arabic", ARABIC],
  ] as const)("in %s have every text, with its placeholders", (_language, words) => {
    expect(Object.keys(words).sort()).toEqual(Object.keys(ENGLISH).sort());
    for (const [key, text] of Object.entries(ENGLISH))
      expect(placeholders(words[key as keyof typeof ENGLISH]), key).toEqual(placeholders(text));
  });

  it("are served as JSON", () => {
    expect(JSON.parse(CLIENT_WORDS["de"] ?? "")).toEqual(GERMAN);
    expect(JSON.parse(CLIENT_WORDS["ar"] ?? "")).toEqual(ARABIC);
  });
});
