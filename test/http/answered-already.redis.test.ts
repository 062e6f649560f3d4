/** Requests that the app's own middleware has answered, such as a time limit, while a guard or a route waits for Redis. */
import type { Request, RequestHandler } from "express";
import request from "supertest";
import { expect, it } from "vitest";
import { lookerApi } from "../../src/dialects/looker/index.js";
import { startApp } from "../harness/app.js";
import { noteUnhandled } from "../harness/unhandled.js";

const answerFirst: RequestHandler = (_request, response, next) => {
  response.status(500).send("too slow");
  next();
};

it.each([
  ["get", "/token-only"],
  ["get", "/curfew/status"],
  ["get", "/curfew/events"],
  ["get", "/pages"],
  ["get", "/vendor/session_config"],
] as const)("M17: %s %s leaves the process alive", async (method, path) => {
  const unhandled = noteUnhandled();
  const passed: unknown[] = [];
  const site = await startApp({
    hasFaults: true,
    before: (app) => {
      app.use("/token-only", answerFirst);
      app.use("/curfew", (incoming, response, next) => {
        if (incoming.headers["x-slow"] === undefined) next();
        else answerFirst(incoming, response, next);
      });
    },
    configure: (app, curfew) => {
      app.get("/token-only", curfew.bearer().requireToken());
      const authorize = ({ res }: Request): boolean => {
        res?.status(500).send("too slow");
        return false;
      };
      app.use("/pages", curfew.adminPages({ authorize }));
      app.use("/vendor", lookerApi(curfew, { authorize }));
      app.use((error: unknown, _request: unknown, _response: unknown, _next: unknown) => {
        passed.push(error);
      });
    },
  });
  const browser = await site.signedIn("ann");
  const asked = request(site.server);
  const answer = await asked[method](path).set({ Cookie: browser.cookieHeader, "X-Slow": "1" });
  expect([answer.status, answer.text]).toEqual([500, "too slow"]);
  await expect.poll(() => passed.length + unhandled.length).toBe(1);
  expect(unhandled).toEqual([]);
});

it("M17: an unsafe request of an ended session leaves the process alive, with answerEnded", async () => {
  const unhandled = noteUnhandled();
  const passed: unknown[] = [];
  const site = await startApp({
    hasFaults: true,
    session: { answerEnded: true },
    before: (app) => {
      app.use("/order", answerFirst);
    },
    configure: (app) => {
      app.use((error: unknown, _request: unknown, _response: unknown, _next: unknown) => {
        passed.push(error);
      });
    },
  });
  const browser = await site.signedIn("ann");
  await site.curfew.sessions.endAll({ userId: "ann" });
  const answer = await request(site.server).post("/order").set({ Cookie: browser.cookieHeader });
  expect([answer.status, answer.text]).toEqual([500, "too slow"]);
  await expect.poll(() => passed.length + unhandled.length).toBe(1);
  expect(unhandled).toEqual([]);
});
