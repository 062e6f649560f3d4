/** A visitor's new session that Redis does not store (rule M19). */
import { once } from "node:events";
import { Agent, get as ask, type IncomingMessage } from "node:http";
import { createGzip } from "node:zlib";
import type { Express, RequestHandler, Response as Answer } from "express";
import helmet from "helmet";
import onHeaders from "on-headers";
import request, { type Response } from "supertest";
import { describe, expect, it } from "vitest";
import { dataOf, startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import { proxiedRedis } from "../harness/app-proxy.js";
import { Browser } from "../harness/browser.js";

const TIMEOUT_MS = 300;

/** Ways to answer after a change of the session. The headers are still to be sent when the answer ends. */
const WHOLE: readonly (readonly [string, (response: Answer) => void])[] = [
  ["a text", (response) => response.send("hello")],
  ["JSON", (response) => response.json({ hello: 1 })],
  ["a redirect", (response) => response.redirect("/data")],
  ["a status", (response) => response.sendStatus(204)],
  ["a cacheable page", (response) => response.set("Cache-Control", "public, max-age=60").send("hello")],
  ["a plain end", (response) => response.end("hello")],
];

const STREAMED: readonly (readonly [string, (response: Answer) => void])[] = [
  ["pieces", (response) => (response.write("hel"), response.end("lo"))],
  ["an explicit head", (response) => response.writeHead(200, { "Content-Length": "5" }).end("hello")],
  ["a flushed head", (response) => (response.flushHeaders(), response.end("hello"))],
];

function configure(app: Express): void {
  for (const [name, answer] of [...WHOLE, ...STREAMED])
    app.all(`/${name.replaceAll(" ", "-")}`, (incoming, response) => {
      dataOf(incoming)["cart"] = [1];
      answer(response);
    });
  app.get("/all-bytes-before-the-end", (incoming, response) => {
    dataOf(incoming)["cart"] = [1];
    response.writeHead(200, { "Content-Length": "5" }).write("hello");
    setTimeout(() => response.end(), 20);
  });
  app.get("/nothing", (_incoming, response) => {
    response.send("hello");
  });
  app.get("/error", (incoming) => {
    dataOf(incoming)["cart"] = [1];
    throw Object.assign(new Error("a handler's error"), { status: 418 });
  });
}

/** Compresses all answers, in the way of the package compression: from `write` and `end`, and the head when it is sent. */
const compress: RequestHandler = (_request, response, next) => {
  const gzip = createGzip();
  const plain = { write: response.write.bind(response), end: response.end.bind(response) };
  onHeaders(response, () => {
    response.setHeader("Content-Encoding", "gzip");
    response.removeHeader("Content-Length");
  });
  gzip.on("data", (piece: Buffer) => plain.write(piece));
  gzip.on("end", () => plain.end());
  Object.assign(response, {
    write: (piece: string | Buffer) => gzip.write(piece),
    end: (piece?: string | Buffer) => {
      response.writeHead(response.statusCode);
      gzip.end(piece);
      return response;
    },
  });
  next();
};

/** Starts an app whose Redis loses every write of data. */
async function start(own: TestAppOptions = {}): Promise<TestApp> {
  const proxy = await proxiedRedis();
  const site = await startApp({ redis: proxy.redis, timeoutMs: TIMEOUT_MS, configure, ...own });
  proxy.inject({ on: "SET", action: "drop", times: 1_000 });
  return site;
}

const get = (site: TestApp, name: string): Promise<Response> =>
  request(site.server)
    .get(`/${name.replaceAll(" ", "-")}`)
    .redirects(0)
    .then();

describe("a visitor's new session that can't be stored", () => {
  it.each(WHOLE)("M19: is answered 503 with Retry-After, without a cookie: %s", async (name) => {
    const site = await start();
    const answer = await get(site, name);
    expect([answer.status, answer.get("Retry-After"), answer.get("Set-Cookie")]).toEqual([
      503,
      "1",
      undefined,
    ]);
    expect([answer.get("Cache-Control"), answer.get("Location")]).toEqual(["no-store", undefined]);
  });

  it.each(WHOLE)("M19: is 503 too behind compressing middleware and helmet: %s", async (name) => {
    const before = (app: Express): void => {
      app.use(compress, helmet());
    };
    const answer = await get(await start({ before }), name);
    expect([answer.status, answer.get("Retry-After")]).toEqual([503, "1"]);
    expect(answer.text).toContain("Sessions can't be checked");
  });

  it.each(STREAMED)("M19: breaks off if the head has been sent, and the app serves on: %s", async (name) => {
    const site = await start();
    await expect(get(site, name)).rejects.toThrow();
    expect((await get(site, "nothing")).status).toBe(200);
  });

  it("M19, A13: has sent all its bytes by write, and only save() can say that nothing is stored", async () => {
    const site = await start();
    expect(await get(site, "all bytes before the end")).toMatchObject({ status: 200, text: "hello" });
    const errors: unknown[] = [];
    const saving = await start({
      configure: (app) => {
        app.get("/saved", (incoming, response) => {
          dataOf(incoming)["cart"] = [1];
          incoming.session.save((error) => {
            errors.push(error);
            response.send("hello");
          });
        });
      },
    });
    expect((await get(saving, "saved")).status).toBe(503);
    expect(errors).toMatchObject([{ code: "redis_unavailable" }]);
  });

  it("M19: is 503 to a HEAD and to an error's answer", async () => {
    const site = await start();
    expect((await request(site.server).head("/a-text")).status).toBe(503);
    expect((await request(site.server).get("/error")).status).toBe(503);
  });

  it("M19: a connection serves the next request", async () => {
    const site = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const statuses: (number | undefined)[] = [];
    for (const path of ["/a-text", "/nothing"]) {
      const [answer] = (await once(ask(`${site.url}${path}`, { agent }), "response")) as [IncomingMessage];
      answer.resume();
      await once(answer, "end");
      statuses.push(answer.statusCode);
    }
    agent.destroy();
    expect(statuses).toEqual([503, 200]);
  });

  it("M19: a request that stores nothing is served", async () => {
    const site = await start();
    expect((await get(site, "nothing")).status).toBe(200);
    expect((await new Browser(site.server).visit("/login")).status).toBe(200);
  });
});

describe("while no Redis answers at all", () => {
  it("M19: a visitor's new session is 503, and a request that stores nothing is served", async () => {
    const proxy = await proxiedRedis();
    const site = await startApp({ redis: proxy.redis, configure, timeoutMs: TIMEOUT_MS });
    proxy.inject({ on: () => true, action: "drop", times: 1_000 });
    expect((await get(site, "a text")).status).toBe(503);
    expect((await get(site, "nothing")).status).toBe(200);
  });
});

describe("a stored session", () => {
  it("M19: a signed-in user's change that can't be stored breaks a streamed answer off", async () => {
    const proxy = await proxiedRedis();
    const site = await startApp({ redis: proxy.redis, configure });
    const browser = await site.signedIn("ann");
    proxy.inject({ on: "SET", action: "drop", times: 1_000 });
    await expect(browser.fetch("get", "/pieces")).rejects.toThrow();
    expect((await browser.fetch("get", "/a-text")).status).toBe(503);
  });
});
