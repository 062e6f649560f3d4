import type { ErrorRequestHandler } from "express";
import { describe, expect, it } from "vitest";
import type { CurfewError } from "../../src/index.js";
import { startApp } from "../harness/app.js";
import { openDesk, ROOT, startPages, userOf } from "./support.js";

describe("authorize of the admin pages", () => {
  it("M41: is asked once for each request, before the request changes anything", async () => {
    const asked: string[] = [];
    const { site, submit, root } = await openDesk({
      admin: {
        authorize: async (request) => {
          const { version } = await site.curfew.settings.get();
          asked.push(`${request.method} ${String(version)}`);
          return userOf(request) === ROOT;
        },
      },
    });
    await root.visit("/admin/settings");
    asked.length = 0;
    expect((await submit({ sessionMinutes: 60, action: "save" })).status).toBe(303);
    expect(asked).toEqual(["GET 0", "POST 0"]);
    expect((await site.curfew.settings.history())[0]).toMatchObject({ version: 1, actor: ROOT });
  });

  it.each([false, null, undefined, "yes", 1, {}, { id: "ann" }, { actor: "" }, { actor: 5 }])(
    "refuses with %o: 403 for a signed-in user, and the login page for a visitor",
    async (answer) => {
      const site = await startPages({ admin: { authorize: () => answer as never } });
      const ann = await site.signedIn("ann");
      for (const path of ["settings", "history", "sessions", "sessions/end", "settings/purge-locations"]) {
        expect((await ann.visit(`/admin/${path}`)).status).toBe(403);
        expect((await (await site.browser()).visit(`/admin/${path}`)).status).toBe(303);
      }
      expect((await ann.submit("/admin/settings", { action: "save", version: 0 })).status).toBe(403);
      expect((await site.curfew.settings.get()).version).toBe(0);
    },
  );

  it("hands a thrown error to the app", async () => {
    const site = await startPages({
      hasFaults: true,
      admin: {
        authorize: () => {
          throw Object.assign(new Error("no directory"), { status: 502 });
        },
      },
      configure: (app) => {
        const answer: ErrorRequestHandler = (error: { status: number }, _request, response, _next) => {
          response.status(error.status).end();
        };
        app.use(answer);
      },
    });
    expect((await (await site.signedIn("ann")).visit("/admin/settings")).status).toBe(502);
  });

  it("is required", async () => {
    const { curfew } = await startApp();
    expect(() => curfew.adminPages({} as never)).toThrow(
      expect.objectContaining({
        code: "invalid_option",
        details: { option: "adminPages.authorize" },
      }) as CurfewError,
    );
  });
});
