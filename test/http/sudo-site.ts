/** An app whose administrators sign in as other users. */
import express from "express";
import { expect } from "vitest";
import type { Curfew, SudoOptions } from "../../src/index.js";
import { dataOf, startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import type { Answer } from "../harness/http.js";

/** Adds the route that an administrator's page calls. */
export function addSudo(app: express.Express, curfew: Curfew): void {
  app.post("/sudo", express.json(), (request, response, next) => {
    curfew.sudo(request, request.body as SudoOptions).then(() => response.redirect(303, "/account"), next);
  });
  app.get("/password", curfew.requireFresh({ withinMinutes: 10 }), (_request, response) => {
    response.send("Choose another password.");
  });
  app.post("/note", express.json(), (request, response) => {
    Object.assign(dataOf(request), { note: "of the administrator" });
    response.json({});
  });
}

/** Starts an app with these routes. */
export const start = (options: TestAppOptions = {}): Promise<TestApp> =>
  startApp({ ...options, configure: addSudo });

/** Asks to sign in as another user. */
export const sudo = (browser: Browser, userId: string, more: object = {}): Promise<Answer> =>
  browser.fetch("post", "/sudo", { userId, ...more });

/** Returns an administrator's browser that is signed in as ann, and the administrator's own session. */
export async function asAnn(
  site: TestApp,
  options: object = {},
): Promise<{ browser: Browser; own: Browser }> {
  const browser = await site.signedIn("root", options);
  const own = browser.clone();
  const answer = await sudo(browser, "ann");
  expect(answer.status, answer.text).toBe(303);
  return { browser, own };
}

/** Returns the `ref` of a browser's session. */
export async function refOf(browser: Browser): Promise<string> {
  const state = await browser.state();
  if (state.state !== "active") throw new Error(`the session is ${state.state}`);
  return state.session.ref;
}
