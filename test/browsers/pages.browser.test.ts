/** The pages of sessions and settings in real browsers. */
import { afterEach, beforeEach, expect, it } from "vitest";
import type { TestApp } from "../harness/app.js";
import { Browser, PASSWORD } from "../harness/browser.js";
import { describeEngines, type EnginePage } from "../harness/browsers/index.js";
import { ROOT, startPages } from "../pages/support.js";
import { axeViolations } from "./client-site.js";

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

describeEngines("the pages", ({ browser }) => {
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

  it.each(["/me/sessions", "/admin/settings", "/admin/sessions", "/admin/history"])(
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

  it("G3: the list of all sessions shows hostile user ids as text", async () => {
    await open("/admin/sessions");
    const shown = await page.evaluate<string>(`return document.querySelector("main").textContent`);
    for (const payload of PAYLOADS) expect(shown).toContain(payload);
  });
});
