import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Request, RequestHandler } from "express";
import { describe, expect, it, onTestFinished } from "vitest";
import type { EndResult, RequestCurfew } from "../../src/index.js";
import { SECRET, startApp } from "../harness/app.js";

/** The request of a socket server's handshake: Node's own request, without Express. */
async function handshake(
  middleware: RequestHandler,
  cookie: string,
  work?: (request: Request) => Promise<unknown>,
): Promise<RequestCurfew> {
  let curfew: RequestCurfew | undefined;
  let failure: unknown;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    // ws's own example has an empty object for the answer, socket.io Node's.
    const answer = work ? {} : response;
    const passed = new Promise<void>((resolve, reject) => {
      middleware(request as never, answer as never, (error?: unknown) => {
        if (error instanceof Error) reject(error);
        else resolve();
      });
    });
    passed
      .then(() => work?.(request as never))
      .catch((error: unknown) => {
        failure = error;
      })
      .finally(() => {
        ({ curfew } = request as never);
        response.end();
      })
      .catch(() => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  await fetch(`http://127.0.0.1:${port}/socket.io/?transport=websocket`, { headers: { cookie } });
  if (failure instanceof Error) throw failure;
  if (!curfew) throw new Error("no req.curfew");
  return curfew;
}

describe("the middleware in a socket server's handshake", () => {
  it("knows the session, and why it has ended", async () => {
    const site = await startApp();
    const middleware = site.curfew.session({ secret: SECRET });
    const browser = await site.signedIn("ann");
    expect(await handshake(middleware, browser.cookieHeader)).toMatchObject({
      state: "active",
      session: { userId: "ann" },
    });
    expect(await handshake(middleware, "")).toEqual({ state: "anonymous" });
    // Behind a proxy that terminates TLS, which the request does not show.
    const secure = browser.cookieHeader.replaceAll("curfew.", "__Host-curfew.");
    expect(await handshake(middleware, secure)).toMatchObject({ state: "active" });
    site.at("30:00");
    expect(await handshake(middleware, browser.cookieHeader)).toMatchObject({
      state: "ended",
      reason: "absolute",
    });
  });

  it("can sign out", async () => {
    const site = await startApp();
    const middleware = site.curfew.session({ secret: SECRET });
    const browser = await site.signedIn("ann");
    let result: EndResult | undefined;
    const curfew = await handshake(middleware, browser.cookieHeader, async (request) => {
      result = await site.curfew.signOut(request);
    });
    expect(result).toEqual({ ended: true, durable: null });
    expect(curfew).toMatchObject({ state: "ended", reason: "signed_out" });
    expect(await browser.standing()).toBe("signed_out");
  });
});
