/** A Redis that answers reads and refuses writes, for example after the loss of its replicas. */
import { inspect } from "node:util";
import { Redis } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";
import { dataOf, startApp } from "../harness/app.js";
import { startRedis } from "../harness/redis-server.js";

/** Starts a Redis. @returns its URL, and a function that lets it refuse or accept writes */
async function startRefusing() {
  const server = await startRedis();
  const admin = new Redis(server.url);
  onTestFinished(async () => {
    admin.disconnect();
    await server.stop();
  });
  const refuse = (refuses: boolean) => admin.config("SET", "min-replicas-to-write", refuses ? "1" : "0");
  return { url: server.url, refuse };
}

describe("M33: where Redis refuses writes", () => {
  it("a session that has run out is ended on public pages", async () => {
    const { url, refuse } = await startRefusing();
    const site = await startApp({ redis: url });
    const browser = await site.signedIn("ann");
    await refuse(true);
    site.at("30:00");
    const page = await browser.fetch("get", "/state");
    expect([page.status, page.body]).toEqual([
      200,
      expect.objectContaining({ state: "ended", reason: "absolute" }),
    ]);
    // An end that was not stored may still be undone.
    expect((await browser.fetch("get", "/account")).status).toBe(503);
    expect(site.told("warning").map(({ code }) => code)).toContain("redis_refused");
    await refuse(false);
    expect(await browser.standing()).toBe("absolute");
  });
});

describe("M41: where Redis refuses writes", () => {
  it("the errors that an app gets hold no session data, user id or session id", async () => {
    const { url, refuse } = await startRefusing();
    const errors: unknown[] = [];
    const site = await startApp({
      redis: url,
      configure: (app, curfew) => {
        app.post("/save", (request, response) => {
          dataOf(request)["card"] = "4111-1111";
          request.session.save((error) => {
            errors.push(error);
            response.json({});
          });
        });
        app.post("/sign-in", (request, response) => {
          const signIn = curfew.signIn(request, { userId: "user-of-the-errors" });
          signIn.catch((error: unknown) => errors.push(error)).finally(() => response.json({}));
        });
        app.post("/end", (request, response) => {
          const { ref = "" } = request.query as { ref?: string };
          const end = curfew.sessions.end(ref);
          end.catch((error: unknown) => errors.push(error)).finally(() => response.json({}));
        });
      },
    });
    const ann = await site.signedIn("user-of-the-errors");
    const state = await ann.state();
    const ref = state.state === "active" ? state.session.ref : "";
    await refuse(true);
    await ann.fetch("post", "/save", {});
    await (await site.browser()).fetch("post", "/sign-in", {});
    await ann.fetch("post", `/end?ref=${ref}`, {});
    expect(errors).toMatchObject(
      Array(3).fill({ code: "redis_unavailable", cause: expect.any(Error) as Error }),
    );
    const shown = inspect(errors, { depth: 9, showHidden: true });
    for (const secret of ["4111-1111", "user-of-the-errors", ref]) expect(shown).not.toContain(secret);
  });
});
