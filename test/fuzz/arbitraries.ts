/** Parts of hostile input: pieces with a meaning for some parser, in any order. */
import fc, { type Arbitrary } from "fast-check";

/** Text that some parser reads as more than text. */
const TRICKY = [
  ...[
    "",
    " ",
    "\t",
    "\u0000",
    "\u001f",
    "\u007f",
    "\u0085",
    "\u00a0",
    "\u2028",
    "\ufeff",
    "\u202e",
    "\ud800",
  ],
  ...["null", "undefined", "NaN", "Infinity", "true", "[object Object]", "__proto__", "constructor"],
  ...["'", '"', "`", "<", ">", "&", "%00", "%0d%0a", "%", "%zz", "\\", "${7*7}", "{{7*7}}", "../", ";", ","],
];

/** Any text, with tricky pieces more often than by chance. */
export const anyText: Arbitrary<string> = fc.oneof(
  fc.constantFrom(...TRICKY),
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc
    .array(fc.oneof(fc.constantFrom(...TRICKY), fc.string({ maxLength: 6 })), { maxLength: 6 })
    .map((parts) => parts.join("")),
  fc.integer({ min: 200, max: 9_000 }).map((length) => "x".repeat(length)),
);

/** Numbers at the limits of a rule, as text. */
export const anyNumberText: Arbitrary<string> = fc.oneof(
  fc.constantFrom("0", "-0", "-1", "1", "1e3", "1e309", "-1e309", "0x10", " 5", "5 ", "5.5", "٣", "+5"),
  fc.constantFrom(String(2 ** 53), String(2 ** 63), "9".repeat(16), "9".repeat(17), "9".repeat(400)),
  fc.integer().map(String),
  fc.double().map(String),
  fc.integer({ min: -400, max: 400 }).map((days) => String(Date.now() + days * 86_400_000)),
);

/** A JSON value of the kinds that handlers forget. */
export const anyJson: Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(null, true, false, 0, -0, -1, 1.5, 1e308, "", "15", [], [15], {}, { a: { b: 1 } }),
  fc.constantFrom<unknown>(4, 5, 14, 15, 16, 30, 1_440, 1_441, 43_200, 43_201),
  anyText,
);

/** Returns JSON text of an object with some of these names, also twice, and names that reach prototypes. */
function anyObjectText(names: readonly string[]): Arbitrary<string> {
  const name = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...names) },
    fc.constantFrom("__proto__", "constructor", "prototype", "toString", "length", ""),
    anyText,
  );
  const value = fc.oneof(
    { weight: 5, arbitrary: anyJson.map((json) => JSON.stringify(json)) },
    fc.constantFrom(
      "1e309",
      "-1e309",
      "1E-400",
      "3.0000000000000001e1",
      "9007199254740993",
      "NaN",
      "01",
      "'x'",
    ),
  );
  return fc
    .array(fc.tuple(name, value), { maxLength: 5 })
    .map((pairs) => `{${pairs.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(",")}}`);
}

/** Returns a body: an object, another value, or text that is not JSON. */
export const anyBody = (names: readonly string[]): Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: anyObjectText(names) },
    anyJson.map((json) => JSON.stringify(json)),
    anyText,
    fc.integer({ min: 1, max: 3_000 }).map((depth) => "[".repeat(depth) + "]".repeat(depth)),
  );

/** Returns text that a header can contain. */
export const headerText = (text: Arbitrary<string>): Arbitrary<string> =>
  text.map((value) =>
    Buffer.from(value, "utf8")
      .toString("latin1")
      .replace(/[\r\n]/g, " "),
  );

/** Pieces of other sites' addresses, and of addresses as browsers and proxies rewrite them. */
const ADDRESS_PIECES = [
  ...["/", "//", "///", "\\", "/\\", "\\/", "\t", "\n", "\r", " ", "\u00a0", "\u2028", "／", "＼", "。"],
  ...["%2f", "%2F", "%5c", "%09", "%0a", "%0d%0a", "%00", "%25", "%252f", "%2e%2e", ".", "..", "/..", "/./"],
  ...["evil.example", "app.example", "@", ":", ":80", "user:pass@", "http:", "https:", "https://", "//evil"],
  ...["javascript:", "data:text/html,", "vbscript:", "blob:", "file:///", "?", "#", "&", "=", ";", "[::1]"],
  ...["account", "%E2%80%A8", "%c0%af", "%u2215", "\u0000", "\ufeff", "\ud800", "..;/", "%ff"],
];

/** A hostile address to return to. */
export const anyReturnTo: Arbitrary<string> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(fc.constantFrom(...ADDRESS_PIECES), { maxLength: 8 }).map((all) => all.join("")),
  },
  {
    weight: 5,
    arbitrary: fc
      .array(fc.constantFrom(...ADDRESS_PIECES), { maxLength: 8 })
      .map((all) => `/${all.join("")}`),
  },
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  anyText,
);

const SITES = [
  "http://127.0.0.1",
  "https://evil.example",
  "null",
  "http://127.0.0.1:1",
  "app.example",
  "//",
  "",
];

/** Headers that have a meaning for this package, Express or a proxy, with good and other values. */
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  "sec-fetch-site": ["same-origin", "same-site", "cross-site", "none", "SAME-ORIGIN", "same-origin, none"],
  "sec-fetch-mode": ["navigate", "cors", "no-cors", "websocket", "Navigate"],
  "sec-fetch-user": ["?1", "?0", "1"],
  "sec-fetch-dest": ["document", "empty", "iframe"],
  "sec-purpose": ["prefetch", "prefetch;prerender"],
  origin: SITES,
  referer: SITES,
  accept: ["text/html", "*/*", "application/json", "text/html;q=0", ",,,", "*/*;q=9"],
  host: ["127.0.0.1", "evil.example", "127.0.0.1:1", "[::1", "a b", "a,b", "", "user@evil.example"],
  "x-forwarded-for": ["1.2.3.4", "6.6.6.6, 7.7.7.7", "::1", "unknown", "a b", ",,,"],
  "x-forwarded-proto": ["https", "http", "https,http", "HTTPS", "javascript"],
  "x-forwarded-host": ["evil.example", "evil.example, 127.0.0.1", "127.0.0.1:1"],
  "x-forwarded-port": ["443", "0", "x"],
  "user-agent": ["Mozilla/5.0", "curl/8", "<script>"],
  "if-match": ["*", '"0"', '"1"', 'W/"1"', '"999999999999999"', '"-1"', '"1", "2"', "1"],
  "if-none-match": ["*", '"0"', 'W/"x"'],
  "if-modified-since": ["Thu, 01 Jan 2099 00:00:00 GMT", "x"],
  "x-http-method-override": ["POST", "PATCH", "DELETE", "GET"],
  "x-method-override": ["PATCH"],
  "x-requested-with": ["XMLHttpRequest"],
  "content-type": [
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/json;x",
    ";",
  ],
  "content-encoding": ["gzip", "br", "identity", "zstd", "x"],
  authorization: ["Bearer x", "Basic Og==", "bearer battery-administrator"],
  expect: ["100-continue"],
  range: ["bytes=0-0"],
  upgrade: ["h2c"],
  forwarded: ["for=1.2.3.4;proto=https;host=evil.example"],
};

/** Some of those headers, also the same header twice. */
export const anyHeaders: Arbitrary<[string, string][]> = fc.array(
  fc
    .constantFrom(...Object.entries(HEADERS))
    .chain(([name, values]) =>
      fc.tuple(
        fc.constant(name),
        fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...values) }, headerText(anyText)),
      ),
    ),
  { maxLength: 7 },
);

/** A query string, with names that parsers nest. */
export const anyQuery: Arbitrary<string> = fc
  .array(
    fc.tuple(
      fc.constantFrom("return_to", "reason", "user", "__proto__[x]", "a[b][c]", "a[]", "%", "_method", "x"),
      fc.oneof(anyReturnTo, anyText),
    ),
    { maxLength: 4 },
  )
  .map((pairs) => pairs.map(([name, value]) => `${name}=${encode(value)}`).join("&"));

/** Returns the text as a request's target can carry it: everything but visible ASCII is escaped. */
export const encode = (text: string): string =>
  Buffer.from(text, "utf8")
    .toString("latin1")
    .replace(/[^!-~]|[#?&=]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
