/**
 * `npm run pictures`: takes the pictures of docs/pictures/ in Chromium, light and dark: the dialog, a login page that gives
 * the reason of an end, and the offer of a draft. The pictures show the example app.
 */
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createExample } from "./app.js";
import { createSkippableClock } from "./clock.js";
import { check, report, signIn, startChromium, waitForDialog } from "./in-chromium.js";
import { createUsers, DEMO_ACCOUNTS } from "./users.js";
import { PROJECT_FOLDER } from "../scripts/entry-points.js";

const FOLDER = join(PROJECT_FOLDER, "docs/pictures");
const SIZE = { width: 800, height: 560 };

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
  } finally {
    await page.close();
    server.close();
    server.closeAllConnections();
    await curfew.close();
  }
}
