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
  headers: Record<string, string> = {},
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
  await fetch(`http://127.0.0.1:${port}/socket.io/?transport=websocket`, { headers: { cookie, ...headers } });
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

  const SIGNS = { origin: "https://shop.example" };
  const PROXY_SIGNS = { "x-forwarded-proto": "https, http" };

  it.each([SIGNS, PROXY_SIGNS])("M41: over HTTPS (%o) a planted plain cookie is not taken", async (signs) => {
    const site = await startApp();
    const middleware = site.curfew.session({ secret: SECRET });
    const { cookieHeader } = await site.signedIn("mallory");
    expect(await handshake(middleware, cookieHeader, undefined, signs)).toEqual({ state: "anonymous" });
    expect(site.told("warning")).toEqual([expect.objectContaining({ code: "proxy_not_trusted" })]);

    const ann = await site.signedIn("ann");
    const both = `${cookieHeader}; ${ann.cookieHeader.replaceAll("curfew.", "__Host-curfew.")}`;
    expect(await handshake(middleware, both, undefined, signs)).toMatchObject({ session: { userId: "ann" } });
  });

  it("M41: a page on plain HTTP and an app that ignores proxies keep the plain cookie", async () => {
    const site = await startApp();
    const { cookieHeader } = await site.signedIn("ann");
    const plain = await handshake(site.curfew.session({ secret: SECRET }), cookieHeader, undefined, {
      origin: "http://shop.example",
    });
    const proxyless = site.curfew.session({ secret: SECRET, proxy: false });
    for (const state of [plain, await handshake(proxyless, cookieHeader, undefined, PROXY_SIGNS)])
      expect(state).toMatchObject({ session: { userId: "ann" } });
    expect(site.told("warning")).toEqual([]);
  });

  it("M41: an app with its own cookie name needs no sign of HTTPS", async () => {
    const site = await startApp({ session: { name: "sid" } });
    const { cookieHeader } = await site.signedIn("ann");
    const middleware = site.curfew.session({ secret: SECRET, name: "sid" });
    expect(await handshake(middleware, cookieHeader, undefined, SIGNS)).toMatchObject({ state: "active" });
  });
});
