/** `curfew.loginHint`: the contents of a login page. */
import express from "express";
import { describe, expect, it } from "vitest";
import type { LoginHint, LoginHintOptions, SettingsPatch } from "../../src/index.js";
import { startApp, type TestApp } from "../harness/app.js";
import { Browser, FIREFOX } from "../harness/browser.js";

const PLACE = { city: "Berlin", region: null, country: "Germany" };

/** Starts an app whose page `/hint` answers with the hint, apart from the login page and its own token. */
function start(options: LoginHintOptions = {}, defaults: SettingsPatch = {}): Promise<TestApp> {
  return startApp({
    defaults,
    locate: () => PLACE,
    configure: (app, curfew) => {
      app.use(express.urlencoded({ extended: false }));
      app.all("/hint", (request, response, next) => {
        curfew.loginHint(request, options).then((hint) => response.json(hint), next);
      });
    },
  });
}

const hintOf = async (browser: Browser, query = ""): Promise<LoginHint> =>
  (await browser.visit(`/hint${query}`)).body as LoginHint;

describe("the login page's hint", () => {
  it("has no reason for a visitor, and says how long a session lasts", async () => {
    const app = await start();
    expect(await hintOf(new Browser(app.server))).toEqual({
      reason: null,
      message: null,
      allowsPersistent: true,
      timeout: "You'll be signed out 30 minutes after signing in.",
      returnTo: "/",
    });
  });

  it.each([
    [{}, "You'll be signed out after 15 minutes without a click, touch or key press."],
    [
      { language: "de-AT" },
      "Wenn Sie 15 Minuten lang nichts anklicken, berühren oder eingeben, werden Sie abgemeldet.",
    ],
    [{ language: "ar" }, "سيتم تسجيل خروجك بعد 15 دقيقة دون نقر أو لمس أو كتابة."],
    [{ language: "fr" }, "You'll be signed out after 15 minutes without a click, touch or key press."],
    [{ words: { idleHint: "Idle: {idle}. {session}" } }, "Idle: 15 minutes. 5 hours"],
    [
      { words: { idleHint: undefined as never } },
      "You'll be signed out after 15 minutes without a click, touch or key press.",
    ],
  ])(
    "P4: under inactivity logout hides `Stay logged in`, and names the idle time: %j",
    async (options, timeout) => {
      const app = await start(options, {
        inactivityLogout: true,
        allowPersistentSessions: false,
        sessionMinutes: 300,
      });
      const hint = await hintOf(new Browser(app.server));
      expect(hint).toMatchObject({ allowsPersistent: false });
      expect(hint.timeout.replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x660))).toBe(
        timeout,
      );
    },
  );

  it.each<[object, RegExp]>([
    [{ idleHint: 5 }, /words has "idleHint", which must be a string/],
    [{ idlehint: "x" }, /write idleHint/],
    [{ ended: { idel: "x" } }, /words has "idel"/],
    [{ ended: "x" }, /words has "ended", which must be an object/],
  ])("refuses the words %j", async (words, message) => {
    const app = await start({ words });
    const answer = await new Browser(app.server).fetch("get", "/hint");
    expect(answer.body).toMatchObject({
      code: "invalid_argument",
      message: expect.stringMatching(message) as string,
    });
  });

  it("M5, W16: names the device, place and time of an eviction", async () => {
    const app = await start({}, { maxSessionsPerUser: 1, trackLocation: true });
    const browser = await app.signedIn("ann");
    await (await app.browser(FIREFOX)).signIn("ann");
    app.at("2:00");
    const { message, reason } = await hintOf(browser);
    expect(reason).toBe("evicted");
    expect(message).toMatch(
      /^You were signed out because you signed in on another device: Firefox on Linux, Berlin, Germany, 2 minutes ago\. If that wasn't you/,
    );
  });

  it("M5: says that an eviction is new", async () => {
    const app = await start({}, { maxSessionsPerUser: 1 });
    const browser = await app.signedIn("ann");
    await (await app.browser(FIREFOX)).signIn("ann");
    expect((await hintOf(browser)).message).toContain("on another device: Firefox on Linux, now. If that");
  });

  it("says the reason of each other end in words", async () => {
    const app = await start({ language: "de" }, { inactivityLogout: true, allowPersistentSessions: false });
    const browser = await app.signedIn("ann");
    app.at("15:00");
    expect(await hintOf(browser)).toMatchObject({
      reason: "idle",
      message: "Sie wurden abgemeldet, weil Sie 15 Minuten lang nichts angeklickt oder eingegeben haben.",
    });
  });

  it("M27: gives the browser its token, on a page that no cache keeps", async () => {
    const app = await start();
    const browser = new Browser(app.server);
    const answer = await browser.visit("/hint");
    expect(answer.get("Set-Cookie")).toMatch(/^curfew\.browser=s%3Abrowser-[\w-]{22}\./);
    expect(answer.get("Cache-Control")).toBe("no-store");
  });

  it("G4: returns to a path on this site only, from the address and from a form, and never to the login page", async () => {
    const app = await start();
    const browser = new Browser(app.server);
    const returnTo = async (path: string): Promise<string> => {
      const { returnTo: fromAddress } = await hintOf(browser, `?return_to=${encodeURIComponent(path)}`);
      const posted = (await browser.submit("/hint?return_to=/other", { return_to: path })).body as LoginHint;
      expect(posted.returnTo).toBe(fromAddress);
      return fromAddress;
    };
    expect(await returnTo("/reports?page=2#top")).toBe("/reports?page=2#top");
    for (const path of [
      "//e",
      "/\\e",
      "/\t/e",
      "/%2f/e",
      "https://e",
      "javascript:alert(1)",
      "/login",
      "/LOGIN/?a=b",
    ])
      expect(await returnTo(path)).toBe("/");
    expect((await hintOf(browser, "?return_to=/a&return_to=/b")).returnTo).toBe("/");
  });

  it.each([
    [{ language: "" }, "language must be a language such as"],
    [{ word: {} }, "word"],
  ])("refuses %j and names the fix", async (options, problem) => {
    const app = await start(options as LoginHintOptions);
    const answer = await new Browser(app.server).visit("/hint");
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.body) + answer.text).toContain(problem);
  });
});
