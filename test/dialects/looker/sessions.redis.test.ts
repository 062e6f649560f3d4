/** Looker's routes of a user's sessions, on real Redis. */
import type { Request } from "express";
import request from "supertest";
import { describe, expect, it } from "vitest";
import { lookerApi, type LookerApiOptions, type LookerSession } from "../../../src/dialects/looker/index.js";
import { startApp, type TestApp } from "../../harness/app.js";
import { minutes } from "../../harness/policy-fixtures.js";

const DOC = "https://cloud.google.com/looker/docs/r/err/4.0";

const userOf = (who: Request): string | null =>
  who.curfew.state === "active" ? who.curfew.session.userId : null;

/** Administrators see all sessions, users see and end their own. */
const authorize: LookerApiOptions["authorize"] = (who, operation, { userId }) =>
  userOf(who) === "root" ||
  (userId !== null && userOf(who) === userId) ||
  (userOf(who) === "auditor" && operation === "show_sessions");

const start = (): Promise<TestApp> =>
  startApp({
    configure: (app, curfew) => {
      app.use("/api/4.0", lookerApi(curfew, { authorize }));
    },
  });

const pathOf = (userId: string, id = ""): string =>
  `/api/4.0/users/${encodeURIComponent(userId)}/sessions${id === "" ? "" : `/${id}`}`;

async function sessionsOf(site: TestApp, userId: string): Promise<LookerSession[]> {
  const root = await site.signedIn("root");
  const answer = await root.fetch("get", pathOf(userId));
  expect(answer.status).toBe(200);
  return answer.body as LookerSession[];
}

describe("a user's sessions in Looker's format", () => {
  it("R1, R8: lists living sessions with the end that is in force", async () => {
    const site = await start();
    const ann = await site.signedIn("ann");
    const ended = await site.signedIn("ann");
    await ended.fetch("post", "/logout", {});
    const [session, ...others] = await sessionsOf(site, "ann");
    expect(others).toEqual([]);
    const begins = site.clock();
    expect(session).toMatchObject({
      can: { show: true, destroy: true },
      ip_address: null,
      extended_at: null,
      extended_count: 0,
      sudo_user_id: null,
      created_at: new Date(begins).toISOString(),
      expires_at: new Date(begins + minutes(30)).toISOString(),
      kind: "browser",
      persistent: false,
    });
    expect(session?.url).toBe(pathOf("ann", session?.id));
    await site.curfew.settings.update({ sessionMinutes: 10 });
    const [shortened] = await sessionsOf(site, "ann");
    expect(shortened?.expires_at).toBe(new Date(begins + minutes(10)).toISOString());
    expect(await ann.standing()).toBe("in");
  });

  it("R9: shows no part of a cookie", async () => {
    const site = await start();
    const ann = await site.signedIn("ann");
    const secret = decodeURIComponent(ann.sessionCookie?.value ?? "").split(".")[2] ?? "";
    expect(secret.length).toBeGreaterThan(20);
    expect(JSON.stringify(await sessionsOf(site, "ann"))).not.toContain(secret.slice(0, 12));
  });

  it("R2, R4: reads one session, and only the named fields", async () => {
    const site = await start();
    await site.signedIn("a/b ü");
    const [session] = await sessionsOf(site, "a/b ü");
    const root = await site.signedIn("root");
    const one = await root.fetch("get", `${pathOf("a/b ü", session?.id)}?fields=id,%20city,secret`);
    expect(one.body).toEqual({ id: session?.id, city: null });
    expect((await root.fetch("get", `${pathOf("a/b ü")}?fields=kind`)).body).toEqual([{ kind: "browser" }]);
  });

  it("R3, R6: ends a session once; the browser's next request is refused", async () => {
    const site = await start();
    const ann = await site.signedIn("ann");
    const [session] = await sessionsOf(site, "ann");
    const root = await site.signedIn("root");
    const first = await root.fetch("delete", pathOf("ann", session?.id));
    expect([first.status, first.text, first.headers["content-type"]]).toEqual([204, "", undefined]);
    expect(await ann.standing()).toBe("revoked_by_admin");
    const second = await root.fetch("delete", pathOf("ann", session?.id));
    expect([second.status, second.body]).toEqual([
      404,
      {
        message: "Not found",
        documentation_url: `${DOC}/404/delete/users/:user_id/sessions/:session_id`,
      },
    ]);
  });

  it("R7: a user may end the session of the request itself", async () => {
    const site = await start();
    const ann = await site.signedIn("ann");
    const [session] = await sessionsOf(site, "ann");
    expect((await ann.fetch("delete", pathOf("ann", session?.id))).status).toBe(204);
    expect(await ann.standing()).toBe("revoked");
  });

  it.each(["get", "delete"] as const)("R5: %s of another user's session tells nothing", async (method) => {
    const site = await start();
    await site.signedIn("ann");
    const [session] = await sessionsOf(site, "ann");
    const bob = await site.signedIn("bob");
    const denied = await bob.fetch(method, pathOf("ann", session?.id));
    const unknown = await bob.fetch(method, pathOf("ann", "A".repeat(21)));
    expect([denied.status, denied.body]).toEqual([unknown.status, unknown.body]);
    expect(denied.status).toBe(404);
    // The path's user owns other sessions than the path's session.
    expect((await bob.fetch(method, pathOf("bob", session?.id))).status).toBe(404);
    expect(await sessionsOf(site, "ann")).toHaveLength(1);
  });

  it("says in `can` if the sender may end the session", async () => {
    const site = await start();
    await site.signedIn("ann");
    const auditor = await site.signedIn("auditor");
    const [session] = (await auditor.fetch("get", pathOf("ann"))).body as LookerSession[];
    expect(session?.can).toEqual({ show: true, destroy: false });
    expect((await auditor.fetch("get", pathOf("ann", session?.id))).body).toMatchObject({
      can: { show: true, destroy: false },
    });
    expect((await auditor.fetch("delete", pathOf("ann", session?.id))).status).toBe(404);
  });

  it("L10: a visitor gets 401 in Looker's format", async () => {
    const site = await start();
    const answer = await request(site.server).get(pathOf("ann"));
    expect([answer.status, answer.body]).toEqual([
      401,
      {
        message: "Requires authentication.",
        documentation_url: `${DOC}/401/get/users/:user_id/sessions`,
      },
    ]);
  });

  it("G1: another site can't end a session", async () => {
    const site = await start();
    const ann = await site.signedIn("ann");
    const [session] = await sessionsOf(site, "ann");
    const cookie = ann.cookieHeader;
    const answer = await request(site.server)
      .delete(pathOf("ann", session?.id))
      .set({ cookie, "sec-fetch-site": "cross-site" });
    expect(answer.status).toBe(403);
    expect(await ann.standing()).toBe("in");
  });
});
