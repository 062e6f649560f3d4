/** Requests with an earlier cookie: a page's other calls, whose answers come after the sign-in's answer (rule M15). */
import type { Express } from "express";
import { describe, expect, it, vi } from "vitest";
import type { Curfew } from "../../src/index.js";
import { dataOf, startApp, type TestApp } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { setCookiesOf, type Answer } from "../harness/http.js";
import { T } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";

/** Holds the answers of `/slow` back until a test releases them. */
function slowRoute() {
  const held: (() => void)[] = [];
  let arrived: () => void = () => undefined;
  return {
    configure: (app: Express, curfew: Curfew) => {
      // Counts visits, as a page with a flash message or a CSRF token does for strangers too.
      app.get(["/widget", "/slow"], (incoming, response) => {
        const answer = (): void => {
          const data = dataOf(incoming);
          data["views"] = Number(data["views"] ?? 0) + 1;
          response.json({ state: incoming.curfew.state });
        };
        if (incoming.path === "/widget") answer();
        else {
          held.push(() => {
            const write = (): void => {
              dataOf(incoming)["flash"] = ["Saved"];
              answer();
            };
            if (incoming.query["how"] === "regenerate") incoming.session.regenerate(write);
            else if (incoming.query["how"] === "sign-out") void curfew.signOut(incoming).then(write);
            else write();
          });
          arrived();
        }
      });
      app.get("/lasting", (incoming, response) => {
        dataOf(incoming)["visit"] = Math.random();
        incoming.session.cookie.maxAge = 3_600_000;
        response.json({});
      });
      app.get("/views", (incoming, response) => {
        response.json(dataOf(incoming)["views"]);
      });
      app.get("/half-signed-in", (incoming, response, next) => {
        const leave = async (): Promise<void> => {
          await curfew.signIn(incoming, { userId: "ann" });
          await curfew.signOut(incoming);
          dataOf(incoming)["flash"] = "The second factor is missing";
        };
        leave().then(() => response.redirect(303, "/flash"), next);
      });
      app.get("/flash", (incoming, response) => {
        response.json(dataOf(incoming)["flash"] ?? "none");
      });
      app.get("/regenerate", (incoming, response, next) => {
        incoming.session.regenerate((error) => {
          if (error !== undefined && error !== null) next(error);
          else {
            dataOf(incoming)["flash"] = "Bye";
            response.json({});
          }
        });
      });
    },
    /** Resolves when a request waits. */
    arrival: () => new Promise<void>((resolve) => (arrived = resolve)),
    release: () => {
      for (const answer of held.splice(0)) answer();
    },
  };
}

async function start(options: Parameters<typeof startApp>[0] = {}) {
  const slow = slowRoute();
  const site = await startApp({ ...options, configure: slow.configure });
  return { site, slow };
}

/** Sends a request with an earlier Cookie header. The browser keeps the cookies that the answer sets. */
function late(site: TestApp, browser: Browser, cookie: string, path = "/widget"): Promise<Answer> {
  return browser.at(site.server).get(path, browser.named({ cookie }));
}

/** Routes that change the session, begin a new one, or change it and give the cookie a lifetime. */
const WRITING = ["/widget", "/regenerate", "/lasting"];

/** States of a browser before its sign-in. */
const BEFORE: readonly (readonly [string, (site: TestApp) => Promise<Browser>])[] = [
  [
    "a stranger's cookie with data",
    async (site) => {
      const browser = await site.browser();
      await browser.fetch("get", "/widget");
      return browser;
    },
  ],
  ["the cookie of the user's own session", (site) => site.signedIn("ann")],
  ["the cookie of another user's session", (site) => site.signedIn("bob")],
  [
    "the cookie of a session that has ended",
    async (site) => {
      const browser = await site.signedIn("ann");
      await site.curfew.sessions.endAll({ userId: "ann", actor: "admin" });
      return browser;
    },
  ],
  [
    "the cookie of a session that Redis has forgotten",
    async (site) => {
      const browser = await site.signedIn("ann");
      const redis = await testRedis();
      await Promise.all((await redis.keys(`${site.prefix}s:*`)).map((key) => redis.del(key)));
      return browser;
    },
  ],
  [
    "the cookie of a session whose re-authentication's answer was lost",
    async (site) => {
      const browser = await site.signedIn("ann");
      const before = browser.clone();
      site.clock.advance({ minutes: 29, seconds: 45 });
      await browser.reauthenticate();
      site.clock.advance({ seconds: 15 });
      return before;
    },
  ],
  [
    "an old cookie of another user's session that goes on",
    async (site) => {
      const browser = await site.signedIn("bob");
      const before = browser.clone();
      await browser.reauthenticate();
      await browser.standing();
      site.clock.advance({ minutes: 6 });
      return before;
    },
  ],
  [
    "a stranger's cookie that carries a reason",
    async (site) => {
      const browser = await site.signedIn("ann");
      await site.curfew.sessions.endAll({ userId: "ann", actor: "admin" });
      await browser.fetch("get", "/widget");
      return browser;
    },
  ],
];

describe.each(BEFORE)("%s", (_title, open) => {
  it.each(WRITING)(
    "M15: on a late request to %s it does not replace the cookie of the sign-in",
    async (path) => {
      const { site } = await start();
      const browser = await open(site);
      const before = browser.cookieHeader;
      await browser.signIn("ann");
      for (let time = 0; time < 2; time++)
        expect(setCookiesOf(await late(site, browser, before, path))).toEqual([]);
      expect(await browser.standing()).toBe("in");
    },
  );

  it("M15: a sign-in and a sign-out in one request leave the browser a cookie for the data that follow", async () => {
    const { site } = await start();
    const browser = await site.browser();
    for (const before of ["a stranger's data", "the cookie of the answer before"]) {
      await browser.fetch("get", "/widget");
      await browser.fetch("get", "/half-signed-in");
      expect((await browser.fetch("get", "/flash")).body, before).toBe("The second factor is missing");
    }
  });

  it.each([
    ...WRITING.map((path) => ["write", path] as const),
    ["regenerate", "/widget"] as const,
    ["sign-out", "/widget"] as const,
  ])(
    "M15: a request that waits through the sign-in and then does a %s replaces no cookie, nor does a late request to %s",
    async (how, path) => {
      const { site, slow } = await start();
      const browser = await open(site);
      const before = browser.cookieHeader;
      const arrival = slow.arrival();
      const waiting = late(site, browser, before, `/slow?how=${how}`);
      await arrival;
      await browser.signIn("ann");
      slow.release();
      expect(setCookiesOf(await waiting)).toEqual([]);
      expect(setCookiesOf(await late(site, browser, before, path))).toEqual([]);
      expect(await browser.standing()).toBe("in");
    },
  );

  it("M15: a browser that is left with it gets a new cookie ten seconds later", async () => {
    const { site } = await start();
    const browser = await open(site);
    const before = browser.cookieHeader;
    await browser.signIn("ann");
    site.clock.advance({ seconds: 10 });
    expect(setCookiesOf(await late(site, browser, before))).toHaveLength(1);
  });

  it("M15: with it the same browser can sign in again", async () => {
    const { site } = await start();
    const browser = await open(site);
    const twin = browser.clone();
    await browser.signIn("ann");
    await twin.signIn("ann");
    expect(await twin.standing()).toBe("in");
  });
});

describe("the mark of a replaced cookie", () => {
  it("M42: a message of a request that waits through the sign-in begins no session, because no browser gets its cookie", async () => {
    const { site, slow } = await start();
    const browser = await site.signedIn("ann");
    const arrival = slow.arrival();
    const waiting = late(site, browser, browser.cookieHeader, "/slow");
    await arrival;
    await browser.signIn("ann");
    slow.release();
    await waiting;
    const redis = await testRedis();
    const texts = await Promise.all(
      (await redis.keys(`${site.prefix}sess:*`)).map(async (key) => redis.get(key)),
    );
    expect(texts.filter((text) => text?.includes("Saved"))).toEqual([]);
  });

  it("M15: holds only a time, and Redis drops it within a minute", async () => {
    const { site } = await start();
    const browser = await site.browser();
    await browser.fetch("get", "/widget");
    await browser.signIn("ann");
    const redis = await testRedis();
    const [key = "", ...others] = await redis.keys(`${site.prefix}m:*`);
    expect(others).toEqual([]);
    expect(await redis.get(key)).toBe(String(T));
    expect(await redis.pttl(key)).toBeLessThanOrEqual(60_000);
    expect(await redis.pttl(key)).toBeGreaterThan(0);
  });

  it("M8: a sign-in deletes the stranger's data that it has taken over", async () => {
    const { site } = await start();
    const browser = await site.browser();
    await browser.fetch("get", "/widget");
    const redis = await testRedis();
    const [key = ""] = await redis.keys(`${site.prefix}sess:*`);
    await browser.signIn("ann");
    await vi.waitFor(async () => {
      expect(await redis.exists(key)).toBe(0);
    });
    expect((await browser.fetch("get", "/views")).body).toBe(1);
  });
});
