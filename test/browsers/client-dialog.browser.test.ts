/** The warning in real browsers. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { describeEngines, type EnginePage } from "../harness/browsers/index.js";
import {
  axeViolations,
  ClientSite,
  dialogText,
  IS_READABLE,
  nearTheEnd,
  pass,
  PASSWORD,
  seenBy,
  textOf,
  waitForDialog,
  waitForKeys,
  type ClientSiteOptions,
} from "./client-site.js";

const IDLE = { inactivityLogout: true, allowPersistentSessions: false, sessionMinutes: 300 };
/** Under inactivity logout, an absolute limit that only a password moves. */
const ABSOLUTE = { ...IDLE, sessionMinutes: 15 };
/** JavaScript that reads the dialog's parts. */
const PART = `(name) => document.querySelector("curfew-dialog").shadowRoot.querySelector("[part~=" + name + "]")`;

describeEngines("the warning", ({ browser, engine }) => {
  let page: EnginePage;
  let site: ClientSite;
  const start = async (options: ClientSiteOptions): Promise<void> => {
    site = await ClientSite.start(options);
  };

  beforeEach(async () => {
    page = await browser().newPage();
  });
  afterEach(async () => {
    await page.close();
    await site.close();
  });

  it.each([
    [5, "5 minutes"],
    [30, "30 minutes"],
    [1_440, "30 minutes"],
  ])(
    "D3, D5: of a session of %s minutes offers %s, and closes on the server's yes",
    async (sessionMinutes, more) => {
      await start({ defaults: { sessionMinutes } });
      await site.enter(page);
      await nearTheEnd(site, page, sessionMinutes);
      await waitForKeys(page);
      expect(await dialogText(page)).toContain(`Stay signed in for ${more}`);
      expect(await page.title()).toMatch(/^\(1:\d\d\) Signing out soon - Work$/);
      await page.press("Enter");
      await waitForDialog(page, false);
      expect(await page.title()).toBe("Work");
      const { events, violations, errors } = await seenBy(page);
      expect(events.map(({ name }) => name)).toEqual(["warning", "extended"]);
      expect(events[1]?.detail["remainingMs"]).toBeGreaterThan(60_000 * Math.min(sessionMinutes, 30) - 5_000);
      expect([violations, errors]).toEqual([[], []]);
    },
  );

  it("N3: takes the focus to its button, and gives it back to the field; Escape stays signed in", async () => {
    await start({ defaults: IDLE });
    await site.enter(page);
    await page.evaluate("document.querySelector('#note').focus()");
    await nearTheEnd(site, page, 15);
    await waitForKeys(page);
    expect(await dialogText(page)).toContain("You haven't clicked or typed for a while");
    const focused = `return document.querySelector("curfew-dialog").shadowRoot.activeElement.textContent`;
    expect(await page.evaluate(focused)).toBe("Stay signed in");
    await page.press("Escape");
    await waitForDialog(page, false);
    expect(await page.evaluate("return document.activeElement.id")).toBe("note");
    expect((await seenBy(page)).events.at(-1)?.name).toBe("extended");
  });

  it("is not pressed by a key that was meant for the page", async () => {
    await start({ defaults: IDLE });
    await site.enter(page);
    await nearTheEnd(site, page, 15);
    await waitForDialog(page, true);
    await page.evaluate(`(${PART})("primary").click()`);
    expect(await dialogText(page)).not.toBeNull();
    await waitForKeys(page);
    await page.press("Tab");
    await page.press("Enter");
    await page.waitForUrl("/login");
    expect(await page.text("#reason")).not.toBe("idle");
  });

  it("N7, N14: signs in again in place, also after Escape; a half-filled form stays, and a wrong password stays selected", async () => {
    await start({ defaults: ABSOLUTE });
    await site.enter(page);
    await page.type("#note", "half a sentence");
    await nearTheEnd(site, page, 15);
    await waitForKeys(page);
    expect(await dialogText(page)).toContain("Sign in again to keep working");
    const password = `document.querySelector("curfew-dialog").shadowRoot.querySelector("[type=password]")`;
    const type = (text: string): Promise<unknown> => page.evaluate(`${password}.value = args[0]`, text);
    await page.press("Escape");
    await waitForDialog(page, false);
    expect(await page.evaluate(`return (${PART})("banner").innerText`)).toContain("You'll be signed out in");
    await page.evaluate(`(${PART})("banner").querySelector("button").click()`);
    await waitForKeys(page);
    await type("guess");
    await page.press("Enter");
    await page.waitFor(`(${PART})("problem").textContent === "That password isn't right. Try again."`);
    expect(await page.evaluate(`return [${password}.value, ${password}.selectionEnd]`)).toEqual(["guess", 5]);
    await type(PASSWORD);
    await page.press("Enter");
    await waitForDialog(page, false);
    expect(await page.evaluate("return document.querySelector('#note').value")).toBe("half a sentence");
    expect((await seenBy(page)).events.map(({ name }) => name)).toContain("reauthenticated");
  });

  it("leads to the login page in another tab if the app checks no password; Escape leaves a banner", async () => {
    await start({ defaults: ABSOLUTE, verifies: false });
    await site.enter(page);
    await nearTheEnd(site, page, 15);
    await waitForKeys(page);
    const link = await page.evaluate<string[]>(
      `const link = document.querySelector("curfew-dialog").shadowRoot.querySelector("a");
       return [link.getAttribute("href"), link.target, link.rel, String(link.hidden)];`,
    );
    expect(link).toEqual(["/curfew/reauth?lang=en", "_blank", "noopener", "false"]);
    await page.press("Escape");
    await waitForDialog(page, false);
    expect(await page.evaluate(`return (${PART})("banner").innerText`)).toContain("You'll be signed out in");
  });

  it("N7, N14: signs in again by a redirect to another site; a half-filled form stays", async () => {
    const back = { to: "" };
    await start({
      defaults: ABSOLUTE,
      verifies: false,
      reauthUrl: ({ userId }) => `/sso?user=${userId}`,
      configure: (app, curfew) => {
        app.get("/sso", (request, response) => {
          back.to = textOf(request, "return_to");
          response.redirect(303, site.url("/provider").replace("localhost", "127.0.0.1"));
        });
        app.get("/provider", (_request, response) => {
          response.redirect(303, site.url("/callback"));
        });
        app.get("/callback", async (request, response) => {
          await curfew.reauthenticate(request);
          response.redirect(303, back.to);
        });
      },
    });
    await site.enter(page);
    await page.type("#note", "half a sentence");
    await nearTheEnd(site, page, 15);
    await waitForKeys(page);
    await page.press("Enter");
    await waitForDialog(page, false);
    expect(back.to).toBe("/curfew/reauth-done?lang=en");
    expect(await page.evaluate("return document.querySelector('#note').value")).toBe("half a sentence");
    expect((await seenBy(page)).events.map(({ name }) => name)).toContain("reauthenticated");
  });

  it("opens above the app's own modal dialog", async () => {
    await start({ defaults: IDLE });
    await site.enter(page);
    await page.evaluate("document.querySelector('#own').showModal()");
    await nearTheEnd(site, page, 15);
    await waitForKeys(page);
    const top = `const { x, y } = (${PART})("primary").getBoundingClientRect();
      return document.elementFromPoint(x + 5, y + 5).localName;`;
    expect(await page.evaluate(top)).toBe("curfew-dialog");
    await page.press("Enter");
    await waitForDialog(page, false);
    expect(await page.evaluate("return document.querySelector('#own').open")).toBe(true);
  });

  it("says the time three times and no more: its texts do not change each second", async () => {
    await start({ defaults: IDLE });
    await site.enter(page);
    await pass(site, page, 14);
    await waitForDialog(page, true);
    await page.evaluate(`window.heard = [];
      new MutationObserver(() => heard.push((${PART})("live").textContent))
        .observe((${PART})("live"), { childList: true, characterData: true, subtree: true });
      window.body = (${PART})("body").textContent;`);
    await pass(site, page, 0.48);
    await page.waitFor("window.heard.length > 0");
    expect(await page.evaluate("return window.heard")).toEqual(["30 seconds left"]);
    expect(await page.evaluate(`return (${PART})("body").textContent === window.body`)).toBe(true);
  });

  it("announces 60, 30 and 15 seconds, and only the last time interrupts", async () => {
    await start({ defaults: IDLE });
    await site.enter(page);
    await pass(site, page, 13.5);
    await waitForDialog(page, true);
    const live = `(${PART})("live")`;
    for (const [minutes, text, urgency] of [
      [0.55, "1 minute left", "polite"],
      [0.5, "30 seconds left", "polite"],
      [0.22, "15 seconds left", "assertive"],
    ] as const) {
      await pass(site, page, minutes);
      await page.waitFor(`${live}.textContent === "${text}"`);
      expect(await page.evaluate(`return [${live}.ariaLive, ${live}.role]`)).toEqual([urgency, "status"]);
    }
  });

  // Only Chromium's driver sets these preferences.
  it.runIf(engine.name === "chromium")("moves nothing for a person who prefers less motion", async () => {
    await start({ defaults: IDLE });
    await site.enter(page);
    await nearTheEnd(site, page, 15);
    await waitForDialog(page, true);
    const animation = `return getComputedStyle((${PART})("dialog")).animationName`;
    await page.prefer({ reducedMotion: "no-preference" });
    expect(await page.evaluate(animation)).not.toBe("none");
    await page.prefer({ reducedMotion: "reduce" });
    expect(await page.evaluate(animation)).toBe("none");
  });

  it.runIf(engine.name === "chromium")("shows borders, text and buttons in forced colours", async () => {
    await start({ defaults: IDLE });
    await site.enter(page);
    await page.prefer({ forcedColors: "active" });
    await nearTheEnd(site, page, 15);
    await waitForKeys(page);
    const parts = await page.evaluate<[boolean, string][]>(
      `return ["dialog", "primary", "secondary"].map((name) => {
         const element = (${PART})(name);
         return [(${IS_READABLE})(element), getComputedStyle(element).borderTopStyle];
       });`,
    );
    expect(parts).toEqual(Array.from({ length: 3 }, () => [true, "solid"]));
  });

  it.each([
    ["default", "light", "en", "ltr", "Stay signed in"],
    ["strict", "dark", "de", "ltr", "Angemeldet bleiben"],
    ["strict", "light", "ar", "rtl", "البقاء مسجّلًا"],
    ["default", "dark", "ar", "rtl", "البقاء مسجّلًا"],
  ] as const)(
    "breaks no rule of axe and no %s policy: %s, %s",
    async (policy, scheme, language, direction, words) => {
      await start({ defaults: IDLE, policy });
      await site.enter(page, `/page?lang=${language}&scheme=${scheme}`);
      await nearTheEnd(site, page, 15);
      await waitForKeys(page);
      await page.waitFor(`(${PART})("primary").textContent === ${JSON.stringify(words)}`);
      const { direction: shown, background } = await page.evaluate<Record<string, string>>(
        `const style = getComputedStyle((${PART})("dialog"));
       return { direction: style.direction, background: style.backgroundColor };`,
      );
      expect(shown).toBe(direction);
      expect(background === "rgb(255, 255, 255)").toBe(scheme === "light");
      expect(await axeViolations(page)).toEqual([]);
      const { violations, errors } = await seenBy(page);
      expect([violations, errors]).toEqual([[], []]);
    },
  );

  it("fits a window of 320 pixels", async () => {
    await start({ defaults: ABSOLUTE });
    await site.enter(page);
    // A frame has a window of its own. Its page is in the same browser, so it warns too.
    await page.evaluate(
      `const frame = document.createElement("iframe");
       frame.width = 320; frame.height = 480; frame.src = "/other";
       document.querySelector("main").append(frame);
       await new Promise((resolve) => { frame.onload = resolve; });`,
    );
    await nearTheEnd(site, page, 15);
    await page.waitFor(
      "document.querySelector('iframe').contentDocument.querySelector('curfew-dialog')?.shadowRoot.querySelector('dialog').open",
    );
    const fits = `const inner = document.querySelector("iframe").contentWindow;
      const { left, right } = inner.document.querySelector("curfew-dialog").shadowRoot.querySelector("dialog").getBoundingClientRect();
      return left >= 0 && right <= inner.innerWidth && inner.document.documentElement.scrollWidth <= inner.innerWidth;`;
    expect(await page.evaluate(fits)).toBe(true);
  });
});
