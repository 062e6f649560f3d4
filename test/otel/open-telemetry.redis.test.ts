import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import type { Histogram } from "@opentelemetry/sdk-metrics";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTelemetry } from "../../src/otel/index.js";
import express from "express";
import { createCurfew } from "../../src/index.js";
import { dataOf, listen, SECRET, startApp } from "../harness/app.js";
import { collectMeasurements, type Point } from "../harness/measurements.js";

const VERDICT = "express_curfew.verdict";

/** Returns the counts of a metric by one attribute. */
function countsBy(attribute: string, points: readonly Point[]): Record<string, Point["value"]> {
  return Object.fromEntries(points.map(({ attributes, value }) => [String(attributes[attribute]), value]));
}

describe("openTelemetry", () => {
  it("counts requests by verdict, and ends by reason", async () => {
    const measured = collectMeasurements();
    const site = await startApp({ telemetry: measured.telemetry });
    const ann = await site.signedIn("ann");
    await ann.fetch("get", "/account");
    await ann.fetch("get", "/account");
    await site.curfew.sessions.endAll({ userId: "ann" });
    await ann.fetch("get", "/account");
    const requests = await measured.points("express_curfew.requests");
    expect(countsBy(VERDICT, requests)).toMatchObject({ active: 2, ended: 1 });
    expect(requests.map(({ attributes }) => attributes)).toContainEqual({
      [VERDICT]: "ended",
      "express_curfew.credential": "cookie",
      "express_curfew.end.reason": "revoked_by_admin",
    });
    const ends = await measured.points("express_curfew.ended_sessions");
    expect(countsBy("express_curfew.end.reason", ends)).toEqual({ revoked_by_admin: 1 });
  });

  it("counts requests without a cookie, and requests with a bearer token", async () => {
    const measured = collectMeasurements();
    const site = await startApp({
      telemetry: measured.telemetry,
      configure: (app, curfew) => {
        const tokens = curfew.bearer();
        app.get("/issue", async (request, response) => {
          response.json(await tokens.issue(request, { userId: "program" }));
        });
        app.get("/orders", tokens.requireToken(), (_request, response) => {
          response.end();
        });
      },
    });
    const { token } = (await (await fetch(`${site.url}/issue`)).json()) as { token: string };
    for (const authorization of [`Bearer ${token}`, "Bearer wrong"])
      await fetch(`${site.url}/orders`, { headers: { authorization } });
    const requests = await measured.points("express_curfew.requests");
    expect(requests.map(({ attributes, value }) => ({ ...attributes, value }))).toEqual(
      expect.arrayContaining([
        { [VERDICT]: "anonymous", "express_curfew.credential": "cookie", value: 3 },
        { [VERDICT]: "active", "express_curfew.credential": "token", value: 1 },
        { [VERDICT]: "refused", "express_curfew.credential": "token", value: 1 },
      ]),
    );
  });

  it("records the time of each command in seconds, and names commands and scripts", async () => {
    const measured = collectMeasurements();
    const site = await startApp({ telemetry: measured.telemetry });
    const ann = await site.signedIn("ann");
    await ann.fetch("get", "/account");
    const commands = await measured.points("db.client.operation.duration");
    const attributes = commands.map((point) => point.attributes);
    const system = { "db.system.name": "redis" };
    expect(attributes).toContainEqual({ ...system, "db.operation.name": "TIME" });
    expect(attributes).toContainEqual({
      ...system,
      "db.operation.name": "EVALSHA",
      "db.stored_procedure.name": "claimSignIn",
    });
    const longest = Math.max(...commands.map(({ value }) => (value as Histogram).max ?? 0));
    expect(longest).toBeGreaterThan(0);
    expect(longest).toBeLessThan(10);
  });

  it("traces operations, and gives their spans to the app's own functions", async () => {
    const manager = new AsyncLocalStorageContextManager().enable();
    context.setGlobalContextManager(manager);
    onTestFinished(() => {
      context.disable();
    });
    const measured = collectMeasurements();
    let active = "";
    const site = await startApp({
      telemetry: measured.telemetry,
      defaults: { trackLocation: true },
      locate: () => {
        active = trace.getActiveSpan()?.spanContext().spanId ?? "none";
        return null;
      },
    });
    const ann = await site.signedIn("ann");
    await ann.fetch("post", "/curfew/extend", {});
    await ann.fetch("post", "/logout", {});
    const spans = measured.spans();
    const signIn = spans.find(({ name }) => name === "express_curfew.sign_in");
    expect(signIn?.spanContext().spanId).toBe(active);
    const extend = spans.find(({ name }) => name === "express_curfew.extend");
    expect(extend?.attributes).toEqual({ "error.type": "extension_too_early" });
    expect(spans.map(({ name }) => name)).toContain("express_curfew.sign_out");
    const check = spans.find(({ name }) => name === "express_curfew.check_session");
    expect(check?.attributes).toEqual({ [VERDICT]: "active", "express_curfew.credential": "cookie" });
  });

  it("names no session and no user, not even the user in an error of the app", async () => {
    const userId = "ann-of-the-secret-department";
    const measured = collectMeasurements();
    const site = await startApp({
      telemetry: measured.telemetry,
      configure: (app, curfew) => {
        app.post("/broken", (request, response, next) => {
          const toJSON = (): never => {
            throw new Error(`no cart of ${userId}`);
          };
          dataOf(request)["cart"] = { toJSON };
          curfew.signIn(request, { userId }).then(() => response.json({}), next);
        });
      },
    });
    expect((await (await site.browser()).fetch("post", "/broken", {})).status).toBe(500);
    const ann = await site.signedIn(userId);
    await ann.fetch("get", "/account");
    await site.curfew.sessions.endAll({ userId });
    await ann.fetch("get", "/account");
    const text = (await measured.text()).toLowerCase();
    expect(text).toContain("express_curfew.check_session");
    const [started] = site.told("signedIn");
    for (const secret of ["secret-department", started?.ref ?? "none", site.prefix])
      expect(text).not.toContain(secret.toLowerCase());
  });

  it("tells an outage: requests are unavailable, the breaker is open", async () => {
    const measured = collectMeasurements();
    const site = await startApp({ telemetry: measured.telemetry });
    const servers = async () =>
      countsBy("express_curfew.redis.breaker", await measured.points("express_curfew.redis.servers"));
    const before = await servers();
    expect(before).toMatchObject({ open: 0 });
    expect(before["closed"]).toBeGreaterThan(0);
    const ann = await site.signedIn("ann");
    const away = createCurfew({
      redis: "redis://127.0.0.1:1",
      log: () => undefined,
      telemetry: measured.telemetry,
    });
    const app = express().use(away.session({ secret: SECRET }));
    expect((await ann.at(await listen(app)).fetch("get", "/")).status).toBe(503);
    expect(countsBy(VERDICT, await measured.points("express_curfew.requests"))).toMatchObject({
      unavailable: 1,
    });
    expect(await servers()).toEqual({ open: 1, closed: before["closed"] });
    await away.close();
    expect(await servers()).toEqual(before);
  });

  it.each([
    ["a function", () => undefined],
    ["another object", {}],
  ])("is the only value of telemetry: %s is refused", (_what, telemetry) => {
    const options = { redis: "redis://127.0.0.1:1", telemetry } as never;
    expect(() => createCurfew(options)).toThrow("telemetry: must be openTelemetry()");
  });

  it("refuses providers without their methods", () => {
    expect(() => openTelemetry({ meterProvider: {} as never })).toThrow("getMeter");
    expect(() => openTelemetry({ tracerProvider: null as never })).toThrow("getTracer");
  });
});
