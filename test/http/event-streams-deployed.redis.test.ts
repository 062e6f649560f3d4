/** Event streams behind compression and proxies, at a stop, without Redis, and in two processes. */
import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import compression from "compression";
import express from "express";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { Browser } from "../harness/browser.js";
import { forkHost, type Host } from "../battery/support/host.js";
import { proxiedRedis } from "../harness/app-proxy.js";
import { express4, startApp } from "../harness/app.js";
import { openStream } from "../harness/event-stream.js";
import { appRedis, clusterNodes, freshPrefix, sentinelPlace, untilSubscribed } from "../harness/redis.js";

/** Interval of the checks without a subscription, in milliseconds. */
const CHECK_MS = 5_000;

describe("the event stream", () => {
  it.each([
    ["4", express4],
    ["5", express],
  ])("reaches the tab through compression (Express %s)", async (_version, framework) => {
    const site = await startApp({
      express: framework,
      before: (app) => app.use(compression({ threshold: 0 })),
    });
    const ann = await site.signedIn("ann");
    const stream = await openStream(site.url, ann.cookieHeader, { "Accept-Encoding": "gzip" });
    await untilSubscribed(site.prefix);
    await site.curfew.sessions.endAll({ userId: "ann" });
    expect(await stream.next()).toMatchObject({ name: "ended" });
    expect(stream.headers.get("content-encoding")).toBeNull();
    // The app's other answers are compressed.
    const data = await ann.get("/data", { "accept-encoding": "gzip" });
    expect(data.headers["content-encoding"]).toBe("gzip");
  });

  it("reaches the tab through compression when the stream renews the session's cookie", async () => {
    const site = await startApp({ before: (app) => app.use(compression({ threshold: 0 })) });
    const ann = await site.signedIn("ann", { persistent: true });
    await site.curfew.settings.update({ allowPersistentSessions: false });
    const stream = await openStream(site.url, ann.cookieHeader, { "Accept-Encoding": "gzip" });
    expect(stream.status).toBe(200);
    expect(stream.headers.get("set-cookie")).toContain("curfew.sid=");
    expect(stream.headers.get("cache-control")).toBe("no-store, no-transform");
    expect(stream.headers.get("content-encoding")).toBeNull();
    expect(stream.text).toContain(": open");
  });

  it("reaches the tab through a proxy that collects answers", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann");
    const proxy = await startCollectingProxy(site.url);
    const stream = await openStream(proxy, ann.cookieHeader);
    await untilSubscribed(site.prefix);
    await site.curfew.sessions.endAll({ userId: "ann" });
    expect(await stream.next()).toMatchObject({ name: "ended", data: { reason: "revoked_by_admin" } });
  });

  it("ends with curfew.close(), and later requests are refused", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann");
    const stream = await openStream(site.url, ann.cookieHeader);
    const stopped = once(site.server, "close");
    site.server.close();
    await site.curfew.close();
    await Promise.all([stream.ended, stopped]);
    expect(stream.text).not.toContain("event:");
  });

  it("ends when its server stops, so that the server's close ends too", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann");
    const stream = await openStream(site.url, ann.cookieHeader);
    const stopped = once(site.server, "close");
    site.server.close();
    await Promise.all([stream.ended, stopped]);
  });

  it("hears of an end by a check if the subscription is lost", async () => {
    const proxy = await proxiedRedis();
    proxy.inject({ on: "SUBSCRIBE", action: "drop", times: 1_000 });
    const site = await startApp({ redis: proxy.redis });
    const ann = await site.signedIn("ann");
    vi.useFakeTimers({ toFake: ["setInterval"] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const stream = await openStream(site.url, ann.cookieHeader);
    await site.curfew.sessions.endAll({ userId: "ann" });
    vi.advanceTimersByTime(CHECK_MS);
    expect(await stream.next()).toMatchObject({ name: "ended", data: { reason: "revoked_by_admin" } });
  });

  it("is refused with 503 while Redis is away, so that the tab polls", async () => {
    const proxy = await proxiedRedis();
    const site = await startApp({ redis: proxy.redis, timeoutMs: 300 });
    const ann = await site.signedIn("ann");
    proxy.inject({ on: () => true, action: "drop", times: 1_000 });
    const { status, headers } = await openStream(site.url, ann.cookieHeader);
    expect([status, headers.get("retry-after")]).toEqual([503, "1"]);
  });
});

describe("the event streams of two processes", () => {
  let hosts: readonly Host[] = [];
  beforeAll(async () => {
    hosts = await Promise.all([forkHost(), forkHost()]);
  });
  afterAll(() => Promise.all(hosts.map((host) => host.close())));

  it("tell an eviction at the other process before the next check", async () => {
    const redis = await appRedis();
    const nodes = clusterNodes();
    const place = await sentinelPlace();
    const config = {
      kind: "guarded",
      redisUrl: typeof redis === "string" ? redis : "",
      ...(nodes && { clusterNodes: nodes }),
      ...(place && { sentinel: place }),
      defaults: { maxSessionsPerUser: 1 },
    } as const;
    const [one = 0, two = 0] = await Promise.all(hosts.map((host) => host.start(config)));
    const user = freshPrefix("ann").slice(0, -1);
    const first = new Browser();
    await first.at(one).trySignIn(user);
    const stream = await openStream(`http://127.0.0.1:${String(two)}`, first.cookieHeader);
    await untilSubscribed("curfew:");
    const startedAt = performance.now();
    await new Browser().at(one).trySignIn(user);
    expect(await stream.next()).toMatchObject({ name: "ended", data: { reason: "evicted" } });
    expect(performance.now() - startedAt).toBeLessThan(CHECK_MS);
  });
});

/** Starts a proxy that passes an answer on when the answer is complete, unless the answer forbids this, as nginx does. */
async function startCollectingProxy(target: string): Promise<string> {
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const { method, url, headers } = incoming;
    const asked = httpRequest(new URL(url ?? "", target), { method, headers });
    asked.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      if (answer.headers["x-accel-buffering"] === "no") {
        answer.pipe(outgoing);
        return;
      }
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => outgoing.end(Buffer.concat(chunks)));
    });
    outgoing.on("close", () => asked.destroy());
    incoming.pipe(asked);
  };
  const server = createServer(pass).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}
