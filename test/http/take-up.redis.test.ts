/** Requests that express-session sees late, and what apps do to their sessions by its own calls. */
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { promisify } from "node:util";
import type { Request, RequestHandler, Response } from "express";
import { describe, expect, it } from "vitest";
import type { Curfew } from "../../src/index.js";
import { dataOf, startApp, type TestApp } from "../harness/app.js";
import { FIREFOX, type Browser } from "../harness/browser.js";

type Work = (request: Request, curfew: Curfew) => Promise<unknown>;

const save = (request: Request): Promise<void> => promisify(request.session.save.bind(request.session))();
const reload = (request: Request): Promise<void> => promisify(request.session.reload.bind(request.session))();
const destroy = (request: Request): Promise<void> =>
  promisify(request.session.destroy.bind(request.session))();
const regenerate = (request: Request): Promise<void> =>
  promisify(request.session.regenerate.bind(request.session))();

/** A site whose `POST /work` does that. */
function startWorking(work: Work, before: RequestHandler[] = []): Promise<TestApp> {
  return startApp({
    configure: (app, curfew) => {
      app.post("/work", ...before, (request, response, next) => {
        work(request, curfew).then(() => response.json({ done: true }), next);
      });
    },
  });
}

const cookieOf = (browser: Browser): string | undefined => browser.sessionCookie?.value;
const stored = async (browser: Browser): Promise<unknown> => (await browser.fetch("get", "/data")).body;

/** Ways to begin a session on a request that has a living session, each with a change afterwards. */
const BEGINNINGS: readonly [string, string, Work][] = [
  ["session.regenerate()", "anonymous", regenerate],
  [
    "sessionStore.generate()",
    "anonymous",
    (request) => {
      request.sessionStore.generate(request);
      return Promise.resolve();
    },
  ],
  [
    "session.destroy() and sessionStore.generate()",
    "anonymous",
    async (request) => {
      await destroy(request);
      request.sessionStore.generate(request);
    },
  ],
  ["a sign-in", "in", (request, curfew) => curfew.signIn(request, { userId: "ann" })],
  ["a re-authentication", "in", (request, curfew) => curfew.reauthenticate(request)],
];

/** Changes of an answer by middlewares behind `curfew.session()`. */
const WRAPPERS: readonly [string, RequestHandler[]][] = [
  ["nobody else", []],
  [
    "a middleware that sets a header when the answer ends",
    [
      (_request, response, next) => {
        const end = response.end.bind(response) as (...args: unknown[]) => Response;
        response.end = ((...args: unknown[]) => {
          response.setHeader("X-Time", "1");
          return end(...args);
        }) as Response["end"];
        next();
      },
    ],
  ],
  [
    "a middleware that collects the answer",
    [
      (_request, response, next) => {
        const parts: Buffer[] = [];
        const end = response.end.bind(response) as (body: Buffer) => Response;
        response.write = ((part: Buffer) => parts.push(part) > 0) as Response["write"];
        response.end = ((part?: Buffer) =>
          end(Buffer.concat(part ? [...parts, part] : parts))) as Response["end"];
        next();
      },
    ],
  ],
  [
    "a middleware that takes the cookie out of the request",
    [
      (request, _response, next) => {
        delete request.headers.cookie;
        next();
      },
    ],
  ],
];

describe.each(WRAPPERS)("with %s", (_wrapper, before) => {
  it.each(BEGINNINGS)("what begins by %s is kept, and its cookie sent", async (_title, standing, begin) => {
    const site = await startWorking(async (request, curfew) => {
      await begin(request, curfew);
      dataOf(request)["step"] = 1;
    }, before);
    const ann = await site.signedIn("ann");
    const former = cookieOf(ann);
    const answer = await ann.fetch("post", "/work", {});
    expect([answer.status, answer.body]).toEqual([200, { done: true }]);
    expect(cookieOf(ann)).not.toBe(former);
    expect(await ann.standing()).toBe(standing);
    expect(await stored(ann)).toMatchObject({ step: 1 });
  });

  it("C10: session.regenerate() ends the session that there was", async () => {
    const site = await startWorking(regenerate, before);
    const ann = await site.signedIn("ann");
    const { value } = ann.sessionCookie ?? { value: "" };
    await ann.fetch("post", "/work", {});
    ann.plant("curfew.sid", value);
    expect(await ann.standing()).toBe("signed_out");
  });
});

describe.each(["ann", null])("the session of %s", (userId) => {
  const opened = (site: TestApp): Promise<Browser> =>
    userId === null ? site.browser() : site.signedIn(userId);

  it("is stored though another of the same request had the same in it", async () => {
    const site = await startWorking(async (request) => {
      dataOf(request)["cart"] = 1;
      await save(request);
      await regenerate(request);
      dataOf(request)["cart"] = 1;
      await save(request);
    });
    const browser = await opened(site);
    await browser.fetch("post", "/work", {});
    expect(await stored(browser)).toEqual({ cart: 1 });
  });

  it("is stored when its handler says so, even after earlier stores", async () => {
    let meanwhile = (): Promise<unknown> => Promise.resolve();
    const site = await startWorking(async (request) => {
      dataOf(request)["status"] = "working";
      await save(request);
      await meanwhile();
      await reload(request);
      dataOf(request)["status"] = "working";
      await save(request);
    });
    const browser = await opened(site);
    await browser.fetch("post", "/data", { status: "idle" });
    meanwhile = () => browser.fetch("post", "/data", { status: "cancelled" });
    await browser.fetch("post", "/work", {});
    expect(await stored(browser)).toEqual({ status: "working" });
  });

  it("is stored as it is in the end, also where that is as it was at first", async () => {
    const site = await startWorking(async (request) => {
      dataOf(request)["busy"] = true;
      await save(request);
      delete dataOf(request)["busy"];
    });
    const browser = await opened(site);
    await browser.fetch("post", "/data", { cart: 1 });
    await browser.fetch("post", "/work", {});
    expect(await stored(browser)).toEqual({ cart: 1 });
  });

  it("is stored as it is in the end, also where what has been stored before it was not waited for", async () => {
    const site = await startWorking((request) => {
      for (const step of [1, 2]) {
        dataOf(request)["step"] = step;
        request.session.save();
      }
      delete dataOf(request)["step"];
      return Promise.resolve();
    });
    const browser = await opened(site);
    await browser.fetch("post", "/data", { cart: 1 });
    await browser.fetch("post", "/work", {});
    expect(await stored(browser)).toEqual({ cart: 1 });
  });
});

it("a session that the app has made of stored data itself is stored in the end", async () => {
  const site = await startWorking(async (request) => {
    const store = request.sessionStore as unknown as {
      get(id: string): Promise<Parameters<typeof request.sessionStore.createSession>[1]>;
    };
    request.sessionStore.createSession(request, await store.get(request.sessionID));
    dataOf(request)["step"] = 1;
  });
  const ann = await site.signedIn("ann");
  await ann.fetch("post", "/work", {});
  expect(await stored(ann)).toEqual({ step: 1 });
});

/** Lets a user act as another user, as some apps do. */
const TAKEN: readonly [string, (request: Request, id: string) => Promise<void>][] = [
  [
    "made of its data",
    async (request, id) => {
      const data = await promisify(request.sessionStore.get.bind(request.sessionStore))(id);
      request.sessionID = id;
      if (data) request.sessionStore.createSession(request, data);
    },
  ],
  [
    "loaded",
    async (request, id) => {
      const session = await promisify(request.sessionStore.load.bind(request.sessionStore))(id);
      Object.assign(request, { session, sessionID: id });
    },
  ],
];

it.each(TAKEN)(
  "another session, %s by the app, is stored in the end, and its cookie sent",
  async (_title, take) => {
    const site = await startWorking(async (request) => {
      await take(request, /s:(.*)\.[^.]*$/.exec(request.get("x-cookie") ?? "")?.[1] ?? "");
      dataOf(request)["step"] = 1;
    });
    const [ann, bob] = [await site.signedIn("ann"), await site.signedIn("bob")];
    const cookie = decodeURIComponent(cookieOf(bob) ?? "");
    await ann.send("/work", { method: "POST", headers: ann.named({ "x-cookie": cookie }) });
    expect(await ann.state()).toMatchObject({ session: { userId: "bob" } });
    expect([await stored(ann), await stored(bob)]).toEqual([{ step: 1 }, { step: 1 }]);
  },
);

it("secrets that the app changes in place change nothing, as they stand when the middleware is made", async () => {
  const secret = ["the secret of this test, long enough for all"];
  const site = await startApp({ session: { secret } });
  const ann = await site.signedIn("ann");
  secret.unshift("another secret of this test, just as long");
  const bob = await site.signedIn("bob");
  expect([await ann.standing(), await bob.standing()]).toEqual(["in", "in"]);
});

it("an answer for an adapter's own socket, as functions in a cloud have it, has the bytes that were sent", async () => {
  const text = "Grüße, 你好";
  const site = await startApp({
    configure: (app) => app.get("/text", (_request, response) => response.json({ text })),
  });
  const ann = await site.signedIn("ann");
  const request = new IncomingMessage(new Socket());
  Object.assign(request, {
    method: "GET",
    url: "/text",
    headers: { cookie: `curfew.sid=${cookieOf(ann) ?? ""}`, "user-agent": FIREFOX },
  });
  const response = new ServerResponse(request);
  const written: Buffer[] = [];
  const ignore = (): void => undefined;
  const socket = {
    writable: true,
    _writableState: {},
    on: ignore,
    removeListener: ignore,
    destroy: ignore,
    cork: ignore,
    uncork: ignore,
    write: (part: Buffer | string, _encoding: unknown, done?: () => void) => {
      // As adapters do, which look at no encoding.
      written.push(Buffer.from(part as string));
      done?.();
      return true;
    },
  };
  response.assignSocket(socket as unknown as Socket);
  const finished = new Promise((resolve) => response.once("finish", resolve));
  site.server.emit("request", request, response);
  await finished;
  expect(Buffer.concat(written).toString()).toContain(JSON.stringify({ text }));
});
