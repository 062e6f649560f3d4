/**
 * Back over HTTPS, where engines may keep `no-store` pages. Prints the pages that each engine restored. An engine's own time
 * can't be moved: `CURFEW_BACK_WAIT_MS=125000` really waits where the server's clock is moved on by two minutes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeEngines, type EnginePage } from "../harness/browsers/index.js";
import { makeCertificate } from "../harness/certificate.js";
import { ClientSite } from "./client-site.js";

const WAIT_MS = Number(process.env["CURFEW_BACK_WAIT_MS"] ?? 0);
const TWO_MINUTES = 2;
const WITHIN_MS = 30_000;

/** Notes in the tab's storage what a restored page shows in each of its frames. */
const TAKE_NOTES = `addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  const look = () => {
    const { visibility } = getComputedStyle(document.querySelector("#secret"));
    sessionStorage.shown = (sessionStorage.shown ?? "") + visibility + " ";
    requestAnimationFrame(look);
  };
  look();
});`;

describeEngines("Back over HTTPS", ({ browser, engine }) => {
  const tls = makeCertificate();
  let page: EnginePage;
  let site: ClientSite;
  const restored: Record<string, string[]> = {};

  beforeAll(async () => {
    site = await ClientSite.start({
      tls,
      configure: (app, curfew, show) => {
        app.get("/public", (_request, response) => response.send("<!doctype html><title>Public</title>"));
        app.get("/storable", curfew.requireSignIn(), (request, response) => {
          response.setHeader("Cache-Control", "private");
          response.send(show(request, "Work", '<p id="secret">Protected text</p>'));
        });
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

  const endElsewhere = (): Promise<unknown> => site.curfew.sessions.endAll({ userId: "ann" });
  const SITUATIONS = {
    "while signed in": () => Promise.resolve(),
    "after another browser ended the session": endElsewhere,
    "two minutes after another browser ended the session": async () => {
      await endElsewhere();
      site.skip(TWO_MINUTES);
      await sleep(WAIT_MS);
    },
    "after a sign-out": () => page.goto(site.url("/leave")),
  };

  it.each(
    ["/page", "/storable"].flatMap((path) =>
      Object.entries(SITUATIONS).map(([situation, end]) => [path, situation, end] as const),
    ),
  )(
    "shows protected text to a signed-in user only: %s, %s",
    async (path, situation, end) => {
      await site.enter(page, path);
      await page.evaluate(`sessionStorage.removeItem("shown"); ${TAKE_NOTES}`);
      if (situation !== "after a sign-out") await page.goto(site.url("/public"));
      await end();
      await page.back();
      if (situation === "while signed in")
        await page.waitFor("getComputedStyle(document.querySelector('#secret')).visibility === 'visible'");
      else {
        await page.waitFor("location.pathname === '/login'");
        expect(await page.text()).not.toContain("Protected text");
      }
      const shown = await page.evaluate<string | undefined>("return sessionStorage.shown");
      if (situation !== "while signed in") expect(shown ?? "").not.toContain("visible");
      if (shown !== undefined) (restored[situation] ??= []).push(path);
    },
    WITHIN_MS + WAIT_MS,
  );
});
