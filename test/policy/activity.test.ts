/** Checks the rules M1 to M4 for requests as real browsers send them. */
import { describe, expect, it } from "vitest";
import {
  isActivity,
  isDocumentRequest,
  isForeignSubrequest,
  isNeverActivity,
  type ActivityMarks,
  type RequestFacts,
} from "../../src/policy/index.js";
import {
  BROWSER_ENGINES,
  headersOf,
  methodOf,
  PROGRAM_HEADERS,
  REQUEST_KINDS,
  sendsKind,
  type BrowserEngine,
  type RequestKind,
  type RequestOrigin,
} from "../harness/header-sets.js";

type Headers = Record<string, string>;

/** Returns a request of a kind, with some headers changed. */
function sent(
  engine: BrowserEngine,
  origin: RequestOrigin,
  kind: RequestKind,
  changes: Headers = {},
): RequestFacts {
  return { method: methodOf(kind), headers: { ...headersOf({ engine, origin, kind }), ...changes } };
}

const program = (headers: Headers = {}, method = "GET"): RequestFacts => ({ method, headers });

/** Returns an engine's kinds of request for which a test is true. */
const kindsOf = (
  engine: BrowserEngine,
  origin: RequestOrigin,
  isTrue: (request: RequestFacts) => boolean,
): RequestKind[] =>
  REQUEST_KINDS.filter((kind) => sendsKind(engine, kind) && isTrue(sent(engine, origin, kind)));

const BY_PERSON = ["click", "formpost", "formget", "typed", "jsclick"] as const;
const BY_SCRIPT = ["jstimer", "metarefresh"] as const;
const BEHIND_WORKER = ["swclick", "swpreload"] as const;
const DOCUMENTS = [...BY_PERSON, ...BY_SCRIPT, ...BEHIND_WORKER];

const fresh: ActivityMarks = { reportsInput: false, sendsUser: false };
const marksUser: ActivityMarks = { reportsInput: false, sendsUser: true };

/** Returns the kinds that count as activity for a session with these marks. */
const counting = (engine: BrowserEngine, origin: RequestOrigin, marks: ActivityMarks): RequestKind[] =>
  kindsOf(engine, origin, (request) => isActivity(request, marks));

describe.each(BROWSER_ENGINES)("a document request of %s", (engine) => {
  it("M2: is a navigation, also behind a service worker, but not a page's call", () => {
    expect(kindsOf(engine, "secure", isDocumentRequest)).toEqual(DOCUMENTS);
  });

  it("M3: is recognised over plain HTTP by accepting HTML, as a frame is", () => {
    expect(kindsOf(engine, "plain", isDocumentRequest)).toEqual([...DOCUMENTS, "iframe"]);
  });

  it("M3: has no X-Requested-With", () => {
    for (const value of ["XMLHttpRequest", "fetch", "1"])
      expect(isDocumentRequest(sent(engine, "plain", "click", { "x-requested-with": value }))).toBe(false);
  });

  it.each(["sec-purpose", "purpose", "x-purpose", "x-moz"])("M2: has no prefetch in %s", (name) => {
    for (const value of ["prefetch", "prefetch;prerender", "prefetch;anonymous-client-ip", "Preview"])
      for (const origin of ["secure", "plain"] as const) {
        const prefetch = sent(engine, origin, "click", { [name]: value });
        expect([isDocumentRequest(prefetch), isActivity(prefetch)]).toEqual([false, false]);
      }
  });

  it.each(["iframe", "frame", "embed", "object", "fencedframe"])("M2: is not for an %s", (destination) => {
    const framed = sent(engine, "secure", "click", { "sec-fetch-dest": destination });
    expect([isDocumentRequest(framed), isActivity(framed)]).toEqual([false, false]);
  });

  it("M2: accepts HTML", () => {
    for (const accept of ["*/*", "application/json", ""])
      expect(isDocumentRequest(sent(engine, "secure", "click", { accept }))).toBe(false);
  });
});

describe("a document request", () => {
  it.each<[string, Headers, boolean]>([
    ["an older browser's navigation", { accept: "text/html,application/xhtml+xml,*/*;q=0.8" }, true],
    ["a navigation without a destination", { accept: "text/html", "sec-fetch-mode": "navigate" }, true],
    ["a fetch that accepts HTML", { accept: "text/html", "sec-fetch-mode": "cors" }, false],
    [
      "an XHR behind a service worker that rebuilds requests",
      {
        accept: "text/html",
        "sec-fetch-mode": "same-origin",
        "sec-fetch-dest": "empty",
        "x-requested-with": "XMLHttpRequest",
      },
      false,
    ],
    ["a program that accepts anything", { accept: "*/*" }, false],
    ["a program that accepts JSON", { accept: "application/json" }, false],
    ["a program without headers", {}, false],
  ])("J7: %s", (_title, headers, isDocument) => {
    expect(isDocumentRequest(program(headers))).toBe(isDocument);
  });
});

describe("activity of a session whose pages have not reported input", () => {
  it.each(BROWSER_ENGINES)("M2: at first includes each document request of %s", (engine) => {
    expect(counting(engine, "secure", fresh)).toEqual(DOCUMENTS);
  });

  it.each(["chromium", "firefox"] as const)(
    "M2: after ?1 excludes a script's navigation, in %s",
    (engine) => {
      expect(counting(engine, "secure", marksUser)).toEqual([...BY_PERSON, ...BEHIND_WORKER]);
    },
  );

  it.each(["chromium", "firefox"] as const)("M2: after ?1 excludes a script's POST, in %s", (engine) => {
    const { headers } = sent(engine, "secure", "formpost");
    const { "sec-fetch-user": _user, ...byScript } = headers;
    const request = { method: "POST", headers: byScript };
    expect([isActivity(request, fresh), isActivity(request, marksUser)]).toEqual([true, false]);
  });

  it("M2: includes a click behind a service worker that rebuilds requests", () => {
    const rebuilt = { "sec-fetch-mode": "same-origin", "sec-fetch-dest": "empty" };
    for (const engine of BROWSER_ENGINES)
      expect(isActivity(sent(engine, "secure", "jstimer", rebuilt), marksUser)).toBe(true);
  });

  it("M2: after ?1 excludes a meta refresh in Chromium, although its preload keeps ?1", () => {
    const preload = { "service-worker-navigation-preload": "true" };
    expect(isActivity(sent("chromium", "secure", "metarefresh", preload), marksUser)).toBe(false);
  });

  it("M2: includes a navigation from another site only with ?1", () => {
    const byLink = { "sec-fetch-site": "cross-site" };
    expect(isActivity(sent("chromium", "secure", "click", byLink))).toBe(true);
    expect(isActivity(sent("chromium", "secure", "jstimer", byLink))).toBe(false);
    expect(isActivity(sent("webkit", "secure", "click", byLink))).toBe(false);
    expect(isActivity(sent("webkit", "secure", "typed"))).toBe(true);
  });

  it.each(BROWSER_ENGINES)("M3: over plain HTTP includes each document request of %s", (engine) => {
    for (const marks of [fresh, marksUser])
      expect(counting(engine, "plain", marks)).toEqual([...DOCUMENTS, "iframe"]);
  });

  it.each(BROWSER_ENGINES)("M3: over plain HTTP excludes a page's calls in %s", (engine) => {
    for (const kind of ["fetch", "fetchpost", "xhr", "beacon", "sse", "image"] as const)
      for (const accept of [undefined, "application/json, text/plain, */*", "text/event-stream"])
        expect(isActivity(sent(engine, "plain", kind, accept === undefined ? {} : { accept }))).toBe(false);
  });

  it("M3: excludes a browser's request that does not accept HTML", () => {
    expect(isActivity(program({ "user-agent": "Mozilla/5.0 (compatible; a bot)" }))).toBe(false);
  });
});

describe("activity of a session whose pages have reported input", () => {
  it.each(["chromium", "firefox"] as const)("M1: includes a person's actions, in %s", (engine) => {
    for (const sendsUser of [true, false]) {
      const found = counting(engine, "secure", { reportsInput: true, sendsUser });
      const preload = engine === "chromium" ? ["swpreload"] : [];
      expect(found).toEqual([...BY_PERSON, ...preload]);
    }
  });

  it("M1: includes a form that a person posted, but no other navigation, in WebKit", () => {
    expect(counting("webkit", "secure", { reportsInput: true, sendsUser: false })).toEqual(["formpost"]);
  });

  it("M1: includes a form that a person posted behind a service worker", () => {
    const posted = (engine: BrowserEngine, mode: string) =>
      sent(engine, "secure", "formpost", {
        "sec-fetch-mode": mode,
        "sec-fetch-dest": "empty",
        "sec-fetch-user": "",
      });
    const marks = { reportsInput: true, sendsUser: true };
    expect(isActivity(posted("chromium", "navigate"), marks)).toBe(true);
    expect(isActivity(posted("firefox", "same-origin"), marks)).toBe(true);
  });

  it("M1: excludes a form that a script posted, if the browser marks a person's forms", () => {
    const byScript = sent("chromium", "secure", "formpost", { "sec-fetch-user": "" });
    expect(isActivity(byScript, { reportsInput: true, sendsUser: true })).toBe(false);
  });

  it.each(BROWSER_ENGINES)("M1: over plain HTTP includes only a posted form, in %s", (engine) => {
    expect(counting(engine, "plain", { reportsInput: true, sendsUser: false })).toEqual(["formpost"]);
  });

  it("M1: excludes a program's request", () => {
    expect(isActivity(program(PROGRAM_HEADERS.curl), { reportsInput: true, sendsUser: false })).toBe(false);
  });
});

describe("M4: a program's request", () => {
  it.each(Object.entries(PROGRAM_HEADERS))("of %s is activity", (_name, headers) => {
    expect([isActivity(program(headers)), isActivity(program(headers, "POST"))]).toEqual([true, true]);
  });

  it("is not activity if it is a prefetch or an event stream", () => {
    for (const headers of [{ purpose: "prefetch" }, { accept: "text/event-stream" }])
      expect(isActivity(program({ ...PROGRAM_HEADERS.curl, ...headers }))).toBe(false);
  });

  it("is recognised by the missing Sec-Fetch-Site, not by its User-Agent", () => {
    const { headers } = sent("chromium", "secure", "fetch", { "user-agent": "an app of its own" });
    expect(isActivity({ method: "GET", headers })).toBe(false);
  });
});

describe("M4: a request that is never activity", () => {
  it.each(BROWSER_ENGINES)("is a prefetch, a beacon or an event stream of %s", (engine) => {
    const prefetch = sendsKind(engine, "prefetch") ? ["prefetch"] : [];
    expect(kindsOf(engine, "secure", isNeverActivity)).toEqual(["beacon", "sse", ...prefetch]);
  });

  it.each(["fetch", "xhr", "image", "iframe", "beacon", "sse"] as const)("is another site's %s", (kind) => {
    for (const engine of BROWSER_ENGINES) {
      const foreign = sent(engine, "secure", kind, { "sec-fetch-site": "cross-site" });
      expect([isForeignSubrequest(foreign), isActivity(foreign)]).toEqual([true, false]);
      expect(isForeignSubrequest(sent(engine, "secure", kind))).toBe(false);
    }
  });

  it("is not a top-level navigation from another site, nor a call of a trusted origin", () => {
    const foreign = { "sec-fetch-site": "cross-site" };
    expect(isForeignSubrequest(sent("chromium", "secure", "click", foreign))).toBe(false);
    const call = sent("chromium", "secure", "fetch", { ...foreign, origin: "https://admin.example" });
    expect(isForeignSubrequest(call, ["https://admin.example"])).toBe(false);
    expect(isForeignSubrequest(call, ["https://other.example"])).toBe(true);
  });

  it("takes the first value of a header that is sent twice", () => {
    const headers = { ...headersOf({ engine: "chromium", origin: "secure", kind: "click" }) };
    const twice: RequestFacts["headers"] = { ...headers, "sec-purpose": ["prefetch", "prefetch"] };
    expect(isActivity({ method: "GET", headers: twice })).toBe(false);
  });
});
