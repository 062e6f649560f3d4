/** Requests that a guard lets pass, on every path where the app mounts the guard. */
import request from "supertest";
import { describe, expect, it } from "vitest";
import { startApp } from "../harness/app.js";
import { NAVIGATION_HEADERS } from "../../src/testing/index.js";

const PREFLIGHT = { origin: "https://app.example", "access-control-request-method": "PUT" };

const start = () =>
  startApp({
    loginUrl: "/enter",
    configure: (app, curfew) => {
      app.use(["/all", "/enter"], curfew.requireSignIn(), curfew.requireFresh({ withinMinutes: 5 }));
      app.use("/all", (incoming, response, next) => {
        response.set("access-control-allow-origin", "https://app.example");
        if (incoming.method === "OPTIONS" && incoming.path === "/cors") response.sendStatus(204);
        else next();
      });
      app.all("/all/page", (_incoming, response) => {
        response.send("a secret page");
      });
      app.all("/enter", (_incoming, response) => {
        response.send("Who are you?");
      });
    },
  });

describe("M42: a guard", () => {
  it("lets a preflight pass to cors() behind it", async () => {
    const { server } = await start();
    const answer = await request(server).options("/all/cors").set(PREFLIGHT).expect(204);
    expect(answer.headers["access-control-allow-origin"]).toBe("https://app.example");
  });

  it("gives away no page to a request that looks like a preflight", async () => {
    const { server } = await start();
    const answer = await request(server).options("/all/page").set(PREFLIGHT).expect(200);
    expect(answer.text).toBe("");
    await request(server).options("/all/page").expect(401);
    await request(server)
      .options("/all/page")
      .set({ ...PREFLIGHT, cookie: "a=b" })
      .expect(401);
    await request(server)
      .options("/all/cors")
      .set({ ...PREFLIGHT, cookie: "" })
      .expect(204);
    await request(server).get("/all/page").set(PREFLIGHT).expect(401);
  });

  it.each(["/enter", "/enter/", "/ENTER?reason=idle"])(
    "never guards its own login page: %s",
    async (path) => {
      const { server } = await start();
      const page = await request(server).get(path).set(NAVIGATION_HEADERS).expect(200);
      expect(page.text).toBe("Who are you?");
    },
  );

  it("guards what only begins with the login page's path", async () => {
    const { server } = await start();
    await request(server).get("/enter/more").set(NAVIGATION_HEADERS).expect(303);
    await request(server).get("/enterprise").expect(404);
  });

  it("lets the login page pass where it asks for a fresh sign-in", async () => {
    const site = await start();
    const browser = await site.signedIn("ann");
    site.at("10:00");
    expect((await browser.visit("/enter")).status).toBe(200);
    expect((await browser.fetch("get", "/all/page")).status).toBe(403);
  });
});

describe("M42: data set after a sign-out", () => {
  it("reach the next page", async () => {
    const site = await startApp({
      configure: (app, curfew) => {
        app.post("/bye", async (incoming, response) => {
          await curfew.signOut(incoming);
          Object.assign(incoming.session, { flash: "Signed out." });
          response.json({});
        });
      },
    });
    const browser = await site.signedIn("ann");
    await browser.fetch("post", "/bye", {});
    expect((await browser.fetch("get", "/data")).body).toEqual({ flash: "Signed out." });
  });
});
