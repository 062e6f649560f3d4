import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { SessionRecord } from "../../src/policy/index.js";
import { fieldNumber, RECORD_FIELDS, type RecordField } from "../../src/state/sessions/record-fields.js";
import { parseCore, parseRecord, recordText } from "../../src/state/sessions/record-format.js";
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
  reportsInput: false,
  sendsUser: false,
  ceilingAt: null,
  takenOver: false,
  isAuthenticationKnown: true,
  administrator: null,
  browser: "Chrome",
  operatingSystem: "Windows",
  ip: null,
  city: null,
  state: null,
  country: null,
  credentialsType: null,
  tenant: null,
  roles: [],
  tags: [],
  metadata: {},
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
  reportsInput: true,
  sendsUser: true,
  ceilingAt: NUMBER + 6_000_000,
  takenOver: true,
  isAuthenticationKnown: false,
  ip: "203.0.113.5",
  city: "Berlin",
  state: "BE",
  country: "Germany",
  credentialsType: "saml",
  tenant: "acme",
  roles: ["admin", "billing"],
  tags: ["kiosk"],
  metadata: { device: "Ann's \u001f laptop" },
};

const textOf = (record: SessionRecord): string => recordText(record, 3, "secret");

function without(text: string, name: RecordField): string {
  const fields = text.split(SEPARATOR);
  fields[fieldNumber(name) - 1] = "";
  return fields.join(SEPARATOR);
}

describe("the text of a session's record", () => {
  it("has the fields that lib/record.lua numbers", () => {
    const lua = readFileSync(new URL("../../src/state/scripts/lib/record.lua", import.meta.url), "utf8");
    const pairs = [...lua.matchAll(/^local ([A-Z_, ]+) = ([\d, ]+)$/gm)].flatMap(
      ([, names = "", numbers = ""]) => {
        const list = numbers.split(",").map(Number);
        return names.split(",").map((name, index) => [name.trim(), list[index]] as const);
      },
    );
    const numbers = Object.fromEntries(pairs);
    expect(numbers).toEqual({
      NUMBER: fieldNumber("number"),
      BROWSER: fieldNumber("browserKey"),
      USER: fieldNumber("userId"),
      KIND: fieldNumber("kind"),
      EXPIRES: fieldNumber("expiresAt"),
      ACTIVITY: fieldNumber("lastActivityAt"),
      EXTENDED_AT: fieldNumber("extendedAt"),
      EXTENDED_COUNT: fieldNumber("extendedCount"),
      COOKIE: fieldNumber("persistentCookie"),
      END_REASON: fieldNumber("endReason"),
      END_AT: fieldNumber("endAt"),
      BY_DEVICE: fieldNumber("byDevice"),
      BY_REF: fieldNumber("byRef"),
      BY_AT: fieldNumber("byAt"),
      IP: fieldNumber("ip"),
      CITY: fieldNumber("city"),
      STATE: fieldNumber("state"),
      COUNTRY: fieldNumber("country"),
      LEVEL: fieldNumber("level"),
      SIGNED_IN: fieldNumber("signedInAt"),
      PERSISTENT: fieldNumber("persistent"),
      SECRET: fieldNumber("secret"),
      FORMER: fieldNumber("formerSecret"),
      FORMER_UNTIL: fieldNumber("formerUntil"),
      OFFERED: fieldNumber("offeredSecret"),
      OFFERED_AT: fieldNumber("offeredAt"),
      OFFERED_EXPIRES: fieldNumber("offeredExpiresAt"),
      OFFERED_PERSISTENT: fieldNumber("offeredPersistent"),
      TAKEN_OVER: fieldNumber("takenOver"),
      RENEWED_AT: fieldNumber("renewedAt"),
      ADMINISTRATOR_ID: fieldNumber("administratorId"),
      FIELD_COUNT: RECORD_FIELDS.length,
    });
  });

  it.each([
    ["of a plain sign-in", RECORD],
    ["with every field", EVERYTHING],
  ])("%s is read as it was written", (_title, record) => {
    expect(parseRecord(textOf(record))).toEqual(record);
  });

  it("is read without the empty fields at its end", () => {
    expect(parseCore(textOf(RECORD).split(SEPARATOR).slice(0, 7))).toMatchObject({
      userId: "ann",
      end: null,
    });
  });

  it.each(["number", "browserKey", "userId", "expiresAt", "lastActivityAt"] as const)(
    "is invalid without %s",
    (name) => {
      expect(parseRecord(without(textOf(RECORD), name))).toBeNull();
    },
  );

  it("is invalid with an extension that is not counted", () => {
    expect(parseRecord(without(textOf(EVERYTHING), "extendedCount"))).toBeNull();
  });
});
