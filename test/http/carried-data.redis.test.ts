import { createRequire } from "node:module";
import { csrfSync } from "csrf-sync";
import express, { type Request, type RequestHandler } from "express";
import { describe, expect, it } from "vitest";
import type { SignInOptions } from "../../src/index.js";
import { dataOf, startApp, type TestApp } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";

const data = async (browser: Browser): Promise<unknown> => (await browser.fetch("get", "/data")).body;

/** An app whose second login writes into the session before it signs in. */
async function startWriting(written: object): Promise<TestApp> {
  return startApp({
    configure: (app, curfew) => {
      app.post("/write-and-sign-in", (request, response, next) => {
        const { userId = "bob" } = request.query as { userId?: string };
        Object.assign(dataOf(request), written);
        curfew.signIn(request, { userId }).then(() => response.json({}), next);
      });
      app.post("/save-and-sign-in", (request, response, next) => {
        Object.assign(dataOf(request), written);
        request.session.save(() => {
          curfew.signIn(request, { userId: "bob" }).then(() => response.json({}), next);
        });
      });
    },
  });
}

describe("M8: a sign-in over another user's session", () => {
  it.each(["/write-and-sign-in", "/save-and-sign-in"])(
    "keeps what this request has written: %s",
    async (path) => {
      const site = await startWriting({ locale: "de", cart: [1, 2], visits: 2 });
      const browser = await site.signedIn("ann");
      await browser.fetch("post", "/data", { secret: "ann's", cart: [1, 2], visits: 1 });
      await browser.fetch("post", path, {});
      // The cart reads as it was loaded, so it is ann's.
      expect(await data(browser)).toEqual({ locale: "de", visits: 2 });
      expect(await browser.state()).toMatchObject({ session: { userId: "bob" } });
    },
  );

  it("compares with the data of the user who signed in last, within one request too", async () => {
    const site = await startApp({
      configure: (app, curfew) => {
        app.post("/three", async (request, response) => {
          dataOf(request)["of"] = "ann";
          await curfew.signIn(request, { userId: "ann" });
          dataOf(request)["step"] = 1;
          await curfew.signIn(request, { userId: "bob" });
          response.json({});
        });
      },
    });
    const browser = await site.browser();
    await browser.fetch("post", "/three", {});
    expect(await data(browser)).toEqual({ step: 1 });
  });

  it("keeps all data of the same user", async () => {
    const site = await startWriting({ step: 1 });
    const browser = await site.signedIn("ann");
    await browser.fetch("post", "/data", { theme: "dark" });
    await browser.fetch("post", "/write-and-sign-in?userId=ann", {});
    expect(await data(browser)).toEqual({ theme: "dark", step: 1 });
  });
});

describe("M38: the option keepData", () => {
  const planted = { csrfSecret: "known to an attacker", cart: [1], locale: "de" };

  it.each<[SignInOptions["keepData"], object]>([
    [undefined, planted],
    [true, planted],
    [false, {}],
    [["cart", "missing"], { cart: [1] }],
    [[], {}],
  ])("%j takes over from a visitor %j", async (keepData, expected) => {
    const site = await startApp();
    const browser = await site.browser();
    await browser.fetch("post", "/data", planted);
    await browser.signIn("ann", keepData === undefined ? {} : { keepData });
    expect(await data(browser)).toEqual(expected);
  });

  it("keeps the same user's data, and never brings back another user's", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    await browser.fetch("post", "/data", planted);
    await browser.signIn("ann", { keepData: false });
    expect(await data(browser)).toEqual(planted);
    await browser.signIn("bob", { keepData: ["cart"] });
    expect(await data(browser)).toEqual({});
  });

  it.each([["all"], [{}], [["cart", 1]], [null]])("refuses %j", async (keepData) => {
    const site = await startApp();
    const browser = await site.browser();
    const answer = await browser.fetch("post", "/login", {
      userId: "ann",
      password: "open sesame",
      keepData,
    });
    expect(answer.body).toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("keepData") as string,
    });
  });
});

describe("M38: a CSRF token that a visitor's browser has", () => {
  const sync = csrfSync({ getTokenFromRequest: ({ body }) => (body as { _csrf?: string })._csrf });
  const lusca = createRequire(import.meta.url)("lusca") as { csrf(): RequestHandler };

  it.each<[string, string, RequestHandler, (request: Request) => string]>([
    ["csrf-sync", "csrfToken", sync.csrfSynchronisedProtection, (request) => sync.generateToken(request)],
    [
      "lusca",
      "_csrfSecret",
      lusca.csrf(),
      (request) => (request as Request & { csrfToken(): string }).csrfToken(),
    ],
  ])("%s renews it after the line in docs/migrating.md", async (_name, field, protection, tokenOf) => {
    const site = await startApp({
      configure: (app, curfew) => {
        app.use(express.json(), protection);
        app.get("/token", (request, response) => {
          response.json(tokenOf(request));
        });
        app.post("/renewing-login", (request, response, next) => {
          const renew = (): unknown => Reflect.deleteProperty(request.session, field);
          curfew.signIn(request, { userId: "ann" }).then(() => response.json(renew()), next);
        });
        app.post("/change", (_request, response) => {
          response.json({});
        });
      },
    });
    const browser = await site.browser();
    const token = async (): Promise<string> => (await browser.fetch("get", "/token")).body as string;
    const post = async (path: string, csrf: string): Promise<number> =>
      (await browser.fetch("post", path, { _csrf: csrf })).status;
    const planted = await token();
    expect(await post("/renewing-login", planted)).toBe(200);
    expect([await post("/change", planted), await post("/change", await token())]).toEqual([403, 200]);
    expect(await browser.standing()).toBe("in");
  });
});

describe("M7: a sign-in that is refused", () => {
  it("sends no session cookie to a browser without a session, although the handler wrote the user", async () => {
    const site = await startApp({
      defaults: { maxSessionsPerUser: 1, whenLimitReached: "refuse_newest" },
      configure: (app, curfew) => {
        app.post("/hand-made", (request, response, next) => {
          dataOf(request)["userId"] = "ann";
          curfew.signIn(request, { userId: "ann" }).then(() => response.json({}), next);
        });
      },
    });
    await site.signedIn("ann");
    const browser = await site.browser();
    expect((await browser.fetch("post", "/hand-made", {})).status).toBe(409);
    expect(browser.sessionCookie).toBeUndefined();
    expect(await data(browser)).toEqual({});
  });
});
