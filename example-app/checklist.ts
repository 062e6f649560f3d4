/**
 * `npm run checklist`: walks through the checklist of docs/browser-client.md with a running example app and two browsers in
 * Chromium. Fails at the first line that is not so. Takes a picture for each line, in a new temporary folder.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { PROJECT_FOLDER } from "../scripts/entry-points.js";
import { startRedis } from "../test/harness/redis-server.js";
import { check, report, signIn, startChromium, waitForDialog } from "./in-chromium.js";

const NOTE = "textarea[name=note]";
const DIALOG = "curfew-dialog dialog[open]";
const OFFER = "curfew-draft section";
const IDLE_MINUTES = 15;

const folder = mkdtempSync(join(tmpdir(), "curfew-checklist-"));
const redis = await startRedis();
const browser = await startChromium();
const { child, url } = await startExample();
const contexts: BrowserContext[] = [];
let pictures = 0;

async function startExample(): Promise<{ child: ChildProcess; url: string }> {
  const started = spawn(process.execPath, ["--import", "tsx", "example-app/server.ts"], {
    cwd: PROJECT_FOLDER,
    env: { ...process.env, PORT: "0", REDIS_URL: redis.url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface(started.stdout)) {
    const [, address] = /^express-curfew example: (\S+)$/.exec(line) ?? [];
    if (address !== undefined) return { child: started, url: address };
  }
  throw new Error("The example app has not started.");
}

/** Opens a browser of its own: another cookie jar. */
async function openBrowser(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 800, height: 600 }, ...options });
  contexts.push(context);
  return context.newPage();
}

/** Signs a user in in a new browser. */
async function enter(user = "ana", options: BrowserContextOptions = {}): Promise<Page> {
  const page = await openBrowser(options);
  await signIn(page, url, user);
  return page;
}

/** Moves the example's clock, as the bar at the foot of each page does. */
async function skip(minutes: number): Promise<void> {
  const body = new URLSearchParams({ minutes: String(minutes) });
  await fetch(`${url}/time`, { method: "POST", body, redirect: "manual" });
}

/** Passes the time to two minutes before the end, and waits for the dialog. */
async function warn(...pages: readonly Page[]): Promise<void> {
  await skip(IDLE_MINUTES - 2);
  for (const page of pages) await check(page);
  for (const page of pages) await waitForDialog(page);
}

/** Changes the settings as the administrator. */
async function save(settings: Record<string, unknown>): Promise<void> {
  const page = await enter("admin");
  const status = await page.evaluate<number, string>(
    (body) =>
      fetch("/api/4.0/session_config", {
        method: "PATCH",
        headers: { "content-type": "application/json" },
        body,
      }).then((answer) => answer.status),
    JSON.stringify(settings),
  );
  expect(status === 200, `the settings are saved, not answered ${String(status)}`);
}

async function take(page: Page, name: string): Promise<void> {
  pictures += 1;
  await page.screenshot({ path: join(folder, `${String(pictures).padStart(2, "0")}-${name}.png`) });
}

function expect(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(`Expected that ${what}.`);
}

/** Name or text of the element that has the focus, in the dialog too. */
const focused = (page: Page): Promise<string> =>
  page.evaluate<string>(
    `(() => { const at = document.activeElement, inner = at.shadowRoot?.activeElement ?? at;
      return inner.name || inner.type + ": " + inner.textContent; })()`,
  );
const closed = (page: Page): Promise<void> => page.locator(DIALOG).waitFor({ state: "detached" });
const text = (page: Page): Promise<string> => page.locator("body").innerText();

/** Makes the app's pages Arabic before the script reads their language. */
const ARABIC = `document.addEventListener("readystatechange", () => {
  Object.assign(document.documentElement, { lang: "ar", dir: "rtl" });
});`;

const LINES: Readonly<Record<string, () => Promise<void>>> = {
  "The dialog opens two minutes before the end": async () => {
    const page = await enter();
    await warn(page);
    expect((await focused(page)) === "submit: Stay signed in", "the first button has the focus");
    expect(/^\([12]:\d\d\) Signing out soon/.test(await page.title()), "the tab's title counts down");
    await take(page, "dialog");
  },
  "Enter and Escape stay signed in": async () => {
    const page = await enter();
    await page.locator(NOTE).fill("In the middle of a sentence");
    await report(page);
    for (const key of ["Enter", "Escape"]) {
      await warn(page);
      await page.keyboard.press(key);
      await closed(page);
      expect((await focused(page)) === "note", `the focus returns to the field after ${key}`);
      await take(page, `after-${key}`);
    }
    await warn(page);
    await page.mouse.click(5, 5);
    await page.waitForTimeout(500);
    expect(await page.locator(DIALOG).isVisible(), "a click beside the dialog changes nothing");
    await take(page, "after-a-click-beside");
  },
  "A second tab opens and closes its dialog": async () => {
    const first = await enter();
    const second = await first.context().newPage();
    await second.goto(`${url}/account/sessions`);
    await warn(first, second);
    await take(second, "second-tab");
    await first.keyboard.press("Enter");
    await Promise.all([closed(first), closed(second)]);
    await take(second, "second-tab-after-enter-in-the-first");
  },
  "The dialog asks for the password": async () => {
    await save({ session_minutes: 15 });
    const page = await enter();
    await page.locator(NOTE).fill("A half-filled form");
    await report(page);
    await warn(page);
    await page.keyboard.type("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("That password isn't right. Try again.").waitFor();
    const selected = `(() => { const field = document.querySelector("curfew-dialog").shadowRoot.activeElement;
      return field.selectionEnd - field.selectionStart; })()`;
    expect((await page.evaluate<number>(selected)) === "wrong".length, "the wrong password is selected");
    await take(page, "wrong-password");
    await page.keyboard.type("ana-likes-tea");
    await page.keyboard.press("Enter");
    await closed(page);
    expect((await page.locator(NOTE).inputValue()) === "A half-filled form", "the form stays");
    await take(page, "after-the-password");
    await save({ session_minutes: 300 });
  },
  "A sign-in in the second browser": async () => {
    await save({ unlimited_sessions_per_user: false });
    const page = await enter("bob");
    await enter("bob");
    await page.waitForURL(/\/login\?reason=evicted/);
    await page.getByText("signed in on another device").waitFor();
    await take(page, "evicted");
    await save({ unlimited_sessions_per_user: true });
  },
  "After +15 min the page is hidden": async () => {
    const page = await enter();
    await page.goto(`${url}/account/sessions`);
    // An app may keep the hidden page. Here the page waits for its picture.
    await page.evaluate(`addEventListener("curfew:ending", (event) => event.preventDefault())`);
    await skip(IDLE_MINUTES);
    await check(page);
    await page.locator("curfew-dialog").getByText("You've been signed out.").waitFor();
    await take(page, "hidden");
    const other = await enter();
    await other.goto(`${url}/account/sessions`);
    await other.getByRole("button", { name: "+15 min" }).click();
    await other.waitForURL(/\/login/);
    await other.getByText("you hadn't clicked or typed").waitFor();
    await take(other, "idle");
    await other.goBack();
    await other.waitForURL(/\/login/);
    expect(!(await text(other)).includes("This device"), "Back shows no protected text");
    await take(other, "back");
  },
  "An unsaved note is offered": async () => {
    const page = await enter();
    await page.locator(NOTE).fill("The draft of a long note");
    await report(page);
    await skip(IDLE_MINUTES);
    await check(page);
    await page.waitForURL(/\/login/);
    await signIn(page, url, "bob");
    await page.waitForTimeout(1_000);
    expect((await page.locator(OFFER).count()) === 0, "another user gets no offer");
    await page.locator(NOTE).scrollIntoViewIfNeeded();
    await take(page, "another-user");
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.waitForURL(/\/login/);
    await signIn(page, url);
    await page.locator(OFFER).waitFor();
    await page.locator(NOTE).scrollIntoViewIfNeeded();
    await take(page, "offer");
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.waitForURL(/\/login/);
    await signIn(page, url);
    await page.waitForTimeout(1_000);
    expect((await page.locator(OFFER).count()) === 0, "an explicit sign-out deletes the draft");
    await page.locator(NOTE).scrollIntoViewIfNeeded();
    await take(page, "after-sign-out");
  },
  "The dialog fits 320 pixels": async () => {
    const looks: Record<string, BrowserContextOptions> = {
      "320-pixels": { viewport: { width: 320, height: 568 } },
      dark: { colorScheme: "dark" },
      "forced-colours": { forcedColors: "active", colorScheme: "dark" },
      "right-to-left": {},
    };
    for (const [name, options] of Object.entries(looks)) {
      const page = await openBrowser(options);
      if (name === "right-to-left") await page.addInitScript(ARABIC);
      await signIn(page, url);
      await warn(page);
      const overflow = await page.evaluate<number>(
        `(() => { const { scrollWidth, clientWidth } = document.querySelector("curfew-dialog").shadowRoot.querySelector("dialog");
          return scrollWidth - clientWidth; })()`,
      );
      expect(overflow <= 0, `nothing is cut off: ${name}`);
      await take(page, name);
      await page.keyboard.press("Enter");
      await closed(page);
    }
  },
  // The last line, because the app's other sessions meet a silent Redis too.
  "With Redis stopped": async () => {
    const page = await enter();
    await warn(page);
    redis.signal("SIGSTOP");
    await page.keyboard.press("Enter");
    await page.getByText("We couldn't reach the server. Trying again in").waitFor();
    await take(page, "redis-stopped");
    redis.signal("SIGCONT");
    await closed(page);
    await take(page, "redis-back");
  },
};

try {
  await save({ use_inactivity_based_logout: true, session_minutes: 300 });
  for (const [line, walk] of Object.entries(LINES)) {
    await walk();
    for (const context of contexts.splice(0)) await context.close();
    console.log(`seen: ${line}`);
  }
  console.log(`Pictures: ${folder}`);
} finally {
  redis.signal("SIGCONT");
  await browser.close();
  child.kill();
  await once(child, "exit");
  await redis.stop();
}
