/** Answers to a request when Redis goes away, or refuses writes, while its handler runs. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { RequestHandler } from "express";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { dataOf, SECRET, startApp } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { setCookiesOf } from "../harness/http.js";
import { startRedis, type RedisServer } from "../harness/redis-server.js";

let server: RedisServer;

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

/** The status of a whole answer, or that the connection broke before it was one. */
async function outcome(browser: Browser, path: string): Promise<number | "broken"> {
  return browser.fetch("post", path, {}).then(
    ({ status }) => status,
    () => "broken",
  );
}

describe("A13: Redis frozen while a request changes req.session", () => {
  /** Each changes the session, freezes Redis, and then answers in its own way. */
  const ANSWERS = ["/json", "/empty", "/redirect", "/stream"] as const;

  /** Parts of an answer on which a proxy or a page acts. */
  const OF_THE_ORDER = {
    "Content-Range": "bytes 0-5/6",
    "Content-Language": "de",
    "Content-Location": "/orders/7",
    "HX-Redirect": "/orders/7",
    "X-Accel-Redirect": "/protected/order.csv",
    Refresh: "0; url=/orders/7",
  };

  async function startFreezing() {
    return startApp({
      redis: server.url,
      timeoutMs: 200,
      configure: (app) => {
        app.use([...ANSWERS], (request, _response, next) => {
          dataOf(request)["order"] = Math.random();
          server.signal("SIGSTOP");
          next();
        });
        app.post("/json", (_request, response) => response.json({ stored: true }));
        app.post("/empty", (_request, response) => response.status(204).end());
        app.post("/redirect", (_request, response) => response.redirect(303, "/thanks"));
        app.post("/stream", (_request, response) => {
          response.write("stored");
          response.end(": all of it");
        });
        app.post("/saved", (request, response, next) => {
          dataOf(request)["order"] = Math.random();
          server.signal("SIGSTOP");
          request.session.save((error: unknown) => {
            if (error) next(error);
            else response.json({ stored: true });
          });
        });
      },
    });
  }

  const frozenFor = async (browser: Browser, path: string): Promise<number | "broken"> => {
    try {
      return await outcome(browser, path);
    } finally {
      server.signal("SIGCONT");
    }
  };

  it.each(ANSWERS)("an answer by %s is never whole, for a signed-in user and for a visitor", async (path) => {
    const site = await startFreezing();
    const [ann, visitor] = [await site.signedIn("ann"), await site.browser()];
    // A loaded session is stored before the headers go out; a streamed answer's are out already.
    expect(await frozenFor(ann, path)).toBe(path === "/stream" ? "broken" : 503);
    await site.curfew.ready();
    expect(["broken", 503]).toContain(await frozenFor(visitor, path));
    await site.curfew.ready();
    expect(await ann.standing()).toBe("in");
  });

  it("the 503 has no part of the answer that it replaces, and the headers that the site sets on every answer", async () => {
    const first = await startApp({ redis: server.url });
    const ann = await first.signedIn("ann");
    const site = await startApp({
      redis: server.url,
      prefix: first.prefix,
      timeoutMs: 200,
      session: { secret: ["another secret of the tests, just as long", SECRET] },
      before: (app) => {
        app.use((_request, response, next) => {
          response.set({ "Content-Security-Policy": "default-src 'self'", "X-Frame-Options": "DENY" });
          response.set({ "Access-Control-Allow-Origin": "*", Vary: "Origin" });
          next();
        });
      },
      configure: (app) => {
        app.post("/order", (request, response) => {
          dataOf(request)["order"] = Math.random();
          server.signal("SIGSTOP");
          response.cookie("order", "placed").attachment("order.csv").set(OF_THE_ORDER);
          response.statusMessage = "Placed";
          response.end("placed");
        });
      },
    });
    ann.server = site.server;
    const answer = await ann.fetch("post", "/order", {}).finally(() => {
      server.signal("SIGCONT");
    });
    expect([answer.status, answer.type]).toEqual([503, "application/problem+json"]);
    expect(answer.statusMessage).toBe("Service Unavailable");
    for (const name of ["Content-Disposition", ...Object.keys(OF_THE_ORDER)])
      expect([name, answer.get(name)]).toEqual([name, undefined]);
    expect(answer.get("Content-Security-Policy")).toBe("default-src 'self'");
    expect(answer.get("X-Frame-Options")).toBe("DENY");
    expect(answer.get("Access-Control-Allow-Origin")).toBe("*");
    expect(answer.get("Vary")).toContain("Origin");
    // The cookie that is signed again waits for an answer that Redis confirms (rule M15).
    expect(setCookiesOf(answer)).toEqual([]);
    await site.curfew.ready();
    expect(await ann.standing()).toBe("in");
  });

  it("req.session.save tells the app in time, so that it can answer 503", async () => {
    const site = await startFreezing();
    const ann = await site.signedIn("ann");
    expect(await frozenFor(ann, "/saved")).toBe(503);
    await site.curfew.ready();
    expect(await ann.standing()).toBe("in");
  });
});

describe("A13: Redis frozen while a route of the browser side is at work", () => {
  it("is answered as everywhere, without the cause and what it tells of the network", async () => {
    const verify = (): boolean => {
      server.signal("SIGSTOP");
      return true;
    };
    const site = await startApp({ redis: server.url, timeoutMs: 200, routes: { verify } });
    const ann = await site.signedIn("ann");
    const answer = await ann.reauthenticate().finally(() => {
      server.signal("SIGCONT");
    });
    expect([answer.status, answer.get("Retry-After")]).toEqual([503, "1"]);
    expect(answer.body).toEqual({
      type: "about:blank",
      status: 503,
      error: "redis_unavailable",
      title: "Sessions can't be checked right now. Please try again in a moment.",
    });
    await site.curfew.ready();
    expect(await ann.standing()).toBe("in");
  });
});

describe("A13: Redis frozen on a request that Express has not prepared, as socket servers serve", () => {
  /** Answers with a changed session by Node alone. */
  async function serveRaw(middleware: RequestHandler, answer: (response: ServerResponse) => void) {
    const raw = createServer((request: IncomingMessage, response: ServerResponse) => {
      middleware(request as never, response as never, () => {
        dataOf(request as never)["order"] = Math.random();
        server.signal("SIGSTOP");
        answer(response);
      });
    });
    raw.listen(0, "127.0.0.1");
    await once(raw, "listening");
    onTestFinished(() => {
      raw.close();
      raw.closeAllConnections();
    });
    return `http://127.0.0.1:${String((raw.address() as AddressInfo).port)}`;
  }

  const ask = async (url: string, cookie: string): Promise<[number, string] | "broken"> => {
    try {
      const answer = await fetch(url, { headers: { cookie }, signal: AbortSignal.timeout(3_000) });
      return [answer.status, await answer.text()];
    } catch (error) {
      if ((error as Error).name === "TimeoutError") throw error;
      return "broken";
    } finally {
      server.signal("SIGCONT");
    }
  };

  it.each([
    ["end", (response: ServerResponse) => response.end("stored"), 503],
    ["writeHead and end", (response: ServerResponse) => response.writeHead(200).end("stored"), "broken"],
    ["nothing but end", (response: ServerResponse) => response.end(), 503],
  ] as const)("an answer by %s is never whole", async (_title, answer, expected) => {
    const site = await startApp({ redis: server.url, timeoutMs: 200 });
    const ann = await site.signedIn("ann");
    const url = await serveRaw(site.curfew.session({ secret: SECRET }), answer);
    const got = await ask(url, ann.cookieHeader);
    expect(got === "broken" ? got : got[0]).toBe(expected);
    expect(got[1]).not.toContain("stored");
    await site.curfew.ready();
    // M19: a visitor's new session is stored before the headers too.
    await ann.fetch("post", "/logout", {});
    const visitor = await ask(url, "");
    expect(visitor === "broken" ? visitor : visitor[0]).toBe(expected);
    await site.curfew.ready();
  });
});

describe("B9: memory full", () => {
  async function fill(): Promise<Redis> {
    const client = new Redis(server.url);
    onTestFinished(async () => {
      await client.config("SET", "maxmemory", "0");
      client.disconnect();
    });
    await client.config("SET", "maxmemory-policy", "noeviction");
    await client.config("SET", "maxmemory", "1");
    await expect(client.set("full", "1")).rejects.toThrow("OOM");
    return client;
  }

  it("signing out is done, and answered whole", async () => {
    const site = await startApp({ redis: server.url });
    const ann = await site.signedIn("ann");
    const client = await fill();
    expect(await outcome(ann, "/logout")).toBe(200);
    expect(await ann.standing()).not.toBe("in");
    await client.config("SET", "maxmemory", "0");
    expect(await ann.standing()).not.toBe("in");
  });

  it("revoking all of a user's sessions holds, also when there is room again", async () => {
    const site = await startApp({ redis: server.url });
    const [first, second] = [await site.signedIn("ann"), await site.signedIn("ann", { kind: "api" })];
    const bob = await site.signedIn("bob");
    const client = await fill();
    await site.curfew.sessions.endAll({ userId: "ann" });
    for (const browser of [first, second]) expect(await browser.standing()).not.toBe("in");
    await client.config("SET", "maxmemory", "0");
    for (const browser of [first, second]) expect(await browser.standing()).not.toBe("in");
    expect((await site.curfew.sessions.list({ userId: "ann" })).sessions).toEqual([]);
    expect(await bob.standing()).toBe("in");
    await first.signIn("ann");
    expect([await first.standing(), await second.standing()]).toEqual(["in", "unknown"]);
  });

  it("revoking all but one is refused rather than done to the one", async () => {
    const site = await startApp({ redis: server.url });
    const [asking, other] = [await site.signedIn("ann"), await site.signedIn("ann")];
    const state = await asking.state();
    const except = state.state === "active" ? state.session.ref : "";
    const client = await fill();
    const ending = site.curfew.sessions.endAll({ userId: "ann", except });
    await expect(ending).rejects.toMatchObject({ code: "redis_unavailable" });
    await client.config("SET", "maxmemory", "0");
    expect([await asking.standing(), await other.standing()]).toEqual(["in", "in"]);
  });
});
