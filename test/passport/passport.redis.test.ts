import { describe, expect, it } from "vitest";
import { express4 } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { setCookiesOf } from "../harness/http.js";
import {
  isOld,
  logIn,
  me,
  PASSPORT_VERSIONS,
  SIGNED_IN,
  startPassportApp,
  type PassportRequest,
} from "./passport-app.js";

const data = async (browser: Browser): Promise<unknown> => (await browser.fetch("get", "/data")).body;
const messages = async (browser: Browser): Promise<unknown> =>
  (await browser.fetch("get", "/passport/messages")).body;

describe.each(PASSPORT_VERSIONS)("X7: passport %s with curfew.passport()", (version) => {
  it("signs in by req.logIn and signs out by req.logout", async () => {
    const site = await startPassportApp(version);
    const browser = await site.browser();
    const answer = await logIn(browser, "ann");
    expect(answer.body).toEqual({ user: { id: "ann" }, curfew: "active" });
    expect(setCookiesOf(answer)).toEqual([expect.stringMatching(/^curfew\.sid=/)]);
    expect(await me(browser)).toEqual(SIGNED_IN("ann"));
    expect(await data(browser)).toEqual({ passport: { user: "ann" } });
    expect(site.told("signedIn")).toMatchObject([{ userId: "ann", persistent: false }]);

    const out = await browser.fetch("post", "/passport/logout", {});
    expect(out.body).toEqual({ user: null, curfew: "ended" });
    expect(out.get("Clear-Site-Data")).toBe('"cache"');
    expect(await me(browser)).toMatchObject({ passport: false, user: null });
    expect(site.told("ended")).toMatchObject([{ reason: "signed_out", userId: "ann" }]);
    expect((await site.curfew.sessions.list({ userId: "ann" })).sessions).toEqual([]);
  });

  it("works on Express 4, and without passport.initialize() where passport does", async () => {
    const withoutInitialize = version === "0.5.0" ? {} : { initialize: null };
    const site = await startPassportApp(version, { express: express4, ...withoutInitialize });
    const browser = await site.browser();
    await logIn(browser, "ann");
    expect(await me(browser)).toEqual(SIGNED_IN("ann"));
    await browser.fetch("post", "/passport/logout", {});
    expect(await browser.standing()).not.toBe("in");
  });

  it("C10: keeps the flash message of a sign-out for the next page", async () => {
    const site = await startPassportApp(version);
    const browser = await site.browser();
    await logIn(browser, "ann");
    await browser.fetch("post", "/data", { secret: "ann's" });
    await browser.fetch("post", "/passport/logout", {});
    expect(await data(browser)).toEqual({ flash: { info: ["Goodbye."] } });
    expect(await messages(browser)).toEqual({ flash: { info: ["Goodbye."] } });
  });

  it("ends nothing where no user is signed in", async () => {
    const site = await startPassportApp(version);
    const browser = await site.browser();
    await browser.fetch("post", "/data", { cart: [1] });
    expect((await browser.fetch("post", "/passport/logout", {})).body).toEqual({
      user: null,
      curfew: "anonymous",
    });
    expect(await data(browser)).toMatchObject({ cart: [1] });
  });

  it("serves the redirects of passport.authenticate", async () => {
    const site = await startPassportApp(version);
    const browser = await site.browser();
    const options = { successRedirect: "/members", failureRedirect: "/again" };
    const failed = await logIn(browser, "ann", options, "guess");
    expect([failed.status, failed.get("Location")]).toEqual([302, "/again"]);
    expect(await me(browser)).toMatchObject({ passport: false, curfew: "anonymous" });
    const passed = await logIn(browser, "ann", options);
    expect([passed.status, passed.get("Location")]).toEqual([302, "/members"]);
    expect((await browser.fetch("get", "/members")).body).toEqual({ user: { id: "ann" } });
  });

  it("serves its flash and its messages, of failures and of success", async () => {
    const site = await startPassportApp(version);
    const browser = await site.browser();
    await logIn(browser, "ann", { failureFlash: true, failureMessage: true, failureRedirect: "/" }, "guess");
    const wrong = "That password is wrong.";
    expect(await messages(browser)).toEqual({ flash: { error: [wrong] }, messages: [wrong] });
    await logIn(browser, "ann", { successFlash: true, successMessage: true, successRedirect: "/" });
    const welcome = "Welcome, ann!";
    expect(await messages(browser)).toEqual({ flash: { success: [welcome] }, messages: [wrong, welcome] });
    expect(await me(browser)).toEqual(SIGNED_IN("ann"));
  });

  it("serves successReturnToOrRedirect", async () => {
    const site = await startPassportApp(version);
    const browser = await site.browser();
    await browser.fetch("post", "/data", { returnTo: "/members?page=2" });
    const options = { successReturnToOrRedirect: "/elsewhere" };
    expect((await logIn(browser, "ann", options)).get("Location")).toBe("/members?page=2");
    expect(await data(browser)).toEqual({ passport: { user: "ann" } });
    expect((await logIn(browser, "ann", options)).get("Location")).toBe("/elsewhere");
  });

  it("serves keepSessionInfo, which passport 0.5 always means", async () => {
    const site = await startPassportApp(version);
    const [plain, keeping] = [await site.browser(), await site.browser()];
    for (const browser of [plain, keeping]) await browser.fetch("post", "/data", { cart: [1] });
    await logIn(plain, "ann");
    await logIn(keeping, "bob", { keepSessionInfo: true });
    expect(await data(plain)).toEqual({
      ...(isOld(version) ? { cart: [1] } : {}),
      passport: { user: "ann" },
    });
    expect(await data(keeping)).toEqual({ cart: [1], passport: { user: "bob" } });
  });

  it("serves failWithError and a status of its own", async () => {
    const site = await startPassportApp(version);
    const browser = await site.browser();
    expect((await logIn(browser, "ann", { failWithError: true }, "guess")).status).toBe(401);
    expect((await logIn(browser, "ann", {}, "")).status).toBe(400);
  });

  it("M8: signs in over another user, keeps nothing of that user, and keeps what the request wrote", async () => {
    const site = await startPassportApp(version);
    const browser = await site.browser();
    await logIn(browser, "ann");
    await browser.fetch("post", "/data", { secret: "ann's", passport: { user: "ann", more: "ann's" } });
    await logIn(browser, "bob", { keepSessionInfo: true, successFlash: true });
    expect(await me(browser)).toEqual(SIGNED_IN("bob"));
    expect(await data(browser)).toEqual({
      flash: { success: ["Welcome, bob!"] },
      passport: { user: "bob" },
    });
    expect(site.told("ended")).toMatchObject([{ userId: "ann", reason: "signed_out" }]);
  });

  it("passes calls with session: false through", async () => {
    const site = await startPassportApp(version);
    const browser = await site.browser();
    expect((await logIn(browser, "ann", { session: false })).body).toEqual({
      user: { id: "ann" },
      curfew: "anonymous",
    });
    expect(await me(browser)).toEqual({ passport: false, user: null, curfew: "anonymous" });
    expect(browser.sessionCookie).toBeUndefined();
  });

  it("tries several strategies, and knows authorize and a callback", async () => {
    const site = await startPassportApp(version, {
      routes_: (app, passport) => {
        passport.use("token", {
          authenticate(this: { fail(): void; success(user: object): void }, request: PassportRequest) {
            if (request.get("x-token") === undefined) this.fail();
            else this.success({ id: "bot" });
          },
        });
        app.post("/either", passport.authenticate(["token", "local"]), (request, response) => {
          response.json({ user: (request as PassportRequest).user });
        });
        app.post("/connect", passport.authenticate("local", { assignProperty: "account" }), (_, response) => {
          response.json({});
        });
        app.post("/callback", (request, response, next) => {
          const answer = passport.authenticate("local", (error, user) => {
            (request as PassportRequest).logIn(user, {}, (failure) => {
              if (error ?? failure) next(error ?? failure);
              else response.json({});
            });
          });
          void answer(request, response, next);
        });
      },
    });
    const form = { username: "ann", password: "open sesame" };
    const [first, second, third] = [await site.browser(), await site.browser(), await site.browser()];
    await first.fetch("post", "/either", form);
    expect(await me(first)).toEqual(SIGNED_IN("ann"));
    await second.fetch("post", "/connect", form);
    expect(await me(second)).toMatchObject({ passport: false, curfew: "anonymous" });
    await third.fetch("post", "/callback", form);
    expect(await me(third)).toEqual(SIGNED_IN("ann"));
  });

  it("P2: asks the app's function if the user stays signed in", async () => {
    const site = await startPassportApp(version, {
      passport: { persistent: (request) => (request.body as { stay?: string }).stay === "on" },
    });
    const [staying, leaving] = [await site.browser(), await site.browser()];
    const form = { username: "ann", password: "open sesame" };
    await staying.fetch("post", "/passport/login", { ...form, stay: "on" });
    await leaving.fetch("post", "/passport/login", form);
    expect(staying.sessionCookie?.attributes["max-age"]).toBe("2592000");
    expect(leaving.sessionCookie?.attributes["max-age"]).toBeUndefined();
  });

  it("names the option if serializeUser gives no id, and signs in by the option", async () => {
    const serialize = ({ id }: { id: string }) => ({ email: `${id}@example.com` });
    const without = await startPassportApp(version, { serialize });
    const browser = await without.browser();
    const answer = await logIn(browser, "ann", { successFlash: true });
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({ code: "invalid_option", option: "passport.userId" });
    expect(browser.sessionCookie).toBeUndefined();
    const site = await startPassportApp(version, {
      serialize,
      passport: { userId: (user) => (user as { id: string }).id },
    });
    const other = await site.browser();
    await logIn(other, "ann");
    expect(await other.state()).toMatchObject({ session: { userId: "ann" } });
  });

  it("M17: answers 500 if the app's callback throws, and lives on", async () => {
    const site = await startPassportApp(version, {
      before: (app) => app.set("env", "test"),
      routes_: (app) => {
        app.post("/mistake", (request) => {
          (request as PassportRequest).logIn({ id: "ann" }, {}, () => {
            throw new Error("a mistake");
          });
        });
      },
    });
    const browser = await site.browser();
    expect((await browser.fetch("post", "/mistake", {})).status).toBe(500);
    expect((await browser.visit("/login")).status).toBe(200);
  });
});

describe("curfew.passport()", () => {
  it("may be mounted twice, and behind passport.initialize()", async () => {
    const site = await startPassportApp("0.7.0", {
      passport: null,
      routes_: (app, passport, curfew) => {
        app.use(curfew.passport(), curfew.passport());
        app.post("/late", passport.authenticate("local"), (request, response) => {
          response.json({ curfew: request.curfew.state });
        });
      },
    });
    const browser = await site.browser();
    const form = { username: "ann", password: "open sesame" };
    expect((await browser.fetch("post", "/late", form)).body).toEqual({ curfew: "active" });
    expect(site.told("signedIn")).toHaveLength(1);
  });

  it("says that curfew.session() is missing in front of it", async () => {
    const site = await startPassportApp("0.7.0", {
      before: (app) => {
        app.get("/too-early", (request, response, next) => {
          site.curfew.passport()(request, response, next);
        });
      },
    });
    const browser = await site.browser();
    expect((await browser.fetch("get", "/too-early")).body).toMatchObject({
      code: "session_middleware_missing",
    });
  });

  it.each([[{ userID: () => "ann" }], [{ persistent: true }], [null]])(
    "refuses options that it does not know: %j",
    async (options) => {
      const site = await startPassportApp("0.7.0");
      expect(() => site.curfew.passport(options as never)).toThrow(
        expect.objectContaining({ code: "invalid_option" }) as Error,
      );
    },
  );
});

describe.each(PASSPORT_VERSIONS)("M38: keepData with passport %s", (version) => {
  it.each<[boolean | string[], object]>([
    [false, {}],
    [true, { cart: [1], csrfSecret: "planted" }],
    [["cart"], { cart: [1] }],
  ])("%j chooses a visitor's data; the flash stays", async (keepData, kept) => {
    const site = await startPassportApp(version, { passport: { keepData } });
    const browser = await site.browser();
    await browser.fetch("post", "/data", { cart: [1], csrfSecret: "planted" });
    await logIn(browser, "ann", { successFlash: true });
    const flash = { success: ["Welcome, ann!"] };
    expect(await data(browser)).toEqual({ ...kept, flash, passport: { user: "ann" } });
  });
});
