/** The option `activity`, and the warning where idle time is not exact. */
import { describe, expect, it } from "vitest";
import { startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import { PASSWORD } from "../harness/browser.js";
import { report, signedInWith } from "../harness/engine-visits.js";
import { BROWSER_ENGINES, type RequestKind } from "../harness/header-sets.js";

const start = (options: TestAppOptions = {}): Promise<TestApp> =>
  startApp({ defaults: { inactivityLogout: true, sessionMinutes: 300 }, ...options });

describe("the option activity", () => {
  /** The kinds of request that count, of a session whose pages have reported input. */
  async function counted(options: TestAppOptions, kinds: readonly RequestKind[]): Promise<RequestKind[]> {
    const site = await start(options);
    const browser = await signedInWith(site, "webkit");
    await report(browser);
    const found: RequestKind[] = [];
    for (const kind of kinds) {
      site.clock.advance({ seconds: 10 });
      const answer = await browser.ask(kind);
      if ((answer.body as { idleRemainingMs: number }).idleRemainingMs === 900_000) found.push(kind);
    }
    return found;
  }
  const KINDS = ["click", "formpost", "metarefresh", "fetch", "fetchpost", "image", "beacon", "sse"] as const;

  it("M1: auto counts a person's forms, once the pages have reported input", async () => {
    expect(await counted({}, KINDS)).toEqual(["formpost"]);
    expect(await counted({ activity: "auto" }, KINDS)).toEqual(["formpost"]);
  });

  it("M1: navigations counts navigations, even if the pages report input", async () => {
    expect(await counted({ activity: "navigations" }, KINDS)).toEqual(["click", "formpost", "metarefresh"]);
  });

  it("M4: requests counts all but beacons and event streams", async () => {
    const expected = ["click", "formpost", "metarefresh", "fetch", "fetchpost", "image"];
    expect(await counted({ activity: "requests" }, KINDS)).toEqual(expected);
  });

  it("M1: a function is given the request and the decision of auto", async () => {
    const seen: boolean[] = [];
    const activity = (request: { method: string }, byDefault: boolean): boolean => {
      seen.push(byDefault);
      return request.method === "GET";
    };
    expect(await counted({ activity }, ["click", "formpost", "fetch"])).toEqual(["click", "fetch"]);
    expect(seen).toEqual([false, true, false]);
  });
});

describe("M3: the warning plain_http", () => {
  const warnings = (site: TestApp): number => site.log.filter(({ code }) => code === "plain_http").length;

  it("is logged once, at the first sign-in over plain HTTP with inactivity logout on", async () => {
    const site = await start();
    await signedInWith(site, "chromium");
    expect(warnings(site)).toBe(0);
    for (const engine of BROWSER_ENGINES) await signedInWith(site, engine, "plain");
    expect(warnings(site)).toBe(1);
    expect(site.told("warning").map(({ message }) => message)).toEqual([
      "A sign-in came over plain HTTP while inactivity logout is on. Browsers do not say there which requests a person caused. Idle time is exact only over HTTPS, or with the browser script.",
    ]);
  });

  it("is logged for no sign-in with inactivity logout off", async () => {
    const site = await startApp();
    await signedInWith(site, "chromium", "plain");
    expect(warnings(site)).toBe(0);
  });

  it("is logged for no sign-in over HTTPS from a Safari before 16.4", async () => {
    const site = await start({ before: (app) => app.set("trust proxy", 1) });
    const browser = await signedInWith(site, "webkit", "secure");
    const { accept = "", "user-agent": agent = "" } = browser.headers("formpost");
    const old = { accept, "user-agent": agent, "x-forwarded-proto": "https" };
    const answer = await browser.send("/login", {
      headers: old,
      body: { userId: "bob", password: PASSWORD },
    });
    expect([answer.status, warnings(site)]).toEqual([303, 0]);
  });

  it("is logged for no API session", async () => {
    const site = await start();
    await site.signedIn("ann", { kind: "api" });
    expect(warnings(site)).toBe(0);
  });
});
