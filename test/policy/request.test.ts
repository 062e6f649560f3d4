import { describe, expect, it } from "vitest";

import { isCrossSite, type RequestFacts } from "../../src/policy/index.js";

type Headers = RequestFacts["headers"];
const request = (method: string, headers: Headers = {}): RequestFacts => ({ method, headers });
const HOST = { host: "app.example" };
const CROSS_SITE: readonly (readonly [what: string, headers: Headers, refused: boolean])[] = [
  ["the same origin", { ...HOST, "sec-fetch-site": "same-origin", origin: "https://app.example" }, false],
  ["a person's own doing", { ...HOST, "sec-fetch-site": "none" }, false],
  ["another site", { ...HOST, "sec-fetch-site": "cross-site", origin: "https://evil.example" }, true],
  ["another site without Origin", { ...HOST, "sec-fetch-site": "cross-site" }, true],
  [
    "another site that forged its Origin",
    { ...HOST, "sec-fetch-site": "cross-site", origin: "https://app.example" },
    true,
  ],
  ["a sister domain", { ...HOST, "sec-fetch-site": "same-site", origin: "https://blog.app.example" }, true],
  ["an unknown site value", { ...HOST, "sec-fetch-site": "anything" }, true],
  ["an empty site value", { ...HOST, "sec-fetch-site": "" }, true],
  ["an opaque origin", { ...HOST, origin: "null" }, true],
  ["an opaque origin on another site", { ...HOST, "sec-fetch-site": "cross-site", origin: "null" }, true],
  ["an older browser, own origin", { ...HOST, origin: "https://app.example" }, false],
  [
    "an older browser, own origin, host in capitals",
    { host: "App.Example", origin: "https://app.example" },
    false,
  ],
  [
    "an older browser, own origin with port",
    { host: "app.example:8443", origin: "https://app.example:8443" },
    false,
  ],
  ["an older browser, another port", { host: "app.example:8443", origin: "https://app.example:9443" }, true],
  [
    "an older browser, no port against a port",
    { host: "app.example:8443", origin: "https://app.example" },
    true,
  ],
  ["an older browser, foreign origin", { ...HOST, origin: "https://evil.example" }, true],
  [
    "an older browser, origin that begins like ours",
    { ...HOST, origin: "https://app.example.evil.example" },
    true,
  ],
  ["an older browser, origin that ends like ours", { ...HOST, origin: "https://evilapp.example" }, true],
  ["an older browser, subdomain", { ...HOST, origin: "https://x.app.example" }, true],
  ["an Origin that is no address", { ...HOST, origin: "app.example" }, true],
  ["an empty Origin", { ...HOST, origin: "" }, true],
  ["a foreign origin without Host", { origin: "https://evil.example" }, true],
  ["an opaque origin without Host", { origin: "null" }, true],
  ["no browser at all", HOST, false],
  ["no headers at all", {}, false],
];
const UNSAFE = ["POST", "PUT", "PATCH", "DELETE"] as const;

describe("the check for requests from another site", () => {
  it.each(CROSS_SITE)("G1: %s", (_what, headers, refused) => {
    expect(UNSAFE.map((method) => isCrossSite(request(method, headers)))).toEqual(UNSAFE.map(() => refused));
  });

  it("G2: methods that change nothing pass from anywhere", () => {
    const headers = { ...HOST, "sec-fetch-site": "cross-site", origin: "https://evil.example" };
    for (const method of ["GET", "HEAD", "OPTIONS", "TRACE"])
      expect(isCrossSite(request(method, headers))).toBe(false);
  });

  it("G1: the first value of a repeated header counts", () => {
    const twice = (...values: string[]): boolean =>
      isCrossSite(request("POST", { "sec-fetch-site": values }));
    expect([twice("cross-site", "same-origin"), twice("same-origin", "cross-site")]).toEqual([true, false]);
  });

  it("G1: an unknown method and one in small letters count as unsafe", () => {
    const headers = { ...HOST, "sec-fetch-site": "cross-site" };
    for (const method of ["BREW", "get", "", "LINK", "PROPFIND"])
      expect(isCrossSite(request(method, headers))).toBe(true);
  });

  describe("with a trusted origin", () => {
    const trusted = ["https://console.example", "https://tools.example:8443"];
    const from = (origin: string, site?: string): boolean =>
      isCrossSite(request("POST", { ...HOST, origin, "sec-fetch-site": site }), trusted);

    it("G1: requests from this origin pass, with Sec-Fetch-Site and without", () => {
      expect(from("https://console.example", "cross-site")).toBe(false);
      expect(from("https://console.example", "same-site")).toBe(false);
      expect(from("https://tools.example:8443")).toBe(false);
    });

    it("G1: another scheme, port or spelling of the origin does not pass", () => {
      for (const origin of [
        "http://console.example",
        "https://tools.example",
        "https://console.example/",
        "console.example",
      ])
        expect(from(origin, "cross-site")).toBe(true);
    });

    it("G1: other origins are still refused", () => {
      expect(from("https://evil.example", "cross-site")).toBe(true);
      expect(from("null")).toBe(true);
      expect(isCrossSite(request("POST", { ...HOST, "sec-fetch-site": "cross-site" }), trusted)).toBe(true);
    });
  });
});
