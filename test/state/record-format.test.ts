import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { SessionRecord } from "../../src/policy/index.js";
import { ALL_FIELDS, FACTS, parseRecord, recordFields } from "../../src/state/sessions/record-format.js";
import { SEPARATOR } from "../../src/redis/reply.js";

const NUMBER = 1_735_689_600_000;

const RECORD: SessionRecord = {
  number: NUMBER,
  browserKey: "browser1",
  userId: "ann",
  kind: "browser",
  signedInAt: NUMBER,
  expiresAt: NUMBER + 1_800_000,
  lastActivityAt: NUMBER,
  extendedAt: null,
  extendedCount: 0,
  persistent: false,
  persistentCookie: false,
  browser: "Chrome",
  operatingSystem: "Windows",
  ip: null,
  city: null,
  state: null,
  country: null,
  credentialsType: null,
  end: null,
};

const EVERYTHING: SessionRecord = {
  ...RECORD,
  kind: "api",
  signedInAt: NUMBER + 5_000,
  expiresAt: NUMBER + 5_000_000,
  lastActivityAt: NUMBER + 9_000,
  extendedAt: NUMBER + 7_000,
  extendedCount: 2,
  persistent: true,
  persistentCookie: true,
  ip: "203.0.113.5",
  city: "Berlin",
  state: "BE",
  country: "Germany",
  credentialsType: "saml",
};

const fieldsOf = (record: SessionRecord): Map<string, string> => {
  const flat = recordFields(record, 3);
  return new Map(flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ""]] : [])));
};
/** What the scripts read of a record. */
const joined = (fields: ReadonlyMap<string, string>): string =>
  ALL_FIELDS.split(" ")
    .map((name) => fields.get(name) ?? "")
    .join(SEPARATOR);

describe("the fields of a session's record", () => {
  it("are joined by lib/facts.lua in the order in which they are read", () => {
    const lua = readFileSync(new URL("../../src/state/scripts/lib/facts.lua", import.meta.url), "utf8");
    const [, names = ""] = /'HMGET', key, ([^)]+)\)/.exec(lua) ?? [];
    expect([...names.matchAll(/'(\w+)'/g)].map(([, name]) => name)).toEqual(FACTS.split(" "));
  });

  it("have a name of one letter each, and none twice", () => {
    const names = ALL_FIELDS.split(" ");
    expect(names.filter((name) => name.length !== 1)).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each([
    ["of a plain sign-in", RECORD],
    ["that say everything", EVERYTHING],
  ])("%s are read as they were written", (_what, record) => {
    expect(parseRecord(joined(fieldsOf(record)))).toEqual(record);
  });

  it("that say the default are left out", () => {
    expect([...fieldsOf(RECORD).keys()].toSorted()).toEqual(["a", "b", "e", "g", "l", "n", "o", "u"]);
  });

  it.each(["n", "b", "u", "e", "a"])("make no sense without %s", (name) => {
    const fields = fieldsOf(RECORD);
    fields.delete(name);
    expect(parseRecord(joined(fields))).toBeNull();
  });

  it("make no sense with an extension that is not counted", () => {
    const fields = fieldsOf(EVERYTHING);
    fields.delete("c");
    expect(parseRecord(joined(fields))).toBeNull();
  });
});
