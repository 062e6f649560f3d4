/** Auth0's routes of sessions, on real Redis. */
import { describe, expect, it } from "vitest";
import type { Auth0Session, Auth0SessionPage } from "../../../src/dialects/auth0/index.js";
import { express4, type TestApp } from "../../harness/app.js";
import { at } from "../../harness/policy-fixtures.js";
import { ask, start } from "./support.js";

const isoAt = (time: string): string => new Date(at(time)).toISOString();

async function refOf(site: TestApp, userId: string): Promise<string> {
  const { sessions } = await site.curfew.sessions.list({ userId });
  return sessions.at(-1)?.ref ?? "";
}

describe("GET sessions/:id", () => {
  it("R2, R8, R9: shows a living session with both deadlines, and no id of a cookie", async () => {
    const site = await start({}, { defaults: { inactivityLogout: true } });
    const browser = await site.signedIn("auth0|ann", { credentialsType: "password" });
    site.at("5:00");
    await browser.act();
    const ref = await refOf(site, "auth0|ann");
    const answer = await ask(site, "get", `/sessions/${ref}`);
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        id: ref,
        user_id: "auth0|ann",
        created_at: isoAt("0:00"),
        updated_at: isoAt("5:00"),
        authenticated_at: isoAt("0:00"),
        idle_expires_at: isoAt("20:00"),
        expires_at: isoAt("1440:00"),
        last_interacted_at: isoAt("5:00"),
        device: {
          initial_user_agent: "Chrome on Windows",
          initial_ip: null,
          initial_asn: null,
          last_user_agent: null,
          last_ip: null,
          last_asn: null,
        },
        clients: [],
        authentication: { methods: [{ name: "pwd", timestamp: isoAt("0:00") }] },
        cookie: { mode: "non-persistent" },
        session_metadata: {},
        kind: "browser",
      },
    ]);
    const secret = (browser.sessionCookie?.value ?? "").split(".")[2] ?? "none";
    expect(answer.text).not.toContain(secret);
  });

  it.each([
    ["saml", "federated"],
    ["passkey", "passkey"],
    ["constructor", "constructor"],
    ["__proto__", "__proto__"],
  ])("names the credentialsType %s as %s", async (credentialsType, name) => {
    const site = await start();
    await site.signedIn("ann", { credentialsType });
    const answer = await ask(site, "get", `/sessions/${await refOf(site, "ann")}`);
    expect((answer.body as Auth0Session).authentication.methods).toEqual([
      { name, timestamp: isoAt("0:00") },
    ]);
  });

  it("R6: an ended, unknown or malformed id is 404", async () => {
    const site = await start();
    const browser = await site.signedIn("ann");
    const ref = await refOf(site, "ann");
    await browser.fetch("post", "/logout", {});
    for (const id of [ref, "a".repeat(21), "no-id"])
      expect((await ask(site, "get", `/sessions/${id}`)).body).toEqual({
        statusCode: 404,
        error: "Not Found",
        message: "The session does not exist.",
        errorCode: "inexistent_session",
      });
  });
});

describe("PATCH sessions/:id", () => {
  it("replaces the metadata, and removes them with null or {}", async () => {
    const site = await start();
    await site.signedIn("ann");
    const path = `/sessions/${await refOf(site, "ann")}`;
    const metadataAfter = async (session_metadata: unknown) =>
      ((await ask(site, "patch", path, { session_metadata })).body as Auth0Session).session_metadata;
    expect(await metadataAfter({ device: "kiosk" })).toEqual({ device: "kiosk" });
    expect(await metadataAfter({ floor: "2" })).toEqual({ floor: "2" });
    expect((await ask(site, "get", path)).body).toMatchObject({ session_metadata: { floor: "2" } });
    expect(await metadataAfter({})).toEqual({});
    await metadataAfter({ floor: "2" });
    expect(await metadataAfter(null)).toEqual({});
  });

  it.each([
    [{}],
    [{ other: 1 }],
    [{ session_metadata: { a: "b" }, user_id: "bob" }],
    [{ session_metadata: { a: 1 } }],
    [{ session_metadata: { a: "x".repeat(256) } }],
    [{ session_metadata: Object.fromEntries([...Array(26).keys()].map((n) => [n, "x"])) }],
    [{ session_metadata: [] }],
  ])("%j is 400 and changes nothing", async (body) => {
    const site = await start();
    await site.signedIn("ann");
    const path = `/sessions/${await refOf(site, "ann")}`;
    await ask(site, "patch", path, { session_metadata: { kept: "yes" } });
    const answer = await ask(site, "patch", path, body);
    expect([answer.status, answer.body]).toMatchObject([400, { errorCode: "invalid_body" }]);
    expect((await ask(site, "get", path)).body).toMatchObject({ session_metadata: { kept: "yes" } });
  });

  it("an unknown session is 404, a malformed id 400", async () => {
    const site = await start();
    const body = { session_metadata: {} };
    expect((await ask(site, "patch", `/sessions/${"a".repeat(21)}`, body)).status).toBe(404);
    expect((await ask(site, "patch", "/sessions/x", body)).body).toMatchObject({ errorCode: "invalid_uri" });
  });
});

describe("ending", () => {
  it("R3: DELETE ends the session at its next request, and answers 204 a second time too", async () => {
    const site = await start();
    const [ann, other] = [await site.signedIn("ann"), await site.signedIn("bob")];
    const ref = await refOf(site, "ann");
    const answer = await ask(site, "delete", `/sessions/${ref}`);
    expect([answer.status, answer.text, answer.get("Content-Type")]).toEqual([204, "", undefined]);
    expect([await ann.standing(), await other.standing()]).toEqual(["revoked_by_admin", "in"]);
    expect(site.told("ended")).toMatchObject([{ ref, actor: "root" }]);
    expect((await ask(site, "delete", `/sessions/${ref}`)).status).toBe(204);
  });

  it("POST revoke ends the session, and is 404 a second time", async () => {
    const site = await start();
    const ann = await site.signedIn("ann");
    const ref = await refOf(site, "ann");
    expect((await ask(site, "post", `/sessions/${ref}/revoke`)).status).toBe(204);
    expect(await ann.standing()).toBe("revoked_by_admin");
    expect((await ask(site, "post", `/sessions/${ref}/revoke`)).status).toBe(404);
  });

  it("DELETE of a user's sessions ends all of them, and no other user's", async () => {
    const site = await start();
    const user = "auth0|a/b c";
    const [first, second, other] = [
      await site.signedIn(user),
      await site.signedIn(user),
      await site.signedIn("bob"),
    ];
    const answer = await ask(site, "delete", `/users/${encodeURIComponent(user)}/sessions`);
    expect(answer.status).toBe(204);
    expect([await first.standing(), await second.standing(), await other.standing()]).toEqual([
      "revoked_by_admin",
      "revoked_by_admin",
      "in",
    ]);
  });
});

describe("GET users/:user_id/sessions", () => {
  it("R1: gives every living session exactly once, in pages, though one of them ends between", async () => {
    const site = await start();
    for (let n = 0; n < 7; n++) await site.signedIn("ann", { kind: "api" });
    await site.signedIn("bob");
    const page = async (query: string) =>
      (await ask(site, "get", `/users/ann/sessions?${query}`)).body as Auth0SessionPage;
    const first = await page("take=3");
    expect(first.sessions).toHaveLength(3);
    await site.curfew.sessions.end(first.sessions[2]?.id ?? "");
    const second = await page(`take=3&from=${String(first.next)}`);
    const third = await page(`take=3&from=${String(second.next)}`);
    expect(third.next).toBeUndefined();
    const ids = [first, second, third].flatMap(({ sessions }) => sessions.map(({ id }) => id));
    expect(ids).toHaveLength(7);
    expect(new Set(ids).size).toBe(7);
    expect((await page("include_totals=true")).sessions).toHaveLength(6);
    expect((await page("take=6")).next).toBeUndefined();
  });

  it("an unknown user has no sessions", async () => {
    const site = await start();
    expect((await ask(site, "get", "/users/nobody/sessions")).body).toEqual({ sessions: [] });
  });

  // Express 4 reads brackets in a query as objects.
  it.each([
    ...["take=0", "take=101", "take=x", "take=1.5", "take=0x5", "take=5&take=5", "take[toString]=5"],
    ...["from=x", "from=a&from=b", "from[toString]=x"],
  ])("%s is 400", async (query) => {
    const site = await start({}, { express: express4 });
    const answer = await ask(site, "get", `/users/ann/sessions?${query}`);
    expect([answer.status, answer.body]).toMatchObject([400, { errorCode: "invalid_query_string" }]);
  });
});
