/** An app whose `/slow` waits, and requests with an earlier cookie (rule M15). */
import type { Express } from "express";
import type { Curfew } from "../../src/index.js";
import { dataOf, startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import type { Answer } from "../harness/http.js";

/** The waiting route, as a test controls it. */
interface SlowRoute {
  /** Resolves when a request waits. */
  readonly arrival: () => Promise<void>;
  readonly release: () => void;
}

/** Holds the answers of `/slow` back until a test releases them. */
function slowRoute(): SlowRoute & { readonly configure: (app: Express, curfew: Curfew) => void } {
  const held: (() => void)[] = [];
  let arrived: () => void = () => undefined;
  return {
    configure: (app: Express, curfew: Curfew) => {
      // Counts visits, as a page with a flash message or a CSRF token does for visitors too.
      app.get(["/widget", "/slow"], (incoming, response) => {
        const answer = (): void => {
          const data = dataOf(incoming);
          data["views"] = Number(data["views"] ?? 0) + 1;
          response.json({ state: incoming.curfew.state });
        };
        if (incoming.path === "/widget") answer();
        else {
          held.push(() => {
            const write = (): void => {
              dataOf(incoming)["flash"] = ["Saved"];
              answer();
            };
            if (incoming.query["how"] === "regenerate") incoming.session.regenerate(write);
            else if (incoming.query["how"] === "sign-out") void curfew.signOut(incoming).then(write);
            else write();
          });
          arrived();
        }
      });
      app.get("/lasting", (incoming, response) => {
        dataOf(incoming)["visit"] = Math.random();
        incoming.session.cookie.maxAge = 3_600_000;
        response.json({});
      });
      app.get("/views", (incoming, response) => {
        response.json(dataOf(incoming)["views"]);
      });
      app.get("/to-login", (incoming, response) => {
        dataOf(incoming)["csrf"] = "token";
        response.redirect(303, "/account");
      });
      app.get("/half-signed-in", (incoming, response, next) => {
        const leave = async (): Promise<void> => {
          await curfew.signIn(incoming, { userId: "ann" });
          await curfew.signOut(incoming);
          dataOf(incoming)["flash"] = "The second factor is missing";
        };
        leave().then(() => response.redirect(303, "/flash"), next);
      });
      app.get("/flash", (incoming, response) => {
        response.json(dataOf(incoming)["flash"] ?? "none");
      });
      app.get("/regenerate", (incoming, response, next) => {
        incoming.session.regenerate((error) => {
          if (error !== undefined && error !== null) next(error);
          else {
            dataOf(incoming)["flash"] = "Bye";
            response.json({});
          }
        });
      });
    },
    arrival: () => new Promise<void>((resolve) => (arrived = resolve)),
    release: () => {
      for (const answer of held.splice(0)) answer();
    },
  };
}

/** Starts the app. */
export async function start(
  options: TestAppOptions = {},
): Promise<{ readonly site: TestApp; readonly slow: SlowRoute }> {
  const slow = slowRoute();
  const site = await startApp({ ...options, configure: slow.configure });
  return { site, slow };
}

/** Sends a request with an earlier Cookie header. The browser keeps the cookies that the answer sets. */
export function late(site: TestApp, browser: Browser, cookie: string, path = "/widget"): Promise<Answer> {
  return browser.at(site.server).get(path, browser.named({ cookie }));
}
