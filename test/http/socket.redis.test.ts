import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { RequestHandler } from "express";
import { describe, expect, it, onTestFinished } from "vitest";
import type { RequestCurfew } from "../../src/index.js";
import { SECRET, startApp } from "../support/app.js";

/** What a socket server's handshake gives to express middleware: Node's own request, without Express. */
async function handshake(middleware: RequestHandler, cookie: string): Promise<RequestCurfew> {
  let curfew: RequestCurfew | undefined;
  let failure: unknown;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    try {
      middleware(request as never, response as never, (error?: unknown) => {
        failure = error;
        ({ curfew } = request as never);
        response.end();
      });
    } catch (error) {
      failure = error;
      response.end();
    }
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
    // Behind a proxy that terminates TLS, of which such a request says nothing.
    const secure = browser.cookieHeader.replaceAll("curfew.", "__Host-curfew.");
    expect(await handshake(middleware, secure)).toMatchObject({ state: "active" });
    site.at("30:00");
    expect(await handshake(middleware, browser.cookieHeader)).toMatchObject({
      state: "ended",
      reason: "absolute",
    });
  });
});
