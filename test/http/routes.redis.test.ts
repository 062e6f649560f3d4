import { describe, expect, it } from "vitest";
import { startApp, type TestApp } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import type { SendOptions } from "../harness/http.js";
import { minutes, T } from "../harness/policy-fixtures.js";
import type { ReauthAttempt } from "../../src/index.js";

describe("GET /status", () => {
  it("tells durations, what a warning offers, and two tags, but no ids", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    site.at("1:00");
    const answer = await browser.fetch("get", "/curfew/status");
    expect(answer.status).toBe(200);
    expect(answer.get("Cache-Control")).toBe("no-store");
    const tag = expect.stringMatching(/^[\w-]{8}$/) as string;
    expect(answer.body).toEqual({
      state: "active",
      limit: "absolute",
      remainingMs: minutes(29),
      warnMs: minutes(2),
      idleRemainingMs: null,
      absoluteRemainingMs: minutes(29),
      action: "extend",
      extendMs: minutes(30),
      reauthentication: "in_place",
      persistent: false,
      sessionTag: tag,
      userTag: tag,
      configVersion: 0,
    });
  });

  it("tells sessions of one user, and users, apart", async () => {
    const site = await startApp();
    const [a, b] = [await (await site.signedIn("ann")).status(), await (await site.signedIn("ann")).status()];
    const c = await (await site.signedIn("bob")).status();
    expect(a.userTag).toBe(b.userTag);
    expect(a.sessionTag).not.toBe(b.sessionTag);
    expect(a.userTag).not.toBe(c.userTag);
  });

  it.each([
    ["in_place", undefined],
    ["login_page", {}],
  ] as const)("N7: names the place to sign in again: %s", async (reauthentication, routes) => {
    const site = await startApp(routes ? { routes } : {});
    expect(await (await site.signedIn("ann")).status()).toMatchObject({ reauthentication });
  });

  it("N2, J1: does not count as activity from any page", async () => {
    const site = await startApp({ defaults: { inactivityLogout: true }, activity: "requests" });
    const browser = await site.signedIn("ann");
    for (const minute of [5, 10, 14]) {
      site.at(`${minute}:00`);
      await browser.visit("/curfew/status");
      await browser.get("/curfew/status");
    }
    expect(await browser.status()).toMatchObject({ remainingMs: minutes(1), limit: "idle" });
  });

  it("answers an ended session and a visitor with 401", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    site.at("30:00");
    const ended = await browser.fetch("get", "/curfew/status");
    expect([ended.status, ended.body]).toEqual([401, expect.objectContaining({ reason: "absolute" })]);
    const visitor = await new Browser(site.server).fetch("get", "/curfew/status");
    expect([visitor.status, visitor.body]).toEqual([
      401,
      expect.objectContaining({ error: "not_signed_in" }),
    ]);
  });
});

describe("POST /activity", () => {
  const start = async (): Promise<[TestApp, Browser]> => {
    const site = await startApp({ defaults: { inactivityLogout: true } });
    return [site, await site.signedIn("ann")];
  };

  it("notes when the last input was, by how long ago", async () => {
    const [site, browser] = await start();
    site.at("10:00");
    expect((await browser.act(minutes(4))).body).toMatchObject({ idleRemainingMs: minutes(11) });
    site.at("20:59.999");
    expect(await browser.standing()).toBe("in");
    site.at("21:00");
    expect(await browser.standing()).toBe("idle");
  });

  it.each([
    ["never backwards", minutes(60)],
    ["nor by any exaggeration", Number.MAX_VALUE],
  ])("goes %s", async (_title, idleMs) => {
    const [site, browser] = await start();
    site.at("10:00");
    await browser.act();
    expect((await browser.act(idleMs)).body).toMatchObject({ idleRemainingMs: minutes(15) });
    expect(await browser.state()).toMatchObject({ session: { lastActivityAt: T + minutes(10) } });
  });

  it.each([[{}], [{ idleMs: -1 }], [{ idleMs: "5" }], [{ idleMs: null }], [[]]])(
    "E3: refuses %j with 400 and notes nothing",
    async (body) => {
      const [site, browser] = await start();
      site.at("10:00");
      const answer = await browser.fetch("post", "/curfew/activity", body);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ error: "bad_request" });
      expect(await browser.state()).toMatchObject({ session: { lastActivityAt: T } });
    },
  );

  it("N8, N9: moves no deadline past the absolute one", async () => {
    const [site, browser] = await start();
    for (let minute = 10; minute < 1_440; minute += 10) {
      site.at(`${minute}:00`);
      await browser.act();
    }
    expect((await browser.act()).body).toMatchObject({ limit: "absolute", remainingMs: minutes(10) });
  });

  it("revives nothing", async () => {
    const [site, browser] = await start();
    site.at("15:00");
    const answer = await browser.act(minutes(14));
    expect([answer.status, answer.body]).toEqual([401, expect.objectContaining({ reason: "idle" })]);
    expect(await browser.standing()).toBe("idle");
  });
});

describe("POST /reauth", () => {
  it("asks the app with the session's own user, the body's fields and the request", async () => {
    const asked: object[] = [];
    const verify = ({ userId, body, req }: ReauthAttempt): boolean =>
      asked.push({ userId, body, path: req.path }) > 0;
    const site = await startApp({ routes: { verify } });
    const browser = await site.signedIn("ann");
    const body = { passkey: { id: "x" }, userId: "root" };
    const send = (options: SendOptions) => browser.send("/curfew/reauth", { method: "POST", ...options });
    expect((await send({ body })).status).toBe(200);
    expect((await send({})).status).toBe(200);
    expect(asked).toEqual([body, {}].map((fields) => ({ userId: "ann", body: fields, path: "/reauth" })));
    const headers = { "content-type": "application/json" };
    for (const rawBody of ["null", "123456", '"right"'])
      expect((await send({ headers, rawBody })).status).toBe(400);
    expect(asked).toHaveLength(2);
  });

  it.each([undefined, null, 1, "yes", { id: "ann" }])("takes %j of verify for a refusal", async (answer) => {
    const site = await startApp({ routes: { verify: () => answer as never } });
    expect((await (await site.signedIn("ann")).reauthenticate()).status).toBe(403);
  });

  it("is not there without verify", async () => {
    const site = await startApp({ routes: {} });
    expect((await (await site.signedIn("ann")).reauthenticate()).status).toBe(404);
  });
});

describe("POST /logout", () => {
  it("answers 204 without a body", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    const answer = await browser.fetch("post", "/curfew/logout", {});
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(await browser.standing()).toBe("signed_out");
  });
});

describe("where the routes are mounted", () => {
  it("at another path than routesPath they say so on the first request", async () => {
    const site = await startApp({
      configure: (app, curfew) => {
        app.use("/elsewhere", curfew.routes());
      },
    });
    const answer = await (await site.signedIn("ann")).fetch("get", "/elsewhere/status");
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({ code: "invalid_option", option: "routesPath" });
  });

  it("works at the path given", async () => {
    const site = await startApp({ routesPath: "/auth/session" });
    const browser = await site.signedIn("ann");
    expect((await browser.fetch("get", "/auth/session/status")).status).toBe(200);
  });
});
