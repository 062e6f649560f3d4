import { describe, expect, it } from "vitest";

import { isCrossSite, isNavigation, isPersonsRequest, type RequestFacts } from "../../src/policy/index.js";

type Headers = RequestFacts["headers"];
const request = (method: string, headers: Headers = {}): RequestFacts => ({ method, headers });
const fetched = (mode: string, site: string, more: Headers = {}): Headers => ({
  "sec-fetch-mode": mode,
  "sec-fetch-site": site,
  ...more,
});
const byPerson = { "sec-fetch-user": "?1" };

const ACTIVITY: readonly (readonly [what: string, request: RequestFacts, counts: boolean])[] = [
  ["a link that was clicked", request("GET", fetched("navigate", "same-origin", byPerson)), true],
  ["an address that was typed", request("GET", fetched("navigate", "none", byPerson)), true],
  ["a link from another site", request("GET", fetched("navigate", "cross-site", byPerson)), true],
  ["a form that was posted", request("POST", fetched("navigate", "same-origin")), true],
  [
    "a form that was posted, with the user header",
    request("POST", fetched("navigate", "same-origin", byPerson)),
    true,
  ],
  ["a page that reloads by a timer", request("GET", fetched("navigate", "same-origin")), false],
  [
    "a navigation whose user header says no",
    request("GET", fetched("navigate", "none", { "sec-fetch-user": "?0" })),
    false,
  ],
  ["a fetch of a page", request("GET", fetched("cors", "same-origin")), false],
  ["a fetch that posts", request("POST", fetched("cors", "same-origin")), false],
  ["a fetch that puts", request("PUT", fetched("same-origin", "same-origin")), false],
  ["a fetch that deletes", request("DELETE", fetched("cors", "same-site")), false],
  ["a fetch that claims a person", request("POST", fetched("cors", "same-origin", byPerson)), false],
  ["an image", request("GET", fetched("no-cors", "same-origin")), false],
  ["a WebSocket", request("GET", fetched("websocket", "same-origin")), false],
  ["a browser's request without a mode", request("POST", { "sec-fetch-site": "same-origin" }), false],
  ["curl", request("GET", { "user-agent": "curl/8.5.0" }), true],
  ["curl that posts", request("POST"), true],
  ["Node's own fetch, which sends a mode and no site", request("GET", { "sec-fetch-mode": "cors" }), true],
  [
    "a prefetch",
    request("GET", fetched("navigate", "none", { ...byPerson, "sec-purpose": "prefetch" })),
    false,
  ],
  [
    "a prerender",
    request("GET", fetched("navigate", "none", { ...byPerson, "sec-purpose": "prefetch;prerender" })),
    false,
  ],
  [
    "a prerender of Safari's kind",
    request("GET", fetched("navigate", "none", { ...byPerson, purpose: "prerender" })),
    false,
  ],
  ["an older prefetch", request("GET", { purpose: "prefetch" }), false],
  ["a prefetch by proxy", request("GET", { "sec-purpose": "prefetch;anonymous-client-ip" }), false],
  ["a prefetch whose header came twice", request("GET", { "sec-purpose": ["prefetch", "prefetch"] }), false],
  [
    "some other purpose",
    request("GET", fetched("navigate", "none", { ...byPerson, purpose: "preview" })),
    true,
  ],
];

describe("whether a request shows that a person is there", () => {
  it.each(ACTIVITY)("Q18: %s", (_what, facts, counts) => {
    expect(isPersonsRequest(facts)).toBe(counts);
  });
});

const NAVIGATION: readonly (readonly [what: string, headers: Headers, page: boolean])[] = [
  ["a navigation", { "sec-fetch-mode": "navigate" }, true],
  ["a navigation that accepts anything", { "sec-fetch-mode": "navigate", accept: "*/*" }, true],
  ["a fetch that accepts HTML", { "sec-fetch-mode": "cors", accept: "text/html" }, false],
  ["an older browser's navigation", { accept: "text/html,application/xhtml+xml,*/*;q=0.8" }, true],
  ["an older browser's XHR", { accept: "text/html", "x-requested-with": "XMLHttpRequest" }, false],
  ["a client that accepts anything", { accept: "*/*" }, false],
  ["a client that wants JSON", { accept: "application/json" }, false],
  ["a client that says nothing", {}, false],
];

describe("whether the answer is shown as a page", () => {
  it.each(NAVIGATION)("J7: %s", (_what, headers, page) => {
    expect(isNavigation(request("GET", headers))).toBe(page);
  });
});

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

describe("whether a request comes from another site", () => {
  it.each(CROSS_SITE)("G1: %s", (_what, headers, refused) => {
    expect(UNSAFE.map((method) => isCrossSite(request(method, headers)))).toEqual(UNSAFE.map(() => refused));
  });

  it("G2: methods that change nothing pass from anywhere", () => {
    const headers = { ...HOST, "sec-fetch-site": "cross-site", origin: "https://evil.example" };
    for (const method of ["GET", "HEAD", "OPTIONS", "TRACE"])
      expect(isCrossSite(request(method, headers))).toBe(false);
  });

  it("G1: of a header that came twice the first counts", () => {
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

    it("G1: requests from it pass, with Sec-Fetch-Site and without", () => {
      expect(from("https://console.example", "cross-site")).toBe(false);
      expect(from("https://console.example", "same-site")).toBe(false);
      expect(from("https://tools.example:8443")).toBe(false);
    });

    it("G1: another scheme, port or spelling of it does not", () => {
      for (const origin of [
        "http://console.example",
        "https://tools.example",
        "https://console.example/",
        "console.example",
      ])
        expect(from(origin, "cross-site")).toBe(true);
    });

    it("G1: others are refused as before", () => {
      expect(from("https://evil.example", "cross-site")).toBe(true);
      expect(from("null")).toBe(true);
      expect(isCrossSite(request("POST", { ...HOST, "sec-fetch-site": "cross-site" }), trusted)).toBe(true);
    });
  });
});
