/** Embedded pages (rules N13, C6, Q25): their address, their session and the sites that may show them. */
import { createHash } from "node:crypto";
import request from "supertest";
import { describe, expect, it } from "vitest";
import type { Curfew } from "../../src/index.js";
import { T } from "../harness/policy-fixtures.js";
import { startRedis } from "../harness/redis-server.js";
import { COOKIE, cookiesOf, EmbedSite, framesOf, OTHER, OWN_FORM, PORTAL } from "./embed-site.js";

const MINUTE_MS = 60_000;

describe("the way in", () => {
  it("a GET answers a page that posts the token, and uses nothing up", async () => {
    const site = await EmbedSite.start();
    const link = site.link();
    for (let i = 0; i < 3; i++) {
      const page = await site.get(link);
      expect(page.status).toBe(200);
      expect(page.text).toContain('<form method="post">');
      expect(page.get("Cache-Control")).toBe("no-store");
      expect(page.get("Set-Cookie")).toBeUndefined();
      expect(framesOf(page)).toBe(`frame-ancestors ${PORTAL} ${OTHER}`);
      expect(page.get("X-Frame-Options")).toBeUndefined();
    }
    const answer = await site.post(link);
    expect([answer.status, answer.get("Location")]).toEqual([303, "/embed/report"]);
  });

  it("its policy permits the page's own script alone", async () => {
    const site = await EmbedSite.start();
    const page = await site.get(site.link());
    const [, script = ""] = /<script>(.*?)<\/script>/s.exec(page.text) ?? [];
    const hash = createHash("sha256").update(script).digest("base64");
    expect(page.get("Content-Security-Policy")).toContain(`default-src 'none'; script-src 'sha256-${hash}';`);
  });

  it("the session's cookie is for frames of this site alone", async () => {
    const site = await EmbedSite.start();
    const answer = await site.post(site.link());
    const lines = [answer.get("Set-Cookie") ?? []].flat();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^__Host-curfew\.embed=/);
    for (const part of ["HttpOnly", "Secure", "SameSite=None", "Partitioned", "Path=/"])
      expect(lines[0]?.split("; ")).toContain(part);
    expect(lines[0]).not.toMatch(/Domain|Expires|Max-Age/);
  });

  it("a link opens one session, also if twenty requests send it at once", async () => {
    const site = await EmbedSite.start();
    const link = site.link();
    const answers = await Promise.all(Array.from({ length: 20 }, () => site.post(link)));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array<number>(19).fill(403)]);
    expect((await site.curfew.sessions.list({ userId: "ann" })).sessions).toHaveLength(1);
  });

  it("a link is valid for a minute, or for its own time", async () => {
    const site = await EmbedSite.start();
    const links = [site.link(), site.link({ validSeconds: 120 })] as const;
    site.clock.advance({ seconds: 60 });
    expect((await site.get(links[0])).status).toBe(403);
    expect((await site.post(links[0])).status).toBe(403);
    expect((await site.post(links[1])).status).toBe(303);
  });

  it.each<[string, (curfew: Curfew) => Promise<unknown>]>([
    ["endAll", (curfew) => curfew.sessions.endAll({ userId: "ann" })],
    ["endWhere of all", (curfew) => curfew.sessions.endWhere({ all: true })],
    ["endWhere of its tenant", (curfew) => curfew.sessions.endWhere({ tenant: "acme" })],
  ])("M35: a link from before %s opens no session, and a later link does", async (_name, end) => {
    const site = await EmbedSite.start();
    const link = site.link({ tenant: "acme" });
    site.clock.advance({ seconds: 1 });
    await end(site.curfew);
    const refused = await site.post(link);
    expect([refused.status, refused.get("Set-Cookie")]).toEqual([403, undefined]);
    expect((await site.curfew.sessions.list({ userId: "ann" })).sessions).toEqual([]);
    site.clock.advance({ seconds: 1 });
    expect((await site.post(site.link({ tenant: "acme" }))).status).toBe(303);
  });

  it("an option that is undefined counts as left out", async () => {
    const site = await EmbedSite.start();
    const none = { ancestors: undefined, lifetimeMinutes: undefined, validSeconds: undefined };
    await site.enter({ ...none, credentialsType: undefined, tenant: undefined } as never);
    const [row] = (await site.curfew.sessions.list({ userId: "ann" })).sessions;
    expect(row).toMatchObject({ credentialsType: "embed", absoluteEndsAt: site.clock() + 5 * MINUTE_MS });
  });

  it.each<[string, (token: string) => string]>([
    ["another signature", (token) => `${token.slice(0, -4)}AAAA`],
    ["no signature", (token) => token.slice(0, token.lastIndexOf("."))],
    ["a longer validity", (token) => token.replace(/embed-.*\./, `embed-${changed(token)}.`)],
    ["no token", () => ""],
  ])("refuses %s", async (_name, change) => {
    const site = await EmbedSite.start();
    const url = new URL(site.link(), "https://app.example");
    url.searchParams.set("token", change(url.searchParams.get("token") ?? ""));
    const link = url.pathname + url.search;
    expect((await site.get(link)).status).toBe(403);
    expect((await site.post(link)).status).toBe(403);
    expect((await site.curfew.sessions.list()).sessions).toEqual([]);
  });

  it("under one secret, cookies of the app, cookies of embedded pages and tokens are three things", async () => {
    const site = await EmbedSite.start();
    const login = await request(site.server).post("/login").set(OWN_FORM).send({ userId: "ann" });
    const { "__Host-curfew.sid": pair = "" } = cookiesOf(login);
    const [, cookie = ""] = pair.split("=");
    const asToken = `/embed/curfew-enter?token=${cookie}`;
    expect((await site.post(asToken)).status).toBe(403);
    expect((await site.get("/account", pair)).status).toBe(200);
    expect((await site.get("/embed/report", pair.replace("__Host-curfew.sid", COOKIE))).status).toBe(401);
    const embedded = await site.enter();
    expect((await site.get("/embed/report", embedded)).status).toBe(200);
    const moved = await site.get("/account", embedded.replace(COOKIE, "__Host-curfew.sid"));
    expect(moved.status).not.toBe(200);
    const token = new URL(site.link(), "https://app.example").searchParams.get("token") ?? "";
    expect((await site.get("/embed/report", `${COOKIE}=${encodeURIComponent(token)}`)).status).toBe(401);
  });

  it("M41: another site's form is refused", async () => {
    const site = await EmbedSite.start();
    const link = site.link();
    expect((await site.post(link, { ...OWN_FORM, "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
    expect((await site.post(link)).status).toBe(303);
  });

  it("over plain HTTP it signs no user in", async () => {
    const site = await EmbedSite.start();
    const { "X-Forwarded-Proto": _proto, ...plain } = OWN_FORM;
    const answer = await site.post(site.link(), plain);
    expect(answer.status).toBe(403);
    expect((await site.curfew.sessions.list()).sessions).toEqual([]);
  });

  it("Q26: without Redis it answers 503 with Retry-After", async () => {
    const redis = await startRedis();
    const site = await EmbedSite.start({ redis: redis.url, timeoutMs: 200 });
    await site.curfew.ready();
    const link = site.link();
    await redis.stop();
    const answer = await site.post(link);
    expect([answer.status, answer.get("Retry-After")]).toEqual([503, "1"]);
  });
});

/** Returns a token's text with a later end, under the old signature. */
function changed(token: string): string {
  const text = Buffer.from(
    token.slice(token.indexOf("-") + 1, token.lastIndexOf(".")),
    "base64url",
  ).toString();
  const grant = JSON.parse(text) as { expiresAt: number };
  return Buffer.from(JSON.stringify({ ...grant, expiresAt: grant.expiresAt * 2 })).toString("base64url");
}

describe("the session", () => {
  it("Q25: lives five minutes, or its own lifetime", async () => {
    const site = await EmbedSite.start();
    const short = await site.enter();
    const long = await site.enter({ userId: "bob", lifetimeMinutes: 60 });
    site.clock.advance({ minutes: 4, seconds: 59 });
    expect((await site.get("/embed/report", short)).status).toBe(200);
    site.clock.advance({ seconds: 1 });
    const ended = await site.get("/embed/report", short);
    expect([ended.status, ended.text]).toEqual([401, "This session has ended. Reload the page around it."]);
    expect(ended.get("Location")).toBeUndefined();
    expect((await site.get("/embed/report", long)).status).toBe(200);
  });

  it("N13: has no idle limit, and shows no activity of the user's browser", async () => {
    const site = await EmbedSite.start();
    await site.curfew.settings.update({ inactivityLogout: true });
    const login = await request(site.server).post("/login").set(OWN_FORM).send({ userId: "ann" });
    const { "__Host-curfew.sid": browser = "" } = cookiesOf(login);
    const embedded = await site.enter({ lifetimeMinutes: 60 });
    for (let minute = 0; minute < 14; minute++) {
      site.clock.advance({ minutes: 1 });
      expect((await site.get("/embed/report", embedded)).status).toBe(200);
    }
    site.clock.advance({ minutes: 1 });
    expect((await site.get("/account", browser)).status).not.toBe(200);
    site.clock.advance({ minutes: 20 });
    expect((await site.get("/embed/report", embedded)).status).toBe(200);
  });

  it("C6: evicts no browser and is evicted by none, under a limit of one", async () => {
    const site = await EmbedSite.start();
    await site.curfew.settings.update({ maxSessionsPerUser: 1 });
    const signIn = () => request(site.server).post("/login").set(OWN_FORM).send({ userId: "ann" });
    const { "__Host-curfew.sid": first = "" } = cookiesOf(await signIn());
    const embedded = await site.enter();
    expect((await site.get("/account", first)).status).toBe(200);
    await signIn();
    expect((await site.get("/embed/report", embedded)).status).toBe(200);
  });

  it("is listed with its labels, and ends with all of its user's sessions", async () => {
    const site = await EmbedSite.start();
    const cookie = await site.enter({ tenant: "acme", roles: ["viewer"] });
    const [row] = (await site.curfew.sessions.list({ userId: "ann" })).sessions;
    expect(row).toMatchObject({ kind: "embed", tenant: "acme", roles: ["viewer"], credentialsType: "embed" });
    await site.curfew.sessions.endAll({ userId: "ann" });
    expect((await site.get("/embed/report", cookie)).status).toBe(401);
  });

  it("opens no page beside the embedded pages, and the app's session opens none of these", async () => {
    const site = await EmbedSite.start();
    const embedded = await site.enter();
    expect((await site.get("/account", embedded)).status).not.toBe(200);
    const login = await request(site.server).post("/login").set(OWN_FORM).send({ userId: "ann" });
    const { "__Host-curfew.sid": browser = "" } = cookiesOf(login);
    expect((await site.get("/embed/report", browser)).status).toBe(401);
  });

  it("M41: another site's form reaches no route of the app, though the browser sends the cookie", async () => {
    const site = await EmbedSite.start();
    const cookie = await site.enter();
    const post = (from: string) =>
      request(site.server)
        .post("/embed/transfer")
        .set({ ...OWN_FORM, "Sec-Fetch-Site": from, Cookie: cookie });
    const refused = await post("cross-site");
    expect([refused.status, refused.body]).toMatchObject([403, { error: "cross_site_request" }]);
    expect((await post("same-origin")).status).toBe(200);
  });

  it("a program in the frame gets 401 as a problem document", async () => {
    const site = await EmbedSite.start();
    const answer = await request(site.server)
      .get("/embed/report")
      .set({ ...OWN_FORM, Accept: "*/*" });
    expect([answer.status, answer.body]).toMatchObject([401, { error: "not_signed_in" }]);
  });
});

describe("the sites that may show a page", () => {
  it("are the link's, in place of helmet's, whose other policies stay", async () => {
    const site = await EmbedSite.start();
    const page = await site.get("/embed/report", await site.enter({ ancestors: [OTHER] }));
    expect(page.status).toBe(200);
    expect(framesOf(page)).toBe(`frame-ancestors ${OTHER}`);
    expect(page.get("Content-Security-Policy")).toContain("default-src 'self'");
    expect(page.get("Content-Security-Policy")).not.toContain("frame-ancestors 'self'");
    expect(page.get("X-Frame-Options")).toBeUndefined();
    expect((await site.get("/account")).get("X-Frame-Options")).toBe("SAMEORIGIN");
  });

  it("are all of curfew.embed() where no user is signed in", async () => {
    const site = await EmbedSite.start();
    expect(framesOf(await site.get("/embed/open"))).toBe(`frame-ancestors ${PORTAL} ${OTHER}`);
  });
});

it("the lifetime never passes the system's limit", async () => {
  const site = await EmbedSite.start({ limits: { absoluteMinutes: 30 } });
  const cookie = await site.enter({ lifetimeMinutes: 600 });
  const { session } = (await site.get("/embed/report", cookie)).body as { session: { expiresAt: number } };
  expect(session.expiresAt - T).toBe(30 * MINUTE_MS);
});
