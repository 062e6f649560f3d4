/** People in real browsers stay in while they act, and only then (rules M1 to M4). Each request has the headers of its engine. */
import { recordField } from "../harness/record-fields.js";
import { describe, expect, it } from "vitest";
import { startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import {
  BROWSER_ENGINES,
  PROGRAM_HEADERS,
  sendsKind,
  type BrowserEngine,
  type RequestKind,
  type RequestOrigin,
} from "../harness/header-sets.js";
import { testRedis } from "../harness/redis.js";
import { Visitor } from "../harness/visitor.js";

const start = (options: TestAppOptions = {}): Promise<TestApp> =>
  startApp({ defaults: { inactivityLogout: true, sessionMinutes: 300 }, ...options });

const ORIGINS = ["secure", "plain"] as const satisfies readonly RequestOrigin[];
const POLLS = ["fetch", "fetchpost", "xhr", "beacon", "sse", "image", "prefetch"] as const;

/** The person does one thing every five minutes, the page another thing every minute. */
async function staysIn(visitor: Visitor, kind: RequestKind, everyMinutes = 5): Promise<number | "in"> {
  return visitor.staysIn(everyMinutes, () => visitor.send(kind));
}

describe.each(BROWSER_ENGINES)("a person in %s", (engine: BrowserEngine) => {
  it.each(["click", "formpost", "formget", "typed", "jsclick", "swclick", "swpreload"] as const)(
    "M2: stays in by a %s every five minutes, over HTTPS and plain HTTP",
    async (kind) => {
      const site = await start();
      for (const origin of ORIGINS)
        expect(await staysIn(await Visitor.signedIn(site, engine, origin), kind)).toBe("in");
    },
  );

  it.each(POLLS.filter((kind) => sendsKind(engine, kind)))(
    "M2: is out after 15 minutes of a %s every minute, over HTTPS",
    async (kind) => {
      const visitor = await Visitor.signedIn(await start(), engine);
      expect(await staysIn(visitor, kind, 1)).toBe(15);
    },
  );

  it.each(POLLS.filter((kind) => sendsKind(engine, kind)))(
    "M3: is out after 15 minutes of a %s every minute, over plain HTTP",
    async (kind) => {
      const visitor = await Visitor.signedIn(await start(), engine, "plain");
      expect(await staysIn(visitor, kind, 1)).toBe(15);
    },
  );

  it("M2: is out after 15 minutes of an iframe's loads", async () => {
    expect(await staysIn(await Visitor.signedIn(await start(), engine), "iframe", 1)).toBe(15);
  });

  it("M3: is out after 15 minutes of polls that jQuery and axios send", async () => {
    const visitor = await Visitor.signedIn(await start(), engine, "plain");
    const poll = {
      ...visitor.headers("xhr"),
      accept: "application/json, text/html, */*",
      "x-requested-with": "XMLHttpRequest",
    };
    expect(await visitor.staysIn(1, () => visitor.browser.sendAs(poll, "GET", "/account"))).toBe(15);
  });

  it("M1: stays in by reports, while no plain navigation counts", async () => {
    const site = await start();
    for (const origin of ORIGINS) {
      const visitor = await Visitor.signedIn(site, engine, origin);
      await visitor.report();
      expect(await visitor.staysIn(5, () => visitor.report())).toBe("in");
      const before = await visitor.lastActivity();
      expect(await staysIn(visitor, "metarefresh", 1)).toBe(before + 15);
    }
  });

  it.each(["formpost", "extend"] as const)("M1: stays in by a %s after a report", async (kind) => {
    const visitor = await Visitor.signedIn(await start(), engine);
    await visitor.report();
    const step = () =>
      kind === "extend" ? visitor.send("fetchpost", "/curfew/extend", {}) : visitor.send(kind);
    expect(await visitor.staysIn(5, step)).toBe("in");
  });
});

describe("a page that loads itself again", () => {
  it.each(["chromium", "firefox"] as const)("M2: keeps the person of %s in no more", async (engine) => {
    const site = await start();
    for (const kind of ["metarefresh", "jstimer"] as const) {
      const visitor = await Visitor.signedIn(site, engine);
      const begin = await visitor.lastActivity();
      expect(await staysIn(visitor, kind, 1)).toBe(begin + 15);
    }
  });

  it("M2: is known after a sign-in by script, too, from the first click on", async () => {
    const site = await start();
    const visitor = await Visitor.signedIn(site, "chromium", "secure", "fetchpost");
    // The page after the sign-in opens at once, within the second in which activity is stored once.
    site.clock.advance({ milliseconds: 500 });
    await visitor.send("jsclick");
    expect(await visitor.lastActivity()).toBe(0);
    expect(await staysIn(visitor, "metarefresh", 1)).toBeLessThan(16);
  });

  it("M2: counts before the browser has sent ?1, because Safari's clicks look the same", async () => {
    const site = await start();
    const unknown = await Visitor.signedIn(site, "chromium", "secure", "fetchpost");
    expect(await staysIn(unknown, "metarefresh")).toBe("in");
    const safari = await Visitor.signedIn(site, "webkit");
    expect(await staysIn(safari, "metarefresh")).toBe("in");
  });

  it("M1: ends in WebKit once the pages have reported input", async () => {
    const visitor = await Visitor.signedIn(await start(), "webkit");
    await visitor.report();
    expect(await staysIn(visitor, "metarefresh", 1)).toBe(15);
  });
});

describe("what a session's record keeps of its browser", () => {
  const marks = async (site: TestApp): Promise<string[]> => {
    const redis = await testRedis();
    const keys = await redis.keys(`${site.prefix}s:*`);
    const found: string[] = [];
    for (const key of keys)
      if ((await recordField(redis, key, "endReason")) === "")
        found.push(
          `${await recordField(redis, key, "reportsInput")}/${await recordField(redis, key, "sendsUser")}`,
        );
    return found;
  };

  it("M2: is ?1 of the sign-in", async () => {
    const site = await start();
    await Visitor.signedIn(site, "firefox");
    expect(await marks(site)).toEqual(["/1"]);
  });

  it("M2: is ?1 of a navigation, and never of a request that does not count", async () => {
    const site = await start();
    const visitor = await Visitor.signedIn(site, "webkit");
    site.at("1:00");
    const forged = { ...visitor.headers("fetch"), "sec-fetch-user": "?1" };
    await visitor.browser.sendAs(forged, "GET", "/account");
    const framed = { ...visitor.headers("iframe"), "sec-fetch-user": "?1" };
    await visitor.browser.sendAs(framed, "GET", "/account");
    expect([await marks(site), await visitor.lastActivity()]).toEqual([["/"], 0]);
    await visitor.browser.sendAs({ ...visitor.headers("click"), "sec-fetch-user": "?1" }, "GET", "/account");
    expect([await marks(site), await visitor.lastActivity()]).toEqual([["/1"], 1]);
  });

  it("M1: is the first report, even if a navigation was later than its input", async () => {
    const site = await start();
    const visitor = await Visitor.signedIn(site, "webkit");
    site.at("5:00");
    await visitor.send("click");
    await visitor.report(2_000);
    expect([await marks(site), await visitor.lastActivity()]).toEqual([["1/"], 5]);
  });

  it("M1: needs a report of the pages, not of the app itself", async () => {
    const site = await start({
      configure: (app, curfew) => {
        app.post("/typing", (request, response, next) => {
          curfew.reportActivity(request, 0).then(() => response.json({}), next);
        });
      },
    });
    const visitor = await Visitor.signedIn(site, "webkit");
    site.at("5:00");
    await visitor.send("fetchpost", "/typing");
    expect([await marks(site), await visitor.lastActivity()]).toEqual([["/"], 5]);
    expect(await staysIn(visitor, "click")).toBe("in");
  });

  it("M1: is a report of a person whose reports are refused no more", async () => {
    const site = await start();
    const visitor = await Visitor.signedIn(site, "webkit");
    site.at("15:00");
    expect((await visitor.report()).status).toBe(401);
    expect(await marks(site)).toEqual([]);
  });

  it("M1: continues after a re-authentication", async () => {
    const site = await start();
    const visitor = await Visitor.signedIn(site, "chromium");
    await visitor.report();
    await visitor.browser.reauthenticate();
    expect(await marks(site)).toEqual(["1/1"]);
  });
});

describe("M4: programs, and requests of other sites", () => {
  it.each(Object.entries(PROGRAM_HEADERS))(
    "a program as %s stays in by its requests",
    async (_name, headers) => {
      const visitor = await Visitor.signedIn(await start(), "chromium", "secure", "fetchpost");
      expect(await visitor.staysIn(5, () => visitor.browser.sendAs(headers, "GET", "/account"))).toBe("in");
    },
  );

  it("requests to the routes never count, except activity and extend", async () => {
    const visitor = await Visitor.signedIn(await start({ activity: "requests" }), "chromium");
    const poll = () => visitor.browser.sendAs(PROGRAM_HEADERS.curl, "GET", "/curfew/status");
    // standing() asks /account, which counts here, so the test asks the status itself.
    for (let minute = 1; minute < 15; minute++) await poll();
    expect(await visitor.lastActivity()).toBe(0);
  });

  it.each([() => true, "requests"] as const)(
    "another site's subrequests never count (%s)",
    async (activity) => {
      const site = await start({ activity });
      const visitor = await Visitor.signedIn(site, "chromium");
      site.at("10:00");
      for (const kind of ["image", "fetch", "iframe", "fetchpost", "formpost"] as const) {
        const foreign = {
          ...visitor.headers(kind),
          "sec-fetch-site": "cross-site",
          origin: "https://evil.example",
        };
        await visitor.browser.sendAs(foreign, kind.endsWith("post") ? "POST" : "GET", "/account");
      }
      const state = await visitor.browser.sendAs({ ...PROGRAM_HEADERS.curl }, "GET", "/curfew/status");
      expect(state.body).toMatchObject({ idleRemainingMs: 300_000 });
    },
  );
});
