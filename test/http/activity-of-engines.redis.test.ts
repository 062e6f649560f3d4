/** People in real browsers stay in while they act, and only then (rules M1 to M4). Each request has the headers of its engine. */
import { recordField } from "../harness/record-fields.js";
import { describe, expect, it } from "vitest";
import { startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { lastActivity, report, signedInWith, staysIn } from "../harness/engine-visits.js";
import {
  BROWSER_ENGINES,
  methodOf,
  PROGRAM_HEADERS,
  sendsKind,
  type BrowserEngine,
  type RequestKind,
  type RequestOrigin,
} from "../harness/header-sets.js";
import { testRedis } from "../harness/redis.js";

const start = (options: TestAppOptions = {}): Promise<TestApp> =>
  startApp({ defaults: { inactivityLogout: true, sessionMinutes: 300 }, ...options });

const ORIGINS = ["secure", "plain"] as const satisfies readonly RequestOrigin[];
const POLLS = ["fetch", "fetchpost", "xhr", "beacon", "sse", "image", "prefetch"] as const;

/** The person does one thing every five minutes, the page another thing every minute. */
function staysInBy(
  site: TestApp,
  browser: Browser,
  kind: RequestKind,
  everyMinutes = 5,
): Promise<number | "in"> {
  return staysIn(site, browser, everyMinutes, () => browser.ask(kind));
}

describe.each(BROWSER_ENGINES)("a person in %s", (engine: BrowserEngine) => {
  it.each(["click", "formpost", "formget", "typed", "jsclick", "swclick", "swpreload"] as const)(
    "M2: stays in by a %s every five minutes, over HTTPS and plain HTTP",
    async (kind) => {
      const site = await start();
      for (const origin of ORIGINS)
        expect(await staysInBy(site, await signedInWith(site, engine, origin), kind)).toBe("in");
    },
  );

  it.each(POLLS.filter((kind) => sendsKind(engine, kind)))(
    "M2: is out after 15 minutes of a %s every minute, over HTTPS",
    async (kind) => {
      const site = await start();
      const browser = await signedInWith(site, engine);
      expect(await staysInBy(site, browser, kind, 1)).toBe(15);
    },
  );

  it.each(POLLS.filter((kind) => sendsKind(engine, kind)))(
    "M3: is out after 15 minutes of a %s every minute, over plain HTTP",
    async (kind) => {
      const site = await start();
      const browser = await signedInWith(site, engine, "plain");
      expect(await staysInBy(site, browser, kind, 1)).toBe(15);
    },
  );

  it("M2: is out after 15 minutes of an iframe's loads", async () => {
    const site = await start();
    expect(await staysInBy(site, await signedInWith(site, engine), "iframe", 1)).toBe(15);
  });

  it("M3: is out after 15 minutes of polls that jQuery and axios send", async () => {
    const site = await start();
    const browser = await signedInWith(site, engine, "plain");
    const poll = {
      ...browser.headers("xhr"),
      accept: "application/json, text/html, */*",
      "x-requested-with": "XMLHttpRequest",
    };
    expect(await staysIn(site, browser, 1, () => browser.get("/account", poll))).toBe(15);
  });

  it("M1: stays in by reports, while no plain navigation counts", async () => {
    const site = await start();
    for (const origin of ORIGINS) {
      const browser = await signedInWith(site, engine, origin);
      await report(browser);
      expect(await staysIn(site, browser, 5, () => report(browser))).toBe("in");
      const before = await lastActivity(browser);
      expect(await staysInBy(site, browser, "metarefresh", 1)).toBe(before + 15);
    }
  });

  it.each(["formpost", "extend"] as const)("M1: stays in by a %s after a report", async (kind) => {
    const site = await start();
    const browser = await signedInWith(site, engine);
    await report(browser);
    const step = () =>
      kind === "extend" ? browser.ask("fetchpost", "/curfew/extend", {}) : browser.ask(kind);
    expect(await staysIn(site, browser, 5, step)).toBe("in");
  });
});

describe("a page that loads itself again", () => {
  it.each(["chromium", "firefox"] as const)("M2: keeps the person of %s in no more", async (engine) => {
    const site = await start();
    for (const kind of ["metarefresh", "jstimer"] as const) {
      const browser = await signedInWith(site, engine);
      const begin = await lastActivity(browser);
      expect(await staysInBy(site, browser, kind, 1)).toBe(begin + 15);
    }
  });

  it("M2: is known after a sign-in by script, too, from the first click on", async () => {
    const site = await start();
    const browser = await signedInWith(site, "chromium", "secure", "fetchpost");
    // The page after the sign-in opens at once, within the second in which activity is stored once.
    site.clock.advance({ milliseconds: 500 });
    await browser.ask("jsclick");
    expect(await lastActivity(browser)).toBe(0);
    expect(await staysInBy(site, browser, "metarefresh", 1)).toBeLessThan(16);
  });

  it("M2: counts before the browser has sent ?1, because Safari's clicks look the same", async () => {
    const site = await start();
    const unknown = await signedInWith(site, "chromium", "secure", "fetchpost");
    expect(await staysInBy(site, unknown, "metarefresh")).toBe("in");
    const safari = await signedInWith(site, "webkit");
    expect(await staysInBy(site, safari, "metarefresh")).toBe("in");
  });

  it("M1: ends in WebKit once the pages have reported input", async () => {
    const site = await start();
    const browser = await signedInWith(site, "webkit");
    await report(browser);
    expect(await staysInBy(site, browser, "metarefresh", 1)).toBe(15);
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
    await signedInWith(site, "firefox");
    expect(await marks(site)).toEqual(["/1"]);
  });

  it("M2: is ?1 of a navigation, and never of a request that does not count", async () => {
    const site = await start();
    const browser = await signedInWith(site, "webkit");
    site.at("1:00");
    const forged = { ...browser.headers("fetch"), "sec-fetch-user": "?1" };
    await browser.get("/account", forged);
    const framed = { ...browser.headers("iframe"), "sec-fetch-user": "?1" };
    await browser.get("/account", framed);
    expect([await marks(site), await lastActivity(browser)]).toEqual([["/"], 0]);
    await browser.get("/account", { ...browser.headers("click"), "sec-fetch-user": "?1" });
    expect([await marks(site), await lastActivity(browser)]).toEqual([["/1"], 1]);
  });

  it("M1: is the first report, even if a navigation was later than its input", async () => {
    const site = await start();
    const browser = await signedInWith(site, "webkit");
    site.at("5:00");
    await browser.ask("click");
    await report(browser, 2_000);
    expect([await marks(site), await lastActivity(browser)]).toEqual([["1/"], 5]);
  });

  it("M1: needs a report of the pages, not of the app itself", async () => {
    const site = await start({
      configure: (app, curfew) => {
        app.post("/typing", (request, response, next) => {
          curfew.reportActivity(request, 0).then(() => response.json({}), next);
        });
      },
    });
    const browser = await signedInWith(site, "webkit");
    site.at("5:00");
    await browser.ask("fetchpost", "/typing");
    expect([await marks(site), await lastActivity(browser)]).toEqual([["/"], 5]);
    expect(await staysInBy(site, browser, "click")).toBe("in");
  });

  it("M1: is a report of a person whose reports are refused no more", async () => {
    const site = await start();
    const browser = await signedInWith(site, "webkit");
    site.at("15:00");
    expect((await report(browser)).status).toBe(401);
    expect(await marks(site)).toEqual([]);
  });

  it("M1: continues after a re-authentication", async () => {
    const site = await start();
    const browser = await signedInWith(site, "chromium");
    await report(browser);
    await browser.reauthenticate();
    expect(await marks(site)).toEqual(["1/1"]);
  });
});

describe("M4: programs, and requests of other sites", () => {
  it.each(Object.entries(PROGRAM_HEADERS))(
    "a program as %s stays in by its requests",
    async (_name, headers) => {
      const site = await start();
      const browser = await signedInWith(site, "chromium", "secure", "fetchpost");
      expect(await staysIn(site, browser, 5, () => browser.get("/account", headers))).toBe("in");
    },
  );

  it("requests to the routes never count, except activity and extend", async () => {
    const site = await start({ activity: "requests" });
    const browser = await signedInWith(site, "chromium");
    const poll = () => browser.get("/curfew/status", PROGRAM_HEADERS.curl);
    // standing() asks /account, which counts here, so the test asks the status itself.
    for (let minute = 1; minute < 15; minute++) await poll();
    expect(await lastActivity(browser)).toBe(0);
  });

  it.each([() => true, "requests"] as const)(
    "another site's subrequests never count (%s)",
    async (activity) => {
      const site = await start({ activity });
      const browser = await signedInWith(site, "chromium");
      site.at("10:00");
      for (const kind of ["image", "fetch", "iframe", "fetchpost", "formpost"] as const) {
        const foreign = {
          ...browser.headers(kind),
          "sec-fetch-site": "cross-site",
          origin: "https://evil.example",
        };
        await browser.send("/account", { method: methodOf(kind), headers: foreign });
      }
      const state = await browser.get("/curfew/status", PROGRAM_HEADERS.curl);
      expect(state.body).toMatchObject({ idleRemainingMs: 300_000 });
    },
  );
});
