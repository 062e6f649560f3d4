/** The descriptions of the HTTP APIs: complete, true, and served if asked. */
import type { Router } from "express";
import request from "supertest";
import { describe, expect, it } from "vitest";
import { httpPage } from "../scripts/http-page.js";
import { auth0Api, SCOPES } from "../src/dialects/auth0/index.js";
import { lookerApi } from "../src/dialects/looker/index.js";
import { SECRET, startApp } from "./harness/app.js";
import { compareAnswers, DESCRIBED, misfit } from "./harness/described-answers.js";
import { textOf } from "./harness/source-files.js";

const OPTIONS = { openApi: true } as const;

const EMBED = { secret: SECRET, ancestors: ["https://portal.example"] };

/** Starts an app with all APIs. Every operation of a vendor's API is permitted. */
const start = (openApi: typeof OPTIONS | object = {}) =>
  startApp({
    routes: { verify: () => true, ...openApi },
    before: (app, curfew) => app.use("/embed", curfew.embed({ ...EMBED, ...openApi })),
    configure: (app, curfew) => {
      const login = { tokens: curfew.bearer(), verifyClient: () => "root" };
      app.use("/api/4.0", lookerApi(curfew, { authorize: () => true, login, ...openApi }));
      const authorize = () => ({ userId: "root", scopes: SCOPES });
      app.use("/api/v2", auth0Api(curfew, { authorize, ...openApi }));
      app.use("/me/sessions", curfew.accountPages(openApi));
      app.use("/admin", curfew.adminPages({ authorize: () => true, ...openApi }));
    },
  });

/** Returns the routes of a router, in the words of OpenAPI. */
function routesOf(router: Router): string[] {
  const layers = router.stack as unknown as readonly {
    readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  }[];
  return layers.flatMap(({ route }) =>
    Object.keys(route?.methods ?? {}).map(
      (method) => `${method.toUpperCase()} ${route?.path.replace(/:(\w+)/g, "{$1}") ?? ""}`,
    ),
  );
}

/** Files whose names change with their contents, source maps and words. docs/browser-client.md and docs/pages.md describe them. */
const isFile = (name: string): boolean => /\.map$|-[\da-f]{10}\.(?:js|css)$|^GET \/words\./.test(name);

describe("the description", () => {
  it("names every route, and no route that does not exist", async () => {
    const { curfew } = await startApp();
    const login = { tokens: curfew.bearer(), verifyClient: () => null };
    const routers: Readonly<Record<string, Router>> = {
      "/curfew": curfew.routes({ verify: () => true }),
      "/api/4.0": lookerApi(curfew, { authorize: () => true, login }),
      "/api/v2": auth0Api(curfew, { authorize: () => null }),
      "/embed": curfew.embed(EMBED),
      "/me/sessions": curfew.accountPages(),
      "/admin": curfew.adminPages({ authorize: () => true }),
    };
    for (const [base, router] of Object.entries(routers)) {
      const names = routesOf(router).filter((name) => !isFile(name));
      expect(names.sort()).toEqual(Object.keys(DESCRIBED[base]?.operations ?? {}).sort());
    }
  });

  it.each(Object.keys(DESCRIBED))(
    "of %s is served with openApi: true, with the path of its mount",
    async (base) => {
      const site = await start(OPTIONS);
      const answer = await request(site.server).get(`${base}/openapi.json`);
      expect([answer.status, answer.body]).toMatchObject([
        200,
        { openapi: "3.1.0", servers: [{ url: base }] },
      ]);
      const { operations = {} } = DESCRIBED[base] ?? {};
      const { paths } = answer.body as { paths: Record<string, object> };
      const served = Object.entries(paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      );
      expect(served.sort()).toEqual(Object.keys(operations).sort());
    },
  );

  it.each(Object.keys(DESCRIBED))("of %s is not served by default", async (base) => {
    const site = await start();
    const answer = await request(site.server).get(`${base}/openapi.json`);
    // The users' pages ask for a session first.
    expect(answer.status).toBe(base === "/me/sessions" ? 401 : 404);
    expect(answer.body).not.toHaveProperty("openapi");
  });

  it("is docs/http.md; npm run docs:http writes it", async () => {
    expect(textOf("docs/http.md")).toBe(await httpPage());
  });
});

describe("the comparison of answers", () => {
  it("reports a status, a type and a member that are not described", () => {
    const schema = { $ref: "#/components/schemas/Revoked" };
    expect(misfit("/curfew", schema, { revoked: 1 })).toBeNull();
    expect(misfit("/curfew", schema, { revoked: 1, more: 2 })).toMatch(/additional/);
    expect(misfit("/curfew", schema, { revoked: "1" })).toMatch(/integer/);
  });

  it("is made for every answer of a described route", async () => {
    const [differences, seen]: [string[], string[]] = [[], []];
    const { default: express } = await import("express");
    const app = express();
    app.use(
      compareAnswers(
        (difference) => differences.push(difference),
        (answer) => seen.push(answer),
      ),
    );
    app.get("/api/4.0/session_config", (_request, response) => void response.json({ session_minutes: 30 }));
    app.get("/curfew/status", (_request, response) => void response.status(418).json({}));
    app.get("/api/v2/sessions/:id", (_request, response) => void response.status(404).send("none"));
    for (const path of ["/api/4.0/session_config", "/curfew/status", "/api/v2/sessions/x", "/other"])
      await request(app).get(path);
    expect(seen).toHaveLength(3);
    expect(differences).toEqual([
      expect.stringContaining("GET /session_config 200 data must have required property") as string,
      "/curfew GET /status 418 is not described",
      expect.stringContaining("GET /sessions/{id} 404 has the type text/html") as string,
    ]);
  });
});
