import fc from "fast-check";
import { safeReturnTo } from "../../src/index.js";
import { anyReturnTo } from "./arbitraries.js";
import { must, property, type Property } from "./property.js";

/** Pages on which a browser may follow the address. A path must stay a path on each page. */
const PAGES = [
  "https://app.example/login",
  "http://app.example:8080/a/b?c=d",
  "https://app.example/a/../login/",
];

/** Ways in which software in front of the browser may change a path. */
const READINGS: readonly ((path: string) => string)[] = [
  (path) => path,
  (path) => decoded(path),
  (path) => decoded(decoded(path)),
  (path) => path.replace(/[\t\r\n]/g, ""),
  (path) => path.trim(),
  (path) => Buffer.from(path, "latin1").toString("utf8"),
  (path) => encodeURI(Buffer.from(path).toString()),
];

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Returns the origin to which a browser would go. */
function originOf(address: string, page: string): string | null {
  try {
    return new URL(address, page).origin;
  } catch {
    return null; // not an address: a browser stays on its page
  }
}

/** G4. */
export const returnTo: Property = property(
  "G4: an address to come back to stays on the site, as a browser's URL parser sees it",
  50_000,
  fc.oneof(anyReturnTo, anyReturnTo, fc.anything()),
  (_ground, value) => {
    const kept = safeReturnTo(value, "/fallback");
    must(kept.startsWith("/") && !kept.startsWith("//"), `${JSON.stringify(kept)} is no path`);
    must(kept === "/fallback" || kept === value, "changed instead of refused");
    must(safeReturnTo(kept, "/other") === kept, "not kept when asked again");
    for (const page of PAGES)
      for (const read of READINGS) {
        const origin = originOf(read(kept), page);
        must(
          origin === null || origin === new URL(page).origin,
          `${JSON.stringify(read(kept))} leads to ${String(origin)}`,
        );
      }
  },
);
