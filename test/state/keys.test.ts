/** Prefixes of keys. */
import { describe, expect, it } from "vitest";
import { parseOptions } from "../../src/options.js";

describe("M23: prefix and sessionPrefix", () => {
  it.each([
    ["shop:", "shop:s:"],
    ["shop:", "shop:u:"],
    ["shop:", "shop:a:"],
    ["shop:", "shop:m:"],
    [undefined, "curfew:s:"],
  ])("are refused together if their keys collide: %j, %j", (prefix, sessionPrefix) => {
    const options = { redis: undefined, sessionPrefix, ...(prefix === undefined ? {} : { prefix }) };
    expect(() => parseOptions(options)).toThrow(expect.objectContaining({ code: "invalid_option" }));
  });

  it.each([
    ["shop:", "shop:sess:"],
    ["shop:", "shop:"],
    ["s:", "sess:"],
  ])("are accepted otherwise: %j, %j", (prefix, sessionPrefix) => {
    expect(parseOptions({ redis: undefined, prefix, sessionPrefix })).toMatchObject({
      prefix,
      sessionPrefix,
    });
  });
});
