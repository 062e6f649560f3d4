/** Hosts of addresses that lead to another site. Some of them do not look like it. */

const HOSTS = [
  "evil.example",
  "evil.example/",
  "evil.example:80/x",
  "user@evil.example",
  "evil.example%2f..",
  "[::1]",
];
const STARTS = [
  ...[
    "//",
    "///",
    "////",
    "/\\",
    "\\/",
    "\\\\",
    "/\\/",
    "//\\",
    "\\",
    "/\t/",
    "\t//",
    "/\n/",
    "\r\n//",
    " //",
    "/ /",
  ],
  ...[
    "/%2f",
    "/%2F%2F",
    "/%5c",
    "/%5C%5C",
    "/%09/",
    "%2f%2f",
    "%5c%5c",
    "/%252f",
    "/%252F%252F",
    "/%255c",
    "/%25252f",
  ],
  ...["/.//", "/..//", "/./\\", "/x/..//", "/;//", "/?//../", "/%2e//", "/%2e%2e//", "/..%2f/", "/.%09./"],
  ...[
    "https:",
    "https:/",
    "https://",
    "http:",
    "HTTPS://",
    "hTTps:\\\\",
    "ftp://",
    "ws://",
    "//http:",
    "/http://",
  ],
];
const WHOLE = [
  ...[
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "\u0001javascript:alert(1)",
    "vbscript:x",
  ],
  ...[
    "data:text/html,<script>1</script>",
    "blob:https://evil.example/x",
    "about:blank",
    "file:///etc/passwd",
    "mailto:a@b",
  ],
  ...[
    "/\r\nLocation: https://evil.example",
    "/%0d%0aLocation:%20https://evil.example",
    "/\nSet-Cookie: a=b",
    "/x\u0000//evil.example",
  ],
  ...[
    "/\u2028//evil.example",
    "\u00a0//evil.example",
    "\ufeff//evil.example",
    "\u3000//evil.example",
    "/\u2215/evil.example",
  ],
  ...[
    "",
    " ",
    ".",
    "..",
    "?",
    "#",
    "@evil.example",
    ":80",
    "evil.example",
    "/".repeat(3_000),
    `/${"a".repeat(4_000)}`,
  ],
  ...["/%", "/%zz", "/%e0%a4%a", "/\ud800", "\\", "/\\", "//", "///"],
];

/** Returns at least 300 payloads. */
export function returnToPayloads(): string[] {
  const combined = STARTS.flatMap((start) => HOSTS.map((host) => start + host));
  const encoded = STARTS.slice(0, 10).map((start) => encodeURIComponent(`${start}evil.example`));
  return [...combined, ...encoded, ...WHOLE];
}
