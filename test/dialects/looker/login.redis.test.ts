import request from "supertest";
import { describe, expect, it } from "vitest";
import { lookerApi, type LookerLoginOptions } from "../../../src/dialects/looker/index.js";
import { startApp, type TestApp } from "../../harness/app.js";
import { at } from "../../harness/policy-fixtures.js";

const DOC = "https://cloud.google.com/looker/docs/r/err/4.0";
const RIGHT = { client_id: "the-client", client_secret: "the-secret" };

/** Starts an app with the login. `root` may do everything, other users nothing. */
function start(
  login: Partial<LookerLoginOptions> = {},
  deniedStatus?: 403,
  authorize?: () => boolean,
): Promise<TestApp> {
  return startApp({
    configure: (app, curfew) => {
      const tokens = curfew.bearer();
      const verifyClient: LookerLoginOptions["verifyClient"] = ({ clientId, clientSecret }) =>
        clientSecret === RIGHT.client_secret ? (clientId === RIGHT.client_id ? "root" : "ann") : null;
      app.use(
        "/api/4.0",
        lookerApi(curfew, {
          authorize: authorize ?? (async (who) => (await tokens.verify(who))?.userId === "root"),
          login: { tokens, verifyClient, ...login },
          ...(deniedStatus ? { deniedStatus } : {}),
        }),
      );
    },
  });
}

const login = (site: TestApp, fields: object) =>
  request(site.server).post("/api/4.0/login").type("form").send(fields);

async function tokenOf(site: TestApp, fields: object = RIGHT): Promise<string> {
  return ((await login(site, fields)).body as { access_token: string }).access_token;
}

const config = (site: TestApp, token: string) =>
  request(site.server).get("/api/4.0/session_config").set("Authorization", `Bearer ${token}`);

describe("POST /login", () => {
  it("gives a token for the right credentials, which no cache may store", async () => {
    const site = await start();
    const answer = await login(site, RIGHT);
    expect([answer.status, answer.get("Cache-Control")]).toEqual([200, "no-store"]);
    expect(answer.body).toEqual({
      access_token: expect.stringMatching(/^curfew_/) as string,
      token_type: "Bearer",
      expires_in: 3_600,
      refresh_token: null,
    });
    expect((await config(site, await tokenOf(site))).status).toBe(200);
  });

  it("wrong credentials are 404, missing credentials 422 with every field", async () => {
    const site = await start();
    const wrong = await login(site, { ...RIGHT, client_secret: "guess" });
    expect([wrong.status, wrong.body]).toEqual([
      404,
      { message: "Not found", documentation_url: `${DOC}/404/post/login` },
    ]);
    const missing = await login(site, {});
    const documentation_url = `${DOC}/422/post/login`;
    expect([missing.status, missing.body]).toEqual([
      422,
      {
        message: "Validation Failed",
        errors: ["client_id", "client_secret"].map((field) => ({
          field,
          code: "missing_field",
          message: `${field} is missing`,
          documentation_url,
        })),
        documentation_url,
      },
    ]);
    const json = await request(site.server).post("/api/4.0/login").send(RIGHT);
    expect(json.status).toBe(422);
  });

  it.each([
    [400, { "Content-Encoding": "gzip" }],
    [415, { "Content-Type": "application/x-www-form-urlencoded; charset=utf-16" }],
    [415, { "Content-Encoding": "zip" }],
  ])("a form that can't be read is %s with %j", async (status, headers) => {
    const site = await start();
    const body = "client_id=the-client&client_secret=the-secret";
    const answer = await request(site.server).post("/api/4.0/login").type("form").set(headers).send(body);
    expect([answer.status, answer.body]).toMatchObject([status, { message: "The body can't be read." }]);
  });

  it("takes credentials from no address, and a list of them counts as missing", async () => {
    const site = await start();
    const inAddress = await request(site.server).post("/api/4.0/login").query(RIGHT);
    expect(inAddress.status).toBe(422);
    expect((await login(site, "client_id=a&client_id=b&client_secret=c" as never)).status).toBe(422);
  });

  it.each([undefined, true, 1, "", {}])("%j from verifyClient opens nothing", async (answered) => {
    const site = await start({ verifyClient: () => answered as never });
    expect((await login(site, RIGHT)).status).toBe(404);
  });

  it("L11, M40: too many logins of an address are 429 with Retry-After", async () => {
    const site = await start({ loginsPerMinute: 2 });
    const statuses: number[] = [];
    for (let n = 0; n < 3; n++)
      statuses.push((await login(site, { ...RIGHT, client_secret: "guess" })).status);
    expect(statuses).toEqual([404, 404, 429]);
    const refused = await login(site, RIGHT);
    expect(refused.body).toMatchObject({ documentation_url: `${DOC}/429/post/login` });
    expect(Number(refused.get("Retry-After"))).toBeGreaterThan(0);
  });

  it("M35: a login that began before all sessions were ended gives no token", async () => {
    let verifying = (): void => undefined;
    let verified = (_userId: string): void => undefined;
    const asked = new Promise<void>((resolve) => (verifying = resolve));
    const site = await start({
      verifyClient: () => {
        verifying();
        return new Promise<string>((resolve) => (verified = resolve));
      },
    });
    await site.signedIn("root");
    const pending = login(site, RIGHT).then(({ status }) => status);
    await asked;
    site.at("0:01");
    await site.curfew.sessions.endAll({ userId: "root" });
    verified("root");
    expect(await pending).toBe(401);
  });

  it("without the option there is no login", async () => {
    const site = await startApp({
      configure: (app, curfew) => app.use("/api/4.0", lookerApi(curfew, { authorize: () => true })),
    });
    expect((await login(site, RIGHT)).status).toBe(404);
    expect((await request(site.server).delete("/api/4.0/logout")).status).toBe(404);
  });
});

describe("a token of Looker's login", () => {
  it("Q6: 401 without a living token, and 404 or 403 for a token without rights", async () => {
    const site = await start();
    expect((await config(site, "guess")).status).toBe(401);
    const ann = await tokenOf(site, { ...RIGHT, client_id: "other" });
    expect((await config(site, ann)).status).toBe(404);
    const strict = await start({}, 403);
    const denied = await config(strict, await tokenOf(strict, { ...RIGHT, client_id: "other" }));
    expect([denied.status, denied.body]).toMatchObject([403, { message: "Forbidden" }]);
  });

  it("names its user in the history of the settings, though authorize only says yes", async () => {
    const site = await start();
    const token = await tokenOf(site);
    await request(site.server)
      .patch("/api/4.0/session_config")
      .set("Authorization", `Bearer ${token}`)
      .send({ session_minutes: 60 })
      .expect(200);
    expect(await site.curfew.settings.history()).toMatchObject([{ actor: "root" }]);
  });

  it("M41: with a session of another user it is 403 and changes nothing, if authorize only says yes", async () => {
    const site = await start({}, undefined, () => true);
    const token = await tokenOf(site);
    const change = async (userId: string) =>
      request(site.server)
        .patch("/api/4.0/session_config")
        .set({ Authorization: `Bearer ${token}`, Cookie: (await site.signedIn(userId)).cookieHeader })
        .send({ session_minutes: 60 });
    const refused = await change("ann");
    expect([refused.status, refused.body]).toMatchObject([
      403,
      { message: expect.stringContaining("a token and a session") as string },
    ]);
    expect(await site.curfew.settings.history()).toEqual([]);
    expect((await change("root")).status).toBe(200);
    expect(await site.curfew.settings.history()).toMatchObject([{ actor: "root" }]);
  });

  it("DELETE /logout ends it, with an empty 204; a second time is 401", async () => {
    const site = await start();
    const token = await tokenOf(site);
    const logout = () =>
      request(site.server).delete("/api/4.0/logout").set("Authorization", `Bearer ${token}`);
    const answer = await logout();
    expect([answer.status, answer.text, answer.get("Content-Type")]).toEqual([204, "", undefined]);
    expect((await config(site, token)).status).toBe(401);
    expect((await logout()).status).toBe(401);
    expect(site.told("ended")).toMatchObject([{ kind: "api", reason: "signed_out", at: at("0:00") }]);
  });

  it.each<[object, string]>([
    [{ verifyClient: () => null }, "lookerApi.login.tokens"],
    [{ tokens: {} }, "lookerApi.login.verifyClient"],
    [{ tokens: {}, verifyClient: () => null, loginsPerMinute: 0 }, "lookerApi.login.loginsPerMinute"],
  ])("the login %j is an error at start", async (options, option) => {
    const { curfew } = await startApp();
    expect(() => lookerApi(curfew, { authorize: () => true, login: options as never })).toThrow(
      expect.objectContaining({ code: "invalid_option", details: { option } }),
    );
  });
});
