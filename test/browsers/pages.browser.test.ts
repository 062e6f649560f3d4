/** The pages of sessions and settings in real browsers. */
import { afterEach, beforeEach, expect, it } from "vitest";
import type { TestApp } from "../harness/app.js";
import { Browser, PASSWORD } from "../harness/browser.js";
import { describeEngines, type EnginePage } from "../harness/browsers/index.js";
import { ROOT, startPages } from "../pages/support.js";
import { axeViolations, IS_READABLE } from "./client-site.js";

/** Texts that would run a script or add an element, if a page did not escape them. */
const PAYLOADS = [
  "<script>window.ran=1</script>",
  "<img src=x onerror=window.ran=1>",
  '"><svg onload=window.ran=1>',
  "'><iframe srcdoc='<script>parent.ran=1</script>'>",
  "</title><script>window.ran=1</script>",
  "</textarea><img src=x onerror=window.ran=1>",
  "javascript:window.ran=1",
  '" autofocus onfocus=window.ran=1 x="',
  "&lt;img src=x onerror=window.ran=1&gt;",
  "\u202e<b onclick=window.ran=1>",
];

describeEngines("the pages", ({ browser, engine }) => {
  let page: EnginePage;
  let site: TestApp;
  const open = (path: string): Promise<void> => page.goto(site.url.replace("127.0.0.1", "localhost") + path);

  beforeEach(async () => {
    page = await browser().newPage();
    site = await startPages({ defaults: { trackLocation: true } });
    for (const payload of PAYLOADS) {
      const userAgent = `Mozilla/5.0 ${payload.replace(/[^\x20-\x7e]/g, "")}`;
      await new Browser(site.server, { userAgent }).signIn(payload);
    }
    await open("/login");
    await page.evaluate(
      `const body = JSON.stringify({ userId: ${JSON.stringify(ROOT)}, password: ${JSON.stringify(PASSWORD)} });
       await fetch("/login", { method: "POST", headers: { "content-type": "application/json" }, body, redirect: "manual" });`,
    );
  });
  afterEach(() => page.close());

  it.each(["/me/sessions", "/admin/settings", "/admin/sessions", "/admin/history", "/admin/audit"])(
    "J5, G3: %s has no violation of axe, in light and dark, and runs nothing from outside",
    async (path) => {
      await open(path);
      expect(await page.text("h1")).not.toBe("");
      for (const scheme of ["light", "dark"]) {
        await page.evaluate(`document.body.style.setProperty("--curfew-color-scheme", "${scheme}")`);
        expect(await axeViolations(page)).toEqual([]);
      }
      const added = `document.querySelectorAll("script, img, svg, iframe, b, [onclick], [onfocus]").length`;
      expect(await page.evaluate(`return [${added}, window.ran ?? null]`)).toEqual([0, null]);
    },
  );

  /** Opens a page that names a session or a user, by its link. */
  async function addressOf(path: string): Promise<string> {
    if (!path.includes(":ref")) return path;
    const [session] = (await site.curfew.sessions.list({ userId: PAYLOADS[0] ?? "" })).sessions;
    return path.replace(":ref", session?.ref ?? "");
  }

  const FURTHER = [
    `/admin/sessions?user=${encodeURIComponent(PAYLOADS[0] ?? "")}`,
    "/admin/sessions/session?ref=:ref",
    "/admin/sessions/end?ref=:ref",
    `/admin/sessions/end-all?user=${encodeURIComponent(PAYLOADS[1] ?? "")}`,
    `/admin/settings/rule?kind=role&name=${encodeURIComponent(PAYLOADS[2] ?? "")}`,
    "/admin/settings/purge-locations",
  ];

  it.each(FURTHER)("G3: %s has no violation of axe, and runs nothing from outside", async (path) => {
    await site.curfew.settings.rules.set({ role: PAYLOADS[2] ?? "" }, { sessionMinutes: 30 });
    await site.curfew.settings.observe({ inactivityLogout: true }, { actor: PAYLOADS[3] ?? "" });
    await open(await addressOf(path));
    expect(await page.text("h1")).not.toBe("");
    expect(await axeViolations(page)).toEqual([]);
    const added = `document.querySelectorAll("script, img, svg, iframe, b, [onclick], [onfocus]").length`;
    expect(await page.evaluate(`return [${added}, window.ran ?? null]`)).toEqual([0, null]);
  });

  it.runIf(engine.name === "chromium")(
    "every page fits a window of 320 pixels, also from right to left",
    async () => {
      await site.curfew.settings.rules.set({ role: "auditor" }, { sessionMinutes: 30 });
      await page.prefer({ width: 320 });
      const paths = [
        "/me/sessions",
        "/admin/settings",
        "/admin/sessions",
        "/admin/history",
        "/admin/audit",
        ...FURTHER,
      ];
      for (const path of paths) {
        await open(await addressOf(path));
        for (const direction of ["ltr", "rtl"]) {
          await page.evaluate(`document.documentElement.dir = "${direction}"`);
          const wide = await page.evaluate<string[]>(
            `const { documentElement: root } = document;
             const isWide = (one) => { const { left, right } = one.getBoundingClientRect(); return left < -1 || right > root.clientWidth + 1; };
             return root.scrollWidth <= root.clientWidth ? [] : [...document.querySelectorAll("main *")].filter(isWide).map((one) => one.outerHTML.slice(0, 80));`,
          );
          expect([path, direction, wide]).toEqual([path, direction, []]);
        }
      }
    },
  );

  // Only Chromium's driver sets this preference.
  it.runIf(engine.name === "chromium")("J5: buttons can be read in forced colours", async () => {
    await open("/admin/settings");
    await page.prefer({ forcedColors: "active" });
    const unreadable = await page.evaluate<string[]>(
      `const isReadable = ${IS_READABLE};
       const buttons = [...document.querySelectorAll("button, .button")];
       return buttons.filter((button) => !isReadable(button)).map(({ textContent }) => textContent);`,
    );
    expect(unreadable).toEqual([]);
  });

  it("G3: the list of all sessions shows hostile user ids as text", async () => {
    await open("/admin/sessions");
    const shown = await page.evaluate<string>(`return document.querySelector("main").textContent`);
    for (const payload of PAYLOADS) expect(shown).toContain(payload);
  });
});
