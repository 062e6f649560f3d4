import { describe, expect, it } from "vitest";
import { PASSWORD, type Browser } from "../harness/browser.js";
import { setCookiesOf } from "../harness/http.js";
import { proxiedRedis } from "../harness/app-proxy.js";
import {
  logIn,
  me,
  PASSPORT_VERSIONS,
  SIGNED_IN,
  startPassportApp,
  type PassportAppOptions,
  type PassportRequest,
  type PassportVersion,
} from "./passport-app.js";

const refusing: PassportAppOptions = {
  defaults: { maxSessionsPerUser: 1, whenLimitReached: "refuse_newest" },
};

describe.each(PASSPORT_VERSIONS)("M7: a refused sign-in with passport %s", (version) => {
  it("sends no session cookie and stores nothing that passport.authenticate has written", async () => {
    const site = await startPassportApp(version, refusing);
    const [first, second] = [await site.browser(), await site.browser()];
    await logIn(first, "ann");
    const answer = await logIn(second, "ann", { successFlash: true, successMessage: true });
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([409, "too_many_sessions"]);
    expect(setCookiesOf(answer)).toEqual([]);
    expect(await me(second)).toEqual({ passport: false, user: null, curfew: "anonymous" });
    expect(await me(first)).toEqual(SIGNED_IN("ann"));
  });

  it("leaves the data that the browser's anonymous session had", async () => {
    const site = await startPassportApp(version, refusing);
    const [first, second] = [await site.browser(), await site.browser()];
    await logIn(first, "ann");
    await second.fetch("post", "/data", { cart: [1] });
    const cookie = second.sessionCookie;
    expect(setCookiesOf(await logIn(second, "ann", { successFlash: true }))).toEqual([]);
    expect(second.sessionCookie).toEqual(cookie);
    expect((await second.fetch("get", "/data")).body).toEqual({ cart: [1] });
  });

  it("leaves passport's user signed out for the rest of the request", async () => {
    const seen: unknown[] = [];
    const site = await startPassportApp(version, {
      ...refusing,
      routes_: (app) => {
        app.post("/look", (request, response) => {
          const own = request as PassportRequest;
          own.logIn({ id: "ann" }, {}, (error) => {
            seen.push((error as { code: string }).code, own.isAuthenticated(), request.curfew.state);
            response.json({});
          });
        });
      },
    });
    const [first, second] = [await site.browser(), await site.browser()];
    await logIn(first, "ann");
    await second.fetch("post", "/look", {});
    expect(seen).toEqual(["too_many_sessions", false, "anonymous"]);
  });

  it("leaves the other user signed in, with that user's data", async () => {
    const site = await startPassportApp(version, refusing);
    const [first, second] = [await site.browser(), await site.browser()];
    await logIn(first, "ann");
    await logIn(second, "bob");
    await second.fetch("post", "/data", { theme: "dark" });
    expect((await logIn(second, "ann", { successFlash: true })).status).toBe(409);
    expect(await me(second)).toEqual(SIGNED_IN("bob"));
    expect((await second.fetch("get", "/data")).body).toEqual({ theme: "dark", passport: { user: "bob" } });
  });
});

describe.each(PASSPORT_VERSIONS)("passport %s where Redis does not take the end", (version) => {
  /** Loses the script that records the end, in a request of a signed-in browser. */
  async function losing(
    options: PassportAppOptions,
    request: (browser: Browser) => Promise<{ status: number }>,
  ) {
    const proxy = await proxiedRedis();
    const site = await startPassportApp(version, { ...options, redis: proxy.redis, timeoutMs: 400 });
    const browser = await site.browser();
    await logIn(browser, "ann");
    // The same end that the request will ask for, so that Redis knows the script.
    const other = await site.browser();
    await logIn(other, "bob");
    await other.fetch("post", "/passport/logout", {});
    const isEnd = (args: readonly string[]): boolean =>
      args.includes("signed_out") || args.includes("revoked");
    proxy.inject({ on: isEnd });
    const cookie = browser.sessionCookie;
    const answer = await request(browser);
    await site.curfew.ready();
    return { answer, browser, cookie };
  }

  it("A13: answers a sign-out 503, and the user is still signed in", async () => {
    const { answer, browser, cookie } = await losing({}, (own) => own.fetch("post", "/passport/logout", {}));
    expect(answer.status).toBe(503);
    expect(browser.sessionCookie).toEqual(cookie);
    expect(await me(browser)).toEqual(SIGNED_IN("ann"));
  });

  it("A13: answers 503 where passport finds no user, and the session is still there", async () => {
    let exists = true;
    const { answer, browser } = await losing({ exists: () => exists }, async (own) => {
      exists = false;
      const response = await own.fetch("get", "/members");
      exists = true;
      return response;
    });
    expect(answer.status).toBe(503);
    expect(await me(browser)).toEqual(SIGNED_IN("ann"));
  });
});

describe.each(PASSPORT_VERSIONS)("passport %s whose deserializeUser gives false", (version) => {
  async function startDeleting(options: PassportAppOptions = {}) {
    const deleted = new Set<unknown>();
    const site = await startPassportApp(version, { exists: (id) => !deleted.has(id), ...options });
    const [ann, bob] = [await site.browser(), await site.browser()];
    await logIn(ann, "ann");
    await logIn(bob, "bob");
    deleted.add("ann");
    return { site, ann, bob };
  }

  it("ends the session as revoked before a guard lets the request pass", async () => {
    const { site, ann, bob } = await startDeleting();
    const answer = await ann.fetch("get", "/members");
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ error: "session_ended", reason: "revoked" });
    expect(site.told("ended")).toMatchObject([{ userId: "ann", reason: "revoked" }]);
    expect((await site.curfew.sessions.list({ userId: "ann" })).sessions).toEqual([]);
    expect(await ann.standing()).toBe("revoked");
    expect((await bob.fetch("get", "/members")).body).toEqual({ user: { id: "bob" } });
  });

  it("ends it also where no guard looks", async () => {
    const { site, ann } = await startDeleting({
      routes_: (app) => {
        app.get("/unguarded", (_request, response) => {
          response.json({});
        });
      },
    });
    expect((await ann.fetch("get", "/unguarded")).status).toBe(200);
    expect(site.told("ended")).toMatchObject([{ userId: "ann", reason: "revoked" }]);
    expect(await ann.standing()).toBe("revoked");
  });

  it("does not extend the session", async () => {
    const { site, ann } = await startDeleting({
      routes_: (app, _passport, curfew) => {
        app.post("/more", (request, response, next) => {
          curfew.extend(request).then((state) => response.json(state), next);
        });
      },
    });
    site.at("28:30");
    expect((await ann.fetch("post", "/more", {})).status).toBe(401);
  });

  it("lets another user sign in in the same request", async () => {
    const { ann } = await startDeleting();
    expect((await logIn(ann, "eve")).body).toEqual({ user: { id: "eve" }, curfew: "active" });
    expect(await me(ann)).toEqual(SIGNED_IN("eve"));
  });
});

describe("M7: a refused sign-in without curfew.passport()", () => {
  it.each<[PassportVersion]>(PASSPORT_VERSIONS.map((version) => [version]))(
    "after passport %s's own logIn leaves passport signed out",
    async (version) => {
      const users: unknown[] = [];
      const site = await startPassportApp(version, {
        ...refusing,
        passport: null,
        routes_: (app, _passport, curfew) => {
          app.post("/own", (request, response, next) => {
            const own = request as PassportRequest;
            own.logIn({ id: "ann" }, {}, (error) => {
              if (error !== undefined) next(error);
              else
                curfew.signIn(request, { userId: "ann" }).then(
                  () => response.json({}),
                  (failure: unknown) => {
                    users.push(own.user);
                    next(failure);
                  },
                );
            });
          });
        },
      });
      const [first, second, third] = [await site.browser(), await site.browser(), await site.browser()];
      expect((await first.fetch("post", "/own", {})).status).toBe(200);
      await second.fetch("post", "/data", { seen: 1 });
      for (const browser of [second, third]) {
        const cookie = browser.sessionCookie;
        const answer = await browser.fetch("post", "/own", {});
        expect([answer.status, setCookiesOf(answer)]).toEqual([409, []]);
        expect(browser.sessionCookie).toEqual(cookie);
        expect(await me(browser)).toEqual({ passport: false, user: null, curfew: "anonymous" });
      }
      expect(users).toEqual([null, null]);
      expect((await second.fetch("get", "/data")).body).toEqual({ seen: 1 });
    },
  );

  it("forgets a user that the app itself has written", async () => {
    const site = await startPassportApp("0.7.0", {
      ...refusing,
      routes_: (app, _passport, curfew) => {
        app.post("/hand-made", (request, response, next) => {
          Object.assign(request.session, { userId: "ann" });
          curfew.signIn(request, { userId: "ann" }).then(
            () => response.json({}),
            (error: unknown) => {
              // The app writes this after the refusal, so it stays.
              Object.assign(request.session, { tries: 1 });
              next(error);
            },
          );
        });
      },
    });
    const [first, second] = [await site.browser(), await site.browser()];
    await first.signIn("ann");
    expect((await second.fetch("post", "/hand-made", {})).status).toBe(409);
    expect((await second.fetch("get", "/data")).body).toEqual({ tries: 1 });
    expect((await second.fetch("post", "/login", { userId: "ann", password: PASSWORD })).status).toBe(409);
  });
});

describe.each(PASSPORT_VERSIONS)("M35: with passport %s", (version) => {
  it("refuses a sign-in if all sessions of the user were ended after the request arrived", async () => {
    const site = await startPassportApp(version, {
      routes_: (app, _passport, curfew) => {
        app.post("/late", (request, response, next) => {
          curfew.sessions.endAll({ userId: "ann", actor: "ann" }).then(() => {
            (request as PassportRequest).logIn({ id: "ann" }, {}, (error) => {
              if (error === undefined) response.json({});
              else next(error);
            });
          }, next);
        });
      },
    });
    const browser = await site.browser();
    const answer = await browser.fetch("post", "/late", {});
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([401, "authentication_expired"]);
    expect(await me(browser)).toMatchObject({ passport: false, curfew: "anonymous" });
    site.at("0:00.001");
    await logIn(browser, "ann");
    expect(await me(browser)).toEqual(SIGNED_IN("ann"));
  });
});
