/** `GET /curfew/events`: news for an open tab. */
import type { AddressInfo } from "node:net";
import express, { type Request } from "express";
import request from "supertest";
import { describe, expect, it, vi } from "vitest";
import { dataOf, listen, SECRET, startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import { openStream } from "../harness/event-stream.js";
import { freshPrefix, untilSubscribed } from "../harness/redis.js";

/** Starts two instances of one app, with separate connections. */
async function startTwo(options: TestAppOptions = {}): Promise<[TestApp, TestApp]> {
  const prefix = freshPrefix("curfew");
  return [await startApp({ ...options, prefix }), await startApp({ ...options, prefix })];
}

const IDLE = { inactivityLogout: true, allowPersistentSessions: false, sessionMinutes: 300 };

describe("the event stream", () => {
  it("tells the end with reason, evictor and id, and ends", async () => {
    const [one, two] = await startTwo({ defaults: { maxSessionsPerUser: 1 } });
    const ann = await one.signedIn("ann");
    const state = await ann.state();
    const ref = state.state === "active" ? state.session.ref : "";
    const stream = await openStream(two.url, ann.cookieHeader);
    await untilSubscribed(two.prefix);
    await one.signedIn("ann");
    expect(await stream.next()).toEqual({
      id: `ended-${ref}`,
      name: "ended",
      data: { reason: "evicted", by: { device: "Chrome on Windows", place: null, agoMs: 0 } },
    });
    await stream.ended;
    expect(stream.text).not.toContain(ann.cookies.get("curfew.sid")?.value);
    expect((await openStream(two.url, ann.cookieHeader)).status).toBe(401);
  });

  it("has the same id at each process, and tells no other session's end", async () => {
    const [one, two] = await startTwo();
    const ann = await one.signedIn("ann");
    const bob = await one.signedIn("bob");
    const streams = await Promise.all([one, two].map(({ url }) => openStream(url, ann.cookieHeader)));
    const other = await openStream(two.url, bob.cookieHeader);
    await untilSubscribed(one.prefix, 2);
    await one.curfew.sessions.endAll({ userId: "ann" });
    const [first, second] = await Promise.all(streams.map((stream) => stream.next()));
    expect(first).toEqual(second);
    expect(first?.data).toEqual({ reason: "revoked_by_admin" });
    await Promise.all(streams.map(({ ended }) => ended));
    await one.curfew.sessions.endAll({ userId: "bob" });
    await other.ended;
    expect(other.text.match(/^event: /gm)).toHaveLength(1);
  });

  it("tells the version of changed settings, and at once to a tab that missed it", async () => {
    const [one, two] = await startTwo();
    const ann = await one.signedIn("ann");
    const stream = await openStream(two.url, ann.cookieHeader);
    await untilSubscribed(two.prefix);
    await one.curfew.settings.update({ sessionMinutes: 60 });
    expect(await stream.next()).toEqual({ id: "settings-1", name: "settings", data: { version: 1 } });
    stream.close();
    await one.curfew.settings.update({ sessionMinutes: 61 });
    const again = await openStream(two.url, ann.cookieHeader, { "Last-Event-ID": "settings-1" });
    expect(await again.next()).toEqual({ id: "settings-2", name: "settings", data: { version: 2 } });
  });

  it("may not be stored, changed or collected on its way, and begins at once", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann");
    const { status, headers, text } = await openStream(site.url, ann.cookieHeader);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/event-stream");
    expect(headers.get("cache-control")).toBe("no-store, no-transform");
    expect(headers.get("x-accel-buffering")).toBe("no");
    expect(text).toMatch(/^: open\nretry: [1-5]\d{3}\nid: settings-0\n\n$/);
  });

  it("M4: keeps no session from its idle deadline", async () => {
    const site = await startApp({ defaults: IDLE });
    const ann = await site.signedIn("ann");
    for (const time of ["5:00", "10:00", "14:59"]) {
      site.at(time);
      (await openStream(site.url, ann.cookieHeader)).close();
    }
    site.at("15:00");
    expect((await openStream(site.url, ann.cookieHeader)).status).toBe(401);
    expect(await ann.standing()).toBe("idle");
  });

  it("G1: refuses other sites, and people who are not signed in", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann");
    const foreign: Record<string, string>[] = [
      { Origin: "https://evil.example" },
      { "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" },
      { "Sec-Fetch-Site": "same-site" },
    ];
    for (const headers of foreign) {
      const answer = await request(site.server)
        .get("/curfew/events")
        .set({ Cookie: ann.cookieHeader, ...headers });
      expect([answer.status, answer.get("Cache-Control")]).toEqual([403, "no-store"]);
    }
    expect((await openStream(site.url, "")).status).toBe(401);
    expect((await openStream(site.url, ann.cookieHeader)).status).toBe(200);
  });

  it("G2: answers HEAD without a stream", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann");
    const answer = await request(site.server).head("/curfew/events").set("Cookie", ann.cookieHeader);
    expect([answer.status, answer.text]).toEqual([200, undefined]);
  });

  it("opens at most ten streams of a session, and as many streams as the app allows", async () => {
    const site = await startApp({ routes: { maxEventStreams: 12 } });
    const [ann, bob] = [await site.signedIn("ann"), await site.signedIn("bob")];
    const open = (cookie: string) => openStream(site.url, cookie);
    const streams = await Promise.all(Array.from({ length: 10 }, () => open(ann.cookieHeader)));
    expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200));
    const refused = await open(ann.cookieHeader);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(JSON.parse(refused.text)).toMatchObject({ error: "too_many_streams" });
    await Promise.all([open(bob.cookieHeader), open(bob.cookieHeader)]);
    expect((await open(bob.cookieHeader)).status).toBe(503);
    streams[0]?.close();
    await vi.waitFor(async () => expect((await open(bob.cookieHeader)).status).toBe(200));
  });

  it("stores data that its request has changed at once, and nothing at its end", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann");
    const app = express();
    const requests: Request[] = [];
    app.use(site.curfew.session({ secret: SECRET }));
    app.use((incoming, _response, next) => {
      requests.push(incoming);
      dataOf(incoming)["streams"] = 1;
      next();
    });
    app.use("/curfew", site.curfew.routes());
    const server = await listen(app);
    const { port } = server.address() as AddressInfo;
    const stream = await openStream(`http://127.0.0.1:${String(port)}`, ann.cookieHeader);
    expect((await ann.fetch("get", "/data")).body).toEqual({ streams: 1 });
    await ann.fetch("post", "/data", { note: "newer" });
    for (const incoming of requests) dataOf(incoming)["streams"] = 2;
    server.close();
    await stream.ended;
    expect((await ann.fetch("get", "/data")).body).toEqual({ streams: 1, note: "newer" });
  });
});
