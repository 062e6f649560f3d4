/** Mounts the pages in an app of the tests, and reads their answers. */
import type { Express, Request } from "express";
import type { Response } from "supertest";
import type { AccountPagesOptions, Curfew } from "../../src/index.js";
import { startApp, type TestApp, type TestAppOptions } from "../harness/app.js";

export interface PagesSiteOptions extends TestAppOptions {
  readonly account?: AccountPagesOptions;
}

/** Starts an app with the account pages at `/me/sessions`. */
export function startPages(options: PagesSiteOptions = {}): Promise<TestApp> {
  const { account, configure, ...own } = options;
  return startApp({
    ...own,
    configure: (app: Express, curfew: Curfew) => {
      app.use("/me/sessions", curfew.accountPages(account));
      configure?.(app, curfew);
    },
  });
}

/** Returns a page's text without markup and line breaks. */
export function textOf(page: Response): string {
  return page.text
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replace(/\s+/g, " ")
    .replace(/ ([.,:;?])/g, "$1");
}

/** Returns all addresses of a page's links that contain a text. */
export function linksOf(page: Response, part = ""): string[] {
  return [...page.text.matchAll(/href="([^"]*)"/g)]
    .map(([, address]) => (address ?? "").replaceAll("&amp;", "&"))
    .filter((address) => address.includes(part));
}

/** Returns the values of a field in all forms of a page. */
export function valuesOf(page: Response, name: string): string[] {
  return [...page.text.matchAll(new RegExp(`name="${name}"\\s+value="([^"]*)"`, "g"))].map(
    ([, value]) => value ?? "",
  );
}

/** Returns the user id of a request's session. */
export function userOf(request: Request): string | null {
  return request.curfew.state === "active" ? request.curfew.session.userId : null;
}
