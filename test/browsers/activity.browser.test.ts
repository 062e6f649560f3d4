/** Idle time in real browsers: what a person does keeps the person in, what a page does alone does not. */
import { beforeEach, describe, expect, it } from "vitest";
import { describeEngines, type EnginePage } from "../harness/browsers/index.js";
import type { RequestOrigin } from "../harness/header-sets.js";
import { ActivitySite, POLLS, type Worker } from "./activity-site.js";

const ORIGINS = ["secure", "plain"] as const satisfies readonly RequestOrigin[];

const REPORT = `
  const body = JSON.stringify({ idleMs: 0 });
  const headers = { "content-type": "application/json" };
  return (await fetch("/curfew/activity", { method: "POST", headers, body })).status;`;

describeEngines("idle time", ({ browser, engine }) => {
  let page: EnginePage;
  let site: ActivitySite;

  beforeEach(async () => {
    site = await ActivitySite.start();
    page = await browser().newPage();
    return () => {
      // Chromium sometimes does not close a page that refreshes itself. The next test has a page of its own.
      page.close().catch(() => undefined);
    };
  });

  const becomes = async (minute: number): Promise<void> => {
    await expect.poll(() => site.lastActivity(), { timeout: 5_000 }).toBe(minute);
  };

  describe.each(ORIGINS)("on a %s origin", (origin) => {
    beforeEach(() => site.signIn(page, origin));

    it("M2, M3: begins again with links, forms and scripts that a person clicks", async () => {
      for (const [minute, id, end] of [
        [10, "link", "?by=link"],
        [20, "form", "/form"],
        [30, "script", "?by=script"],
      ] as const) {
        site.at(minute);
        await page.click(`#${id}`);
        await page.waitForUrl(end);
        await becomes(minute);
      }
    });

    it("M2, M3: continues under polls of every kind, and ends the session", async () => {
      // Over plain HTTP a frame looks like a page.
      const kinds = POLLS.filter((kind) => origin === "secure" || kind !== "iframe");
      site.at(5);
      await page.goto(site.address(origin, `/polling?kinds=${kinds.join(",")}`));
      await page.waitFor("document.title === 'polling'");
      await becomes(5);
      site.at(19);
      for (const kind of kinds) await site.waitForRequests(`/polled/${kind}`);
      expect(await site.lastActivity()).toBe(5);
      site.at(20);
      await page.goto(site.address(origin, "/home"));
      expect(await page.url()).toContain("/login?reason=idle");
    });

    it("M1, M2, M3: continues under a meta refresh where the engine tells it from a click", async () => {
      site.at(5);
      await page.goto(site.address(origin, "/board"));
      await site.waitForRequests("/board");
      site.at(10);
      await site.waitForRequests("/board");
      const isTold = origin === "secure" && engine.name !== "webkit";
      await becomes(isTold ? 5 : 10);
    });

    it("M1: continues under a meta refresh everywhere once the page has reported input", async () => {
      site.at(5);
      expect(await page.evaluate<number>(REPORT)).toBe(200);
      await becomes(5);
      await page.goto(site.address(origin, "/board"));
      site.at(10);
      await site.waitForRequests("/board");
      expect(await site.lastActivity()).toBe(5);
    });

    it("M1: begins again with a person's form after a report", async () => {
      expect(await page.evaluate<number>(REPORT)).toBe(200);
      site.at(10);
      await page.click("#form");
      await page.waitForUrl("/form");
      await becomes(10);
    });
  });

  it.each<Worker>(["/worker.js", "/preload.js"])(
    "M2: begins again with clicks behind a service worker (%s)",
    async (worker) => {
      await site.signIn(page, "secure");
      await page.evaluate("await navigator.serviceWorker.register(args[0])", worker);
      await page.waitFor("navigator.serviceWorker.controller?.state === 'activated'");
      for (const [minute, id, end] of [
        [10, "link", "?by=link"],
        [20, "form", "/form"],
      ] as const) {
        site.at(minute);
        await page.click(`#${id}`);
        await page.waitForUrl(end);
        await becomes(minute);
      }
      await page.evaluate(
        "for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister()",
      );
    },
  );
});
