/** Answers of requests whose session was read from Redis. */
import type { Response } from "express";
import { describe, expect, it, vi } from "vitest";
import { dataOf, startApp, type TestAppOptions } from "../harness/app.js";
import { FIREFOX, type Browser } from "../harness/browser.js";

const TEXT = "Grüße, 你好 🎫";
const BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

const BODIES: readonly [string, (response: Response) => unknown, Buffer][] = [
  ["a text", (response) => response.send(TEXT), Buffer.from(TEXT)],
  ["JSON", (response) => response.json({ text: TEXT }), Buffer.from(JSON.stringify({ text: TEXT }))],
  ["bytes", (response) => response.type("bin").send(BYTES), BYTES],
  ["bytes by Node's own end()", (response) => response.end(BYTES), BYTES],
  ["a text in UTF-16", (response) => response.end(TEXT, "utf16le"), Buffer.from(TEXT, "utf16le")],
  [
    "a stream",
    (response) => (response.write(TEXT), response.end(BYTES)),
    Buffer.concat([Buffer.from(TEXT), BYTES]),
  ],
  ["a long text", (response) => response.send(TEXT.repeat(5_000)), Buffer.from(TEXT.repeat(5_000))],
  ["nothing", (response) => response.status(204).end(), Buffer.alloc(0)],
];

/** Bytes that a browser gets. */
async function bytesOf(browser: Browser, origin: string, path: string): Promise<Buffer> {
  const cookie = browser.sessionCookie;
  const response = await fetch(`${origin}${path}`, {
    headers: { cookie: `curfew.sid=${cookie?.value ?? ""}`, "user-agent": FIREFOX },
  });
  return Buffer.from(await response.arrayBuffer());
}

/** A middleware that collects what is sent, and sends it in the end. */
const seesAnswers: NonNullable<TestAppOptions["before"]> = (app) => {
  app.use((_request, response, next) => {
    const seen: Buffer[] = [];
    const end = response.end.bind(response) as (body: Buffer) => Response;
    const note = (chunk: unknown): void => {
      // As many loggers and caches do, without a look at the encoding.
      if (typeof chunk === "string" || Buffer.isBuffer(chunk)) seen.push(Buffer.from(chunk as string));
    };
    response.write = ((chunk: unknown) => (note(chunk), true)) as Response["write"];
    response.end = ((chunk: unknown) => (note(chunk), end(Buffer.concat(seen)))) as Response["end"];
    next();
  });
};

describe("an answer, with a session that does not change", () => {
  it.each(BODIES)("of %s arrives byte for byte", async (_title, send, expected) => {
    const site = await startApp({
      configure: (app) => app.get("/body", (_request, response) => send(response)),
    });
    const ann = await site.signedIn("ann");
    expect(await bytesOf(ann, site.url, "/body")).toEqual(expected);
  });

  it.each(BODIES.filter(([title]) => title !== "a text in UTF-16"))(
    "of %s reaches a middleware in front as its handler has sent it",
    async (_title, send, expected) => {
      const site = await startApp({
        before: seesAnswers,
        configure: (app) => app.get("/body", (_request, response) => send(response)),
      });
      const ann = await site.signedIn("ann");
      expect(await bytesOf(ann, site.url, "/body")).toEqual(expected);
    },
  );
});

describe("a changed session", () => {
  it("is stored, and the answer whole, where the answer has begun before", async () => {
    const site = await startApp({
      configure: (app) => {
        app.get("/stream", (request, response) => {
          response.write("first ");
          dataOf(request)["step"] = 1;
          response.end("last");
        });
      },
    });
    const ann = await site.signedIn("ann");
    expect((await bytesOf(ann, site.url, "/stream")).toString()).toBe("first last");
    expect((await ann.fetch("get", "/data")).body).toEqual({ step: 1 });
  });

  it("is not stored again by the end of its request, where the handler has stored it and changed nothing since", async () => {
    const waiting: (() => void)[] = [];
    const site = await startApp({
      configure: (app) => {
        app.post(["/save", "/save-and-change"], (request, response, next) => {
          dataOf(request)["step"] = 1;
          request.session.save((error: unknown) => {
            if (error) next(error);
            if (request.path === "/save-and-change") dataOf(request)["step"] = 2;
            waiting.push(() => response.json({}));
          });
        });
      },
    });
    const ann = await site.signedIn("ann");
    const stepAfter = async (path: string): Promise<unknown> => {
      const answer = ann.fetch("post", path, {});
      await vi.waitUntil(() => waiting.length > 0);
      await ann.fetch("post", "/data", { step: "stored meanwhile" });
      waiting.pop()?.();
      await answer;
      return (await ann.fetch("get", "/data")).body;
    };
    expect(await stepAfter("/save")).toEqual({ step: "stored meanwhile" });
    expect(await stepAfter("/save-and-change")).toEqual({ step: 2 });
  });

  it("with another that begins on the same request: the other is stored, and its cookie sent", async () => {
    const site = await startApp({
      before: seesAnswers,
      configure: (app, curfew) => {
        app.post("/switch", (request, response, next) => {
          const work = async (): Promise<void> => {
            dataOf(request)["of"] = "ann";
            await curfew.signIn(request, { userId: "bob" });
            dataOf(request)["of"] = "bob";
            response.json({});
          };
          work().catch(next);
        });
      },
    });
    const browser = await site.signedIn("ann");
    const before = browser.sessionCookie?.value;
    expect((await browser.fetch("post", "/switch", {})).status).toBe(200);
    expect(browser.sessionCookie?.value).not.toBe(before);
    expect(await browser.state()).toMatchObject({ session: { userId: "bob" } });
    expect((await browser.fetch("get", "/data")).body).toEqual({ of: "bob" });
  });

  it("M7: keeps data written after a failed sign-in, and no earlier data", async () => {
    const site = await startApp({
      configure: (app, curfew) => {
        app.post("/fail", (request, response) => {
          dataOf(request)["userId"] = "bob";
          curfew.signIn(request, { userId: "" }).catch(() => {
            dataOf(request)["step"] = 1;
            response.json({});
          });
        });
      },
    });
    const ann = await site.signedIn("ann");
    expect((await ann.fetch("post", "/fail", {})).status).toBe(200);
    expect(await ann.standing()).toBe("in");
    expect((await ann.fetch("get", "/data")).body).toEqual({ step: 1 });
  });
});

it("a session that can't be stored goes to the error handler, whose answer is sent", async () => {
  const site = await startApp({
    configure: (app) => {
      app.post("/circle", (request, response) => {
        dataOf(request)["self"] = request.session;
        response.json({});
      });
    },
  });
  const ann = await site.signedIn("ann");
  await ann.fetch("post", "/data", { cart: 1 });
  const answer = await ann.fetch("post", "/circle", {});
  expect([answer.status, answer.text]).toEqual([500, expect.stringContaining("circular structure")]);
  expect(await ann.standing()).toBe("in");
  expect((await ann.fetch("get", "/data")).body).toEqual({ cart: 1 });
});

it("an answer that can't be sent after its session has been stored goes to the error handler", async () => {
  const site = await startApp({
    configure: (app) => {
      app.post("/number", (request, response) => {
        dataOf(request)["step"] = 1;
        response.end(5 as unknown as string);
      });
    },
  });
  const ann = await site.signedIn("ann");
  const answer = await ann.fetch("post", "/number", {});
  expect([answer.status, answer.text]).toEqual([500, expect.stringContaining("must be of type string")]);
  expect((await ann.fetch("get", "/data")).body).toEqual({ step: 1 });
});

describe("an answer that is given while a changed session is being stored for another", () => {
  const SENT = "ERR_HTTP_HEADERS_SENT";
  /** Steps of a handler after its answer, and the code of the error that each throws. */
  const LATER: readonly [string, (response: Response) => unknown, string | null][] = [
    ["by a handler that goes on", (response) => response.status(500).set("X-Later", "1").send("two"), SENT],
    [
      "by a time-out",
      (response) => response.headersSent || response.writeHead(503, { "Content-Length": 3 }).end("two"),
      null,
    ],
    ["by a time-out that does not look whether there is one", (response) => response.writeHead(503), SENT],
    [
      "by a late piece",
      (response) => {
        if (response.write("two")) throw new Error("the piece is written");
      },
      null,
    ],
  ];

  it.each(LATER)(
    "%s is none: the first arrives whole, and says of itself what it is",
    async (_title, later, code) => {
      const thrown: unknown[] = [];
      const site = await startApp({
        configure: (app) => {
          app.post("/twice", (request, response) => {
            dataOf(request)["step"] = 1;
            response.append("X-Of", "first").status(201).send("the first, and longer");
            for (const step of [() => response.append("X-Of", "second"), () => later(response)])
              try {
                step();
                thrown.push(null);
              } catch (error) {
                thrown.push((error as { code?: string }).code ?? error);
              }
            // Express closes the connection of an answer whose handler fails later, unless the answer is held.
            throw new Error("a mistake after the answer");
          });
        },
      });
      const ann = await site.signedIn("ann");
      const answer = await ann.fetch("post", "/twice", {});
      expect(thrown).toEqual([SENT, code]);
      expect([answer.status, answer.text]).toEqual([201, "the first, and longer"]);
      expect(answer.headers).toMatchObject({ "content-length": "21", "x-of": "first" });
      expect(answer.headers).not.toHaveProperty("x-later");
      expect((await ann.fetch("get", "/data")).body).toEqual({ step: 1 });
    },
  );

  it("C11: by a sign-in is none either", async () => {
    let granted: Promise<unknown> = Promise.resolve();
    const site = await startApp({
      configure: (app, curfew) => {
        app.post("/late", (request, response) => {
          dataOf(request)["step"] = 1;
          response.json({});
          granted = curfew.signIn(request, { userId: "bob" });
          granted.catch(() => undefined);
        });
      },
    });
    const ann = await site.signedIn("ann");
    await ann.fetch("post", "/late", {});
    await expect(granted).rejects.toMatchObject({ code: "invalid_argument" });
    expect(await ann.state()).toMatchObject({ session: { userId: "ann" } });
  });
});
