/** Back over HTTPS, where engines may keep `no-store` pages. Prints the pages that each engine restored. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeEngines, type EnginePage } from "../harness/browsers/index.js";
import { makeCertificate } from "../harness/certificate.js";
import { ClientSite } from "./client-site.js";

describeEngines("Back over HTTPS", ({ browser, engine }) => {
  const tls = makeCertificate();
  let page: EnginePage;
  let site: ClientSite;
  const restored: Record<string, boolean> = {};

  beforeAll(async () => {
    site = await ClientSite.start({
      tls,
      configure: (app) => {
        app.get("/public", (_request, response) => response.send("<!doctype html><title>Public</title>"));
      },
    });
  });
  afterAll(async () => {
    process.stdout.write(`Restored by Back in ${engine.title}: ${JSON.stringify(restored)}\n`);
    await (site as ClientSite | undefined)?.close();
  });
  beforeEach(async () => {
    page = await browser().newPage();
  });
  afterEach(() => page.close());

  it.each([
    ["while signed in", () => Promise.resolve(), "/public"],
    [
      "after another browser ended the session",
      () => site.curfew.sessions.endAll({ userId: "ann" }),
      "/public",
    ],
    ["after a sign-out", () => Promise.resolve(), "/leave"],
  ] as const)("shows protected text to a signed-in user only: %s", async (situation, end, next) => {
    await site.enter(page);
    // A restored page still has this mark.
    await page.evaluate("window.isMarked = true");
    await page.goto(site.url(next));
    await end();
    await page.back();
    restored[situation] = await page.evaluate<boolean>("return 'isMarked' in window").catch(() => false);
    if (situation === "while signed in") {
      await page.waitFor("getComputedStyle(document.querySelector('#secret')).visibility === 'visible'");
      return;
    }
    await page.waitFor("location.pathname === '/login'");
    expect(await page.text()).not.toContain("Protected text");
  });
});
