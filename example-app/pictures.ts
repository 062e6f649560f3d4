/**
 * `npm run pictures`: takes the pictures of docs/pictures/ in Chromium, light and dark: the dialog, a login page that gives
 * the reason of an end, the offer of a draft, and the pages of accounts and administrators. The pictures show the example
 * app.
 */
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { createExample } from "./app.js";
import { createSkippableClock } from "./clock.js";
import { check, report, signIn, startChromium, waitForDialog } from "./in-chromium.js";
import { createUsers, DEMO_ACCOUNTS } from "./users.js";
import { PROJECT_FOLDER } from "../scripts/entry-points.js";

const FOLDER = join(PROJECT_FOLDER, "docs/pictures");
const SIZE = { width: 800, height: 560 };
/** Wide enough for the tables of the pages. */
const WIDE = { width: 1_100, height: 640 };
/** Width of a small phone. */
const PHONE = { width: 320, height: 640 };
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const SAFARI =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";

mkdirSync(FOLDER, { recursive: true });
const browser = await startChromium();
try {
  for (const scheme of ["light", "dark"] as const) await takeAll(scheme);
} finally {
  await browser.close();
}

/** Takes all pictures in one colour scheme, with an app of its own. */
async function takeAll(colorScheme: "light" | "dark"): Promise<void> {
  const clock = createSkippableClock();
  const secret = "a secret of the pictures, which is long enough";
  const users = await createUsers(DEMO_ACCOUNTS);
  const { app, curfew } = await createExample({ redis: "embedded:", secret, clock, users });
  const server = createServer(app);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  await curfew.ready();
  await curfew.settings.update({ inactivityLogout: true, sessionMinutes: 300 }, { actor: "admin" });
  const page = await browser.newPage({ viewport: SIZE, colorScheme });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const take = async (name: string): Promise<void> => {
    await page.screenshot({ path: join(FOLDER, `${name}-${colorScheme}.png`) });
  };
  try {
    await signIn(page, url);
    await page.locator("textarea[name=note]").fill("The draft of a long note");
    await report(page);
    clock.skip(13);
    await check(page);
    await waitForDialog(page);
    await take("dialog");
    clock.skip(2);
    await check(page);
    await page.waitForURL(/\/login\?reason=idle/);
    await take("login");
    await signIn(page, url);
    const offer = page.locator("curfew-draft section");
    await offer.waitFor();
    await offer.scrollIntoViewIfNeeded();
    await page.locator("textarea[name=note]").scrollIntoViewIfNeeded();
    await take("draft");
    await curfew.settings.update({ trackLocation: true }, { actor: "admin" });
    await takePages(url, colorScheme);
  } finally {
    await page.close();
    server.close();
    server.closeAllConnections();
    await curfew.close();
  }
}

/** Takes the pictures of pages with several sessions: an account's on a screen and on a phone, and an administrator's. */
async function takePages(url: string, colorScheme: "light" | "dark"): Promise<void> {
  const open = async (user: string, userAgent?: string): Promise<Page> => {
    const context = await browser.newContext({
      viewport: WIDE,
      colorScheme,
      ...(userAgent === undefined ? {} : { userAgent }),
    });
    const page = await context.newPage();
    await signIn(page, url, user);
    return page;
  };
  const take = async (page: Page, path: string, name: string): Promise<void> => {
    await page.goto(url + path);
    await page.screenshot({ path: join(FOLDER, `${name}-${colorScheme}.png`), fullPage: true });
  };
  const others = [await open("ana", FIREFOX), await open("ana", SAFARI), await open("bob", SAFARI)];
  const ana = await open("ana");
  await take(ana, "/account/sessions", "account-sessions");
  await ana.setViewportSize(PHONE);
  await take(ana, "/account/sessions", "account-sessions-phone");
  const admin = await open("admin");
  await take(admin, "/admin", "admin-settings");
  await take(admin, "/admin/sessions", "admin-sessions");
  for (const page of [...others, ana, admin]) await page.context().close();
}
