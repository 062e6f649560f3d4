/** Open connections of socket.io and ws whose sessions end. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { SECRET, startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { untilSubscribed } from "../harness/redis.js";
import { addSockets } from "../harness/serve-sockets.js";
import { openIo, openWs } from "../harness/sockets.js";

async function startSite(options: TestAppOptions = {}): Promise<TestApp> {
  const site = await startApp(options);
  const io = addSockets(site.server, site.curfew, site.curfew.session({ secret: SECRET }));
  onTestFinished(() => io.close());
  return site;
}

const IDLE = { inactivityLogout: true, allowPersistentSessions: false, sessionMinutes: 300 };

type Way = (site: TestApp, ann: Browser) => Promise<unknown>;

const ENDS: readonly (readonly [reason: string, defaults: TestAppOptions["defaults"], end: Way])[] = [
  ["evicted", { maxSessionsPerUser: 1 }, (site) => site.signedIn("ann")],
  [
    "revoked",
    {},
    async (site) => (await site.signedIn("ann")).fetch("post", "/curfew/sessions/revoke-others", {}),
  ],
  ["revoked_by_admin", {}, (site) => site.curfew.sessions.endAll({ userId: "ann" })],
  ["signed_out", {}, (_site, ann) => ann.fetch("post", "/logout", {})],
  ["absolute", { sessionMinutes: 30 }, (site, ann) => (site.at("30:00"), ann.standing())],
  ["idle", IDLE, (site, ann) => (site.at("15:00"), ann.standing())],
];

describe("curfew.closeSockets()", () => {
  it.each(ENDS)(
    "case J7: tells the end %s to socket.io and ws, and closes both",
    async (reason, defaults, end) => {
      const site = await startSite(defaults ? { defaults } : {});
      const ann = await site.signedIn("ann");
      const ws = await openWs(site.url, ann.cookieHeader);
      const io = await openIo(site.url, ann.cookieHeader);
      await untilSubscribed(site.prefix);
      await end(site, ann);
      expect(await ws.closed).toEqual({ code: 4401, reason });
      const by = { device: "Chrome on Windows", place: null, agoMs: 0 };
      const news = reason === "evicted" ? { reason, by } : { reason };
      expect(await io.closed).toEqual({ news, why: "io server disconnect" });
    },
  );

  it("tells every namespace of a connection before the connection closes", async () => {
    const site = await startSite();
    const ann = await site.signedIn("ann");
    const main = await openIo(site.url, ann.cookieHeader);
    const { io: manager } = main.client;
    const others = ["/chat", "/room-1"].map((name) => manager.socket(name, {}));
    const news: unknown[] = [];
    for (const other of others) {
      other.on("curfew:ended", (data) => news.push(data));
      if (!other.connected) await new Promise<void>((resolve) => other.on("connect", resolve));
    }
    await untilSubscribed(site.prefix);
    await site.curfew.sessions.endAll({ userId: "ann" });
    await main.closed;
    expect(news).toEqual([{ reason: "revoked_by_admin" }, { reason: "revoked_by_admin" }]);
  });

  it("closes a connection that has joined only a namespace of its own", async () => {
    const site = await startSite();
    const ann = await site.signedIn("ann");
    const connections = [
      await openIo(site.url, ann.cookieHeader, { namespace: "/chat" }),
      await openIo(site.url, ann.cookieHeader, { namespace: "/room-2", transport: "polling" }),
    ];
    await untilSubscribed(site.prefix);
    await site.curfew.sessions.endAll({ userId: "ann" });
    for (const { closed } of connections) expect((await closed).news).toEqual({ reason: "revoked_by_admin" });
  });

  it("closes at once if the session had ended before the handshake", async () => {
    const site = await startSite();
    const ann = await site.signedIn("ann");
    await ann.fetch("post", "/logout", {});
    const { closed } = await openWs(site.url, ann.cookieHeader);
    expect(await closed).toEqual({ code: 4401, reason: "signed_out" });
    expect((await (await openIo(site.url, ann.cookieHeader)).closed).news).toEqual({ reason: "signed_out" });
  });

  it("leaves connections of visitors and of other sessions open", async () => {
    const site = await startSite();
    const [ann, bob] = [await site.signedIn("ann"), await site.signedIn("bob")];
    const open = [await openWs(site.url, ""), await openWs(site.url, bob.cookieHeader)];
    const { closed } = await openWs(site.url, ann.cookieHeader);
    await untilSubscribed(site.prefix);
    await site.curfew.sessions.endAll({ userId: "ann" });
    await closed;
    for (const { client } of open) {
      client.send("still here");
      expect(String((await once(client, "message"))[0])).toBe("still here");
    }
  });

  it("breaks off a connection of ws that ignores the close, so that no more messages arrive", async () => {
    const site = await startSite();
    const ann = await site.signedIn("ann");
    const { port } = site.server.address() as AddressInfo;
    const socket = connect(port, "127.0.0.1");
    const key = randomBytes(16).toString("base64");
    const headers = [
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Key: ${key}`,
      "Sec-WebSocket-Version: 13",
    ];
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: x\r\nCookie: ${ann.cookieHeader}\r\n${headers.join("\r\n")}\r\n\r\n`,
    );
    await once(socket, "data");
    socket.resume();
    await untilSubscribed(site.prefix);
    await site.curfew.sessions.endAll({ userId: "ann" });
    await once(socket, "close");
  });

  it("closes a connection whose handshake curfew.session() has not seen, and warns once", async () => {
    const site = await startApp();
    const wss = new WebSocketServer({ server: site.server });
    site.curfew.closeSockets(wss);
    for (let i = 0; i < 2; i++) {
      const { closed } = await openWs(site.url, "");
      expect((await closed).code).toBe(1011);
    }
    expect(site.log.map(({ code }) => code)).toEqual(["sockets_unguarded"]);
  });

  it("refuses a server that has connections, and other values", async () => {
    const site = await startApp();
    const wss = new WebSocketServer({ server: site.server });
    await openWs(site.url, "");
    expect(() => {
      site.curfew.closeSockets(wss);
    }).toThrow("the server has connections");
    for (const value of [null, undefined, {}, site.server])
      expect(() => {
        site.curfew.closeSockets(value as never);
      }).toThrow("must be a Server of socket.io 4");
  });
});
