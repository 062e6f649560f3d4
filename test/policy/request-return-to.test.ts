import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { safeReturnTo } from "../../src/policy/index.js";

const APP = "https://app.example";

/** Returns the address at which a browser on the app lands when it is sent to `path`. */
const landing = (path: string): URL => new URL(path, APP);
const leaves = (value: string): boolean => {
  const path = safeReturnTo(value);
  return landing(path).origin !== APP || !path.startsWith("/") || path.startsWith("//");
};

const TARGETS = [
  "evil.example",
  "e",
  "evil.example:8443/x?y#z",
  "user@evil.example",
  "app.example@evil.example",
  "app.example.evil.example",
  "%65vil.example",
  "[::1]",
  "[",
  "evil\u3002example",
  "\u2460\u2461\u2466.0.0.1",
] as const;

/** Prefixes that are refused: with a target after them, at least one reading names another host. */
const TRICKS = [
  ...["//", "///", "////", "/\\", "\\/", "\\\\", "\\", "/\\/", "\\//", "//\\"],
  ...[
    "/\t/",
    "/\n/",
    "/\r/",
    "/\r\n/",
    "\t//",
    "\n//",
    "\r\n//",
    " //",
    "/ /",
    "\u00a0//",
    "\v//",
    "\f//",
    "/\t\\",
    "/\n\\",
  ],
  ...["/\u0000/", "\u0000//", "/\u0001/", "/\u007f/", "/\u0085/", "/\u2028/", "\u2029//", "\ufeff//"],
  ...["/%2f", "/%2F", "/%2f%2f", "/%5c", "/%5C", "%2f%2f", "%2f/", "/%2f/", "/%5c/", "//%2f", "//%5c"],
  ...["/%252f", "/%252F", "/%255c", "/%255C", "%252f%252f", "/%252f%252f", "/%25%32%66", "/%%32%66"],
  ...["/%09/", "/%0a/", "/%0d%0a/", "/%0D%0A%2f", "/%09%5c", "/%2509/", "/%250a%252f"],
  ...[
    "http://",
    "https://",
    "HTTPS://",
    "https:",
    "https:/",
    "https:///",
    "http:\\\\",
    "ht\ntps://",
    " https://",
    "ftp://",
  ],
  ...[
    "javascript:alert(1)//",
    "JaVaScRiPt:alert(1)//",
    "java\tscript:alert(1)//",
    "\u0001javascript:alert(1)//",
  ],
  ...[
    "javascript://app.example/%0aalert(1)//",
    "javascript%3aalert(1)//",
    "data:text/html,<script>alert(1)</script>//",
  ],
  ...["vbscript:", "file:///", "blob:https://", "view-source:https://", "ws://", "about:blank#", "mailto:x@"],
  ...[
    "https://app.example@",
    "https://app.example.",
    "https://app.example:x@",
    "//app.example@",
    "//user:pass@",
    "@",
    "x@",
  ],
  ...[
    "/\r\nLocation: https://",
    "/\r\nSet-Cookie: a=b; Domain=",
    "/a\r\n\r\n<script>//",
    "/a\nb//",
    "/a\\b//",
  ],
  ...[
    "?//",
    "#//",
    "?next=//",
    ".//",
    "..//",
    "./",
    "a//",
    "",
    "\uff0f\uff0f",
    "\u2215\u2215",
    "\u2044\u2044",
    "&sol;&sol;",
  ],
] as const;

/** Prefixes that are harmless on the own site and must never lead away from it. */
const ODDITIES = [
  ...[
    "/\uff0f",
    "/\u2215",
    "/\u2044",
    "/\u29f8",
    "/\u3002",
    "/\u200b/",
    "/&#47;",
    "/&sol;",
    "/@",
    "/:@",
    "/;/",
    "/?//",
    "/#//",
  ],
  ...[
    "/a?u=https://",
    "/a#//",
    "/?\\",
    "/%c0%af",
    "/%e0%80%af",
    "/%ef%bc%8f",
    "/%u002f",
    "/%00/",
    "/%ff/",
    "/%25252f",
  ],
  ...["/.%2f", "/;@", "/~", "/*", "/$", "/`", "/'", '/"', "/<", "/[", "/{", "/|", "/^", "/,"],
] as const;

const combine = (starts: readonly string[]): string[] =>
  starts.flatMap((start) => TARGETS.map((target) => start + target));

describe("the path to return to", () => {
  it("G4: the table holds far more than 300 different payloads", () => {
    expect(new Set([...combine(TRICKS), ...combine(ODDITIES)]).size).toBeGreaterThanOrEqual(1_000);
  });

  it.each(TRICKS)("G4: %j before any target is refused", (trick) => {
    const results = TARGETS.map((target) => safeReturnTo(trick + target));
    expect(results).toEqual(TARGETS.map(() => "/"));
    expect(TARGETS.filter((target) => leaves(trick + target))).toEqual([]);
  });

  it.each(ODDITIES)("G4: %j before any target stays on the site", (start) => {
    expect(TARGETS.filter((target) => leaves(start + target))).toEqual([]);
  });

  it("G4: stays on the site when it is stored resolved and used again", () => {
    const starts = [
      ...ODDITIES,
      "/.//",
      "/./\\",
      "/..//",
      "/a/..//",
      "/%2e//",
      "/x/%2e%2e//",
      "/%252e//",
      "/a/..%2f/",
    ];
    const leavesLater = combine(starts).filter((value) => {
      const { pathname, search, hash } = landing(safeReturnTo(value));
      return landing(pathname + search + hash).origin !== APP;
    });
    expect(leavesLater).toEqual([]);
  });

  it("G4: of any string of suspicious characters stays on the site", () => {
    const pieces = [
      "/",
      "\\",
      "\t",
      "\n",
      "\r",
      " ",
      "%",
      "2f",
      "%2f",
      "%5c",
      "%25",
      ".",
      ":",
      "@",
      "?",
      "#",
      "e",
      "\u0000",
    ];
    const suspicious = fc.array(fc.constantFrom(...pieces, "\uff0f", "https:", "javascript:"), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(suspicious, (characters) => {
        expect(leaves(characters.join(""))).toBe(false);
        expect(leaves(`/${characters.join("")}`)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it("G4: control characters and back-slashes are refused at every position", () => {
    const controls = Array.from({ length: 0x21 }, (_, code) => String.fromCharCode(code));
    for (const character of [
      ...controls,
      "\u007f",
      "\u0080",
      "\u009f",
      "\u00a0",
      "\\",
      "\u2028",
      "\u2029",
      "\ufeff",
    ]) {
      expect(safeReturnTo(`/a${character}b`)).toBe("/");
      expect(safeReturnTo(`/a?b=${character}`)).toBe("/");
    }
  });

  it("G4: a path of more than 2,048 characters is refused, a path of 2,048 is kept", () => {
    expect(safeReturnTo(`/${"a".repeat(2_047)}`)).toHaveLength(2_048);
    expect(safeReturnTo(`/${"a".repeat(2_048)}`)).toBe("/");
    expect(safeReturnTo(`/${"%2f".repeat(100_000)}`)).toBe("/");
  });

  it.each([undefined, null, 1, true, {}, [], ["/a"], { toString: () => "/a" }, new URL(APP)])(
    "G4: %j, which is not text, is refused",
    (value) => {
      expect(safeReturnTo(value)).toBe("/");
    },
  );

  it("G4: a refused path gives the caller's fallback", () => {
    expect(safeReturnTo("//evil.example", "/home")).toBe("/home");
    expect(safeReturnTo(undefined, "/home")).toBe("/home");
    expect(safeReturnTo("/account", "/home")).toBe("/account");
  });

  it.each([
    "/",
    "/account",
    "/a/b/c.html",
    "/a//b",
    "/a/?b=c&d=e#f",
    "/?q=1",
    "/#top",
    "/search?q=https://other.example/x",
    "/search?q=//other.example",
    "/search?q=%2f%2f&r=100%",
    "/search?q=50%+off",
    "/docs#//section",
    "/@someone",
    "/user@host",
    "/time/12:30",
    "/javascript:alert(1)",
    "/caf%C3%A9",
    "/caf\u00e9/\u65e5\u672c",
    "/a%20b",
    "/a%2fb",
    "/a%5cb",
    "/~home/-_.!*'()",
    "/.well-known/change-password",
    "/files/100%25",
    "/files/50%25%20off",
  ])("G4: %s is kept as it is", (path) => {
    expect(safeReturnTo(path)).toBe(path);
  });
});
