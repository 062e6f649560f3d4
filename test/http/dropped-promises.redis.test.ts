/** Promises of the store that the app drops or awaits, when Redis has gone away. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startApp } from "../harness/app.js";
import { startRedis, type RedisServer } from "../harness/redis-server.js";
import { noteUnhandled } from "../harness/unhandled.js";

let server: RedisServer;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

describe("B1: Redis frozen while a session is destroyed without a callback", () => {
  it("leaves nothing unhandled, which would end the process, and tells the operator", async () => {
    const unhandled = noteUnhandled();
    let awaited: unknown;
    const site = await startApp({
      redis: server.url,
      timeoutMs: 200,
      configure: (app) => {
        app.post("/destroy", (request, response) => {
          server.signal("SIGSTOP");
          // Its type asks for a callback; express-session's own page shows it without.
          (request.session as unknown as { destroy(): void }).destroy();
          response.json({});
        });
        app.post("/awaited", (request, response) => {
          server.signal("SIGSTOP");
          const store = request.sessionStore as unknown as { destroy(id: string): Promise<unknown> };
          store.destroy(request.sessionID).catch((error: unknown) => {
            awaited = error;
            response.json({});
          });
        });
      },
    });
    const ann = await site.signedIn("ann");
    const failures = (): string[] =>
      site.log.filter(({ code }) => code === "write_failed").map(({ message }) => message);
    try {
      expect((await ann.fetch("post", "/destroy", {})).status).toBe(200);
      await vi.waitUntil(() => failures().some((message) => message.includes("destroy")));
      // A caller that awaits the store still gets the error.
      expect((await (await site.browser()).fetch("post", "/awaited", {})).status).toBe(200);
    } finally {
      server.signal("SIGCONT");
    }
    expect(awaited).toMatchObject({ code: "redis_unavailable" });
    expect(unhandled).toEqual([]);
    await site.curfew.ready();
    expect(await ann.standing()).toBe("in");
  });
});

describe("A13: Redis frozen while the store is given data without a callback", () => {
  it("rejects the promise, and handles a dropped promise", async () => {
    const unhandled = noteUnhandled();
    let awaited: unknown;
    const site = await startApp({
      redis: server.url,
      timeoutMs: 200,
      configure: (app) => {
        app.post("/set", (request, response) => {
          server.signal("SIGSTOP");
          const { sessionID, session } = request;
          const store = request.sessionStore as unknown as Record<"set", (...asked: unknown[]) => unknown>;
          store.set(sessionID, session);
          Promise.resolve(store.set(sessionID, session)).then(
            () => response.json({}),
            (error: unknown) => {
              awaited = error;
              response.json({});
            },
          );
        });
      },
    });
    const ann = await site.signedIn("ann");
    await ann.fetch("post", "/set", {}).finally(() => {
      server.signal("SIGCONT");
    });
    expect(awaited).toMatchObject({ code: "redis_unavailable" });
    expect(unhandled).toEqual([]);
    await site.curfew.ready();
  });
});

describe("A13: Redis frozen while a session is destroyed without a callback, and signed out of", () => {
  it("the sign-out reports that the session continues", async () => {
    const site = await startApp({
      redis: server.url,
      timeoutMs: 200,
      configure: (app, curfew) => {
        app.post("/both", (request, response, next) => {
          server.signal("SIGSTOP");
          (request.session as unknown as { destroy(): void }).destroy();
          curfew.signOut(request).then((result) => response.json(result), next);
        });
      },
    });
    const ann = await site.signedIn("ann");
    const both = await ann.fetch("post", "/both", {}).finally(() => {
      server.signal("SIGCONT");
    });
    expect(both.status).toBe(503);
    await site.curfew.ready();
    expect(await ann.standing()).toBe("in");
  });
});
