/** Mounts the pages in an app of the tests, and reads their answers. */
import type { Express, Request } from "express";
import type { AccountPagesOptions, AdminPagesOptions, Curfew, Settings } from "../../src/index.js";
import { CLASS_LIMIT_NAMES } from "../../src/policy/index.js";
import type { Browser } from "../harness/browser.js";
import type { Answer } from "../harness/http.js";
import { startApp, type TestApp, type TestAppOptions } from "../harness/app.js";

export interface PagesSiteOptions extends TestAppOptions {
  readonly account?: AccountPagesOptions;
  readonly admin?: Partial<AdminPagesOptions>;
}

/** The user who may administer. */
export const ROOT = "root";

const authorize: AdminPagesOptions["authorize"] = (request) => userOf(request) === ROOT && { actor: "Rita" };

/** Starts an app with the account pages at `/me/sessions`, and the administrators' pages at `/admin`. */
export function startPages(options: PagesSiteOptions = {}): Promise<TestApp> {
  const { account, admin, configure, ...own } = options;
  return startApp({
    ...own,
    configure: (app: Express, curfew: Curfew) => {
      app.use("/me/sessions", curfew.accountPages(account));
      app.use("/admin", curfew.adminPages({ authorize, ...admin }));
      configure?.(app, curfew);
    },
  });
}

/** Returns a page's text without markup and line breaks. */
export function textOf(page: Answer): string {
  return page.text
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replace(/\s+/g, " ")
    .replace(/ ([.,:;?])/g, "$1");
}

/** Returns all addresses of a page's links that contain a text. */
export function linksOf(page: Answer, part = ""): string[] {
  return [...page.text.matchAll(/href="([^"]*)"/g)]
    .map(([, address]) => (address ?? "").replaceAll("&amp;", "&"))
    .filter((address) => address.includes(part));
}

/** Returns the values of a field in all forms of a page. */
export function valuesOf(page: Answer, name: string): string[] {
  return [...page.text.matchAll(new RegExp(`name="${name}"\\s+value="([^"]*)"`, "g"))].map(
    ([, value]) => value ?? "",
  );
}

/** Returns the user id of a request's session. */
export function userOf(request: Request): string | null {
  return request.curfew.state === "active" ? request.curfew.session.userId : null;
}

/** Returns the fields that a browser sends if a person changes some settings in the form and clicks "Review changes". */
export async function formOf(
  root: Browser,
  current: Settings,
  changes: Readonly<Record<string, string | number | undefined>>,
): Promise<Record<string, string | number | undefined>> {
  const [version] = valuesOf(await root.visit("/admin/settings"), "version");
  const limit = current.maxSessionsPerUser;
  return {
    version,
    ...(current.inactivityLogout ? { inactivityLogout: "on" } : {}),
    ...(current.allowPersistentSessions ? { allowPersistentSessions: "on" } : {}),
    ...(current.trackLocation ? { trackLocation: "on" } : {}),
    idleMinutes: current.idleMinutes,
    idleMinutesUnit: "minutes",
    sessionMinutes: current.sessionMinutes,
    sessionMinutesUnit: "minutes",
    concurrent: limit === null ? "unlimited" : "limited",
    maxSessionsPerUser: limit ?? 1,
    ...Object.fromEntries(CLASS_LIMIT_NAMES.map((name) => [name, current[name] ?? ""])),
    whenLimitReached: current.whenLimitReached,
    action: "review",
    ...changes,
  };
}

/** Returns the fields of a page's last form with an action. */
export function fieldsIn(page: { readonly text: string }, action: string): Record<string, string> {
  const form = page.text.split("<form").find((part) => part.includes(`action="${action}"`)) ?? "";
  const inputs = form.matchAll(/type="hidden"\s+name="([^"]*)"\s+value="([^"]*)"/g);
  return Object.fromEntries([...inputs].map(([, name = "", value = ""]) => [name, value]));
}

type Changes = Readonly<Record<string, string | number | undefined>>;

/** An administrator at the settings page. */
export interface Desk {
  readonly site: TestApp;
  readonly root: Browser;
  settings(): Promise<Settings>;
  submit(changes: Changes): ReturnType<Browser["submit"]>;
}

/** Opens the settings page as the administrator. */
export async function openDesk(options: PagesSiteOptions = {}): Promise<Desk> {
  const site = await startPages(options);
  const root = await site.signedIn(ROOT, { kind: "browser", persistent: true });
  const settings = async () => (await site.curfew.settings.get()).settings;
  return {
    site,
    root,
    settings,
    submit: async (changes) => root.submit("/admin/settings", await formOf(root, await settings(), changes)),
  };
}
