import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS, DEFAULT_SETTINGS } from "../../src/policy/index.js";
import { InForce } from "../../src/state/values/in-force.js";
import { RuleBook } from "../../src/state/values/rule-book.js";
import { encodeOwn } from "../../src/state/values/rule-codec.js";

const general = { ...DEFAULT_SETTINGS, sessionMinutes: 600 };
const rules = [
  { for: { tenant: "acme" }, settings: { sessionMinutes: 300 } },
  { for: { role: "admin" }, settings: { sessionMinutes: 200 } },
];
const inForce = new InForce(general, DEFAULT_LIMITS, new RuleBook("stamp", { rules, ends: [] }, null));
const own = encodeOwn({ revision: 1, settings: { sessionMinutes: 100 } });

const minutesOf = (tenant: string | null, roles: readonly string[], rule = ""): number | undefined =>
  inForce.for({ tenant, roles }, rule)?.sessionMinutes;

describe("the settings in force", () => {
  it("are remembered for the same tenant, roles and own rule only", () => {
    const ask = (): unknown[] => [
      minutesOf(null, []),
      minutesOf("acme", []),
      minutesOf("acme", ["admin"]),
      minutesOf(null, ["acme"]),
      minutesOf("acme", ["reader"]),
      minutesOf("acme", ["admin"], own),
      minutesOf(null, [], own),
    ];
    const expected = [600, 300, 200, 600, 300, 100, 100];
    expect(ask()).toEqual(expected);
    expect(ask()).toEqual(expected);
    expect(inForce.for({ tenant: "acme", roles: [] }, "")).toBe(
      inForce.for({ tenant: "acme", roles: [] }, ""),
    );
  });

  it("are none for a damaged own rule, also if its text looks like other labels", () => {
    expect(minutesOf(null, ["admin"], "")).toBe(200);
    for (const damaged of ["admin", "\u001fadmin", `0\u001f\u001f${own}`, own.slice(0, -1)]) {
      expect(minutesOf(null, [], damaged)).toBeUndefined();
      expect(minutesOf(null, ["admin"], damaged)).toBeUndefined();
    }
  });

  it("stay right when more are asked about than are remembered", () => {
    for (let i = 0; i < 5_000; i++) expect(minutesOf("acme", [`role-${String(i)}`])).toBe(300);
    expect(minutesOf("acme", ["admin"])).toBe(200);
  });
});
