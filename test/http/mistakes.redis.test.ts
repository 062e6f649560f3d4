/** Mistakes of handlers: on requests of visitors, at a sign-in, and with a session that was read from Redis. */
import type { Request, Response } from "express";
import { describe, expect, it } from "vitest";
import { dataOf, startApp, type TestApp } from "../harness/app.js";
import { Browser } from "../harness/browser.js";
import { setCookiesOf } from "../harness/http.js";

type Handler = (request: Request, response: Response) => unknown;
const PLACES = ["visitor", "sign-in", "loaded"] as const;

/** Mistakes, and words of the error that names each. */
const MISTAKES: readonly (readonly [string, Handler, string])[] = [
  [
    "a BigInt in the data",
    (request, response) => {
      dataOf(request)["big"] = 1n;
      response.set("Content-Encoding", "x-made-up").send("stored");
    },
    "BigInt",
  ],
  [
    "a circle in the data",
    (request, response) => {
      const circle: Record<string, unknown> = {};
      dataOf(request)["circle"] = Object.assign(circle, { circle });
      response.send("stored");
    },
    "circular structure",
  ],
  [
    "a number as the answer",
    (request, response) => {
      dataOf(request)["step"] = 1;
      response.end(5 as unknown as string);
    },
    "must be of type string",
  ],
  [
    "a status that Node refuses",
    (request, response) => {
      dataOf(request)["step"] = 1;
      response.statusCode = 9_999;
      response.end("x");
    },
    "Invalid status code",
  ],
];

/** Has a handler answer a visitor, a user who signs in with this request, or a signed-in user. */
async function trial(place: (typeof PLACES)[number], handler: Handler) {
  const site: TestApp = await startApp({
    configure: (app, curfew) => {
      app.post("/try", async (request, response) => {
        if (place === "sign-in") await curfew.signIn(request, { userId: "ann" });
        handler(request, response);
      });
    },
  });
  const browser = place === "loaded" ? await site.signedIn("ann") : new Browser(site.server);
  return { site, browser, answer: await browser.fetch("post", "/try", {}) };
}

describe.each(PLACES)("on a request of kind %s", (place) => {
  it.each(MISTAKES)("M17: %s is answered 500, and the app serves on", async (_what, handler, words) => {
    const { answer, browser } = await trial(place, handler);
    expect([answer.status, answer.text]).toEqual([500, expect.stringContaining(words)]);
    expect(answer.headers).not.toHaveProperty("content-encoding");
    expect((await browser.fetch("get", "/state")).status).toBe(200);
  });

  it("M17: data that can't be JSON are answered 500 where no code catches the error of end()", async () => {
    const { answer } = await trial(place, (request, response) => {
      dataOf(request)["big"] = 1n;
      setImmediate(() => response.end("stored"));
    });
    expect([answer.status, answer.text]).toEqual([500, expect.stringContaining("BigInt")]);
  });

  it("M16, M17: an object in place of req.session is an error that says what to write", async () => {
    const { answer, browser } = await trial(place, (request, response) => {
      Object.assign(request, { session: Object.assign({}, request.session, { cart: 1 }) });
      response.send("stored");
    });
    expect([answer.status, answer.text]).toEqual([
      500,
      expect.stringContaining("Object.assign(req.session, data)"),
    ]);
    expect((await browser.fetch("get", "/data")).body).not.toHaveProperty("cart");
  });

  it("M16: null in place of req.session stores nothing, and ends nothing", async () => {
    const { answer, browser } = await trial(place, (request, response) => {
      dataOf(request)["step"] = 1;
      Object.assign(request, { session: null });
      response.send("bye");
    });
    expect([answer.status, answer.text]).toEqual([200, "bye"]);
    expect((await browser.fetch("get", "/data")).body).not.toHaveProperty("step");
    if (place === "loaded") expect(await browser.standing()).toBe("in");
  });

  it("M18: a second answer throws, and the first arrives whole", async () => {
    let thrown: unknown;
    const { answer } = await trial(place, (request, response) => {
      dataOf(request)["step"] = 1;
      response.send("first");
      try {
        response.json({ second: "and longer" });
      } catch (error) {
        thrown = error;
        throw error;
      }
    });
    expect(thrown).toMatchObject({ code: "ERR_HTTP_HEADERS_SENT" });
    expect([answer.status, answer.text]).toEqual([200, "first"]);
  });

  it("M18: writes after the end are dropped", async () => {
    const { answer } = await trial(place, (request, response) => {
      dataOf(request)["step"] = 1;
      response.on("error", () => undefined);
      response.write("ab");
      response.end("cd");
      response.write("EF");
    });
    expect(answer.text).toBe("abcd");
  });

  it.each(["changed", "unchanged"])("M18: late writes cause no error if the session is %s", async (how) => {
    const errors: unknown[] = [];
    const { answer, browser } = await trial(place, (request, response) => {
      if (how === "changed") dataOf(request)["step"] = 1;
      response.on("error", (error) => errors.push(error));
      response.end("ab");
      response.write("CD");
      for (const ms of [0, 20]) setTimeout(() => response.write("EF"), ms);
    });
    expect(answer.text).toBe("ab");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(errors).toEqual([]);
    expect((await browser.fetch("get", "/state")).status).toBe(200);
  });

  it("M16: copies of req.session have a text", async () => {
    const { answer } = await trial(place, (request, response) => {
      const { cookie } = request.session;
      const copies = [
        Object.create(cookie) as object,
        Object.assign(Object.create(Object.getPrototypeOf(cookie) as object) as object, cookie),
        new Proxy(cookie, {}),
        structuredClone(Object.assign({}, cookie)),
      ];
      response.json(copies.map((copy) => typeof JSON.stringify(copy)));
    });
    expect(answer.body).toEqual(["string", "string", "string", "string"]);
  });

  it("stores nothing and sends no cookie if sessionID stops being a string", async () => {
    const { answer, browser } = await trial(place, (request, response) => {
      dataOf(request)["step"] = 1;
      Object.assign(request, { sessionID: () => undefined });
      response.send("answered");
    });
    expect([answer.status, answer.text]).toEqual([200, "answered"]);
    expect(setCookiesOf(answer).filter((line) => line.startsWith("curfew.sid="))).toEqual([]);
    expect((await browser.fetch("get", "/data")).body).not.toHaveProperty("step");
  });
});

it("M12: the first Set-Cookie of a sign-in is the session's", async () => {
  const { answer } = await trial("sign-in", (_request, response) => response.send("in"));
  expect(setCookiesOf(answer).map((line) => line.split("=")[0])).toEqual(["curfew.sid", "curfew.browser"]);
});
