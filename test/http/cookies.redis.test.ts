import { describe, expect, it } from "vitest";
import { SECRET, startApp, type TestApp, type TestAppOptions } from "../harness/app.js";
import { Browser, PASSWORD } from "../harness/browser.js";
import { setCookiesOf } from "../harness/http.js";
import { minutes } from "../harness/policy-fixtures.js";

const HTTPS = { "x-forwarded-proto": "https" };
const NEW_SECRET = "the next secret of the tests, longer than need be";

/** Signs in as a browser does that talks HTTPS to a proxy in front of the app. */
async function overHttps(site: TestApp): Promise<Browser> {
  const browser = new Browser(site.server);
  await browser.send("/login", { headers: HTTPS, body: { userId: "ann", password: PASSWORD } });
  return browser;
}

const behindProxy: TestAppOptions = { before: (app) => app.set("trust proxy", 1) };

describe("the session cookie", () => {
  it("G9: over plain HTTP is curfew.sid: HttpOnly, SameSite=Lax, the whole site, no domain", async () => {
    const site = await startApp();
    const { attributes } = (await site.signedIn("ann")).cookies.get("curfew.sid") ?? {};
    expect(attributes).toEqual({ path: "/", httponly: "", samesite: "Lax" });
  });

  it("G9: over HTTPS it is __Host-curfew.sid and Secure, and so is the browser's token", async () => {
    const site = await startApp(behindProxy);
    const browser = await overHttps(site);
    expect([...browser.cookies.keys()].sort()).toEqual(["__Host-curfew.browser", "__Host-curfew.sid"]);
    expect(browser.cookies.get("__Host-curfew.sid")?.attributes).toEqual({
      path: "/",
      httponly: "",
      secure: "",
      samesite: "Lax",
    });
    // M11: another site's POST brings it too, as SAML and OIDC sign in.
    expect(browser.cookies.get("__Host-curfew.browser")?.attributes).toMatchObject({
      secure: "",
      path: "/",
      samesite: "None",
    });
    expect((await browser.get("/account", HTTPS)).status).toBe(200);
  });

  it("G9: a cookie planted under the plain name means nothing over HTTPS", async () => {
    const site = await startApp(behindProxy);
    const plain = await site.signedIn("mallory");
    expect((await plain.get("/account", HTTPS)).status).toBe(401);
  });

  it("X-Forwarded-Proto of visitors is not believed without trust proxy", async () => {
    const browser = await overHttps(await startApp());
    expect([...browser.cookies.keys()].sort()).toEqual(["curfew.browser", "curfew.sid"]);
  });

  it("express-session's proxy option is followed in place of trust proxy", async () => {
    const believing = await overHttps(await startApp({ session: { proxy: true } }));
    expect([...believing.cookies.keys()]).toContain("__Host-curfew.sid");
    const unbelieving = await overHttps(await startApp({ ...behindProxy, session: { proxy: false } }));
    expect([...unbelieving.cookies.keys()]).toContain("curfew.sid");
  });

  it("G9: takes attributes that are undefined for left out, and stays Secure", async () => {
    const leftOut = { secure: undefined, httpOnly: undefined, sameSite: undefined, path: undefined };
    const browser = await overHttps(await startApp({ ...behindProxy, session: { cookie: leftOut } }));
    expect(browser.cookies.get("__Host-curfew.sid")?.attributes).toEqual({
      path: "/",
      httponly: "",
      secure: "",
      samesite: "Lax",
    });
  });

  it("takes the app's own name and attributes; a domain or path rules the __Host- prefix out", async () => {
    const named = await startApp({
      ...behindProxy,
      session: { name: "sid", cookie: { sameSite: "strict" } },
    });
    expect((await overHttps(named)).cookies.get("sid")?.attributes).toMatchObject({ samesite: "Strict" });
    const wide = await startApp({ ...behindProxy, session: { cookie: { domain: "example.com" } } });
    expect((await overHttps(wide)).cookies.get("curfew.sid")?.attributes).toMatchObject({
      domain: "example.com",
      secure: "",
    });
  });

  it.each([
    ["unsigned", (value: string) => value.slice(4)],
    ["with another signature", (value: string) => `${value.slice(0, -4)}AAAA`],
    ["with another id", (value: string) => value.replace(/^s%3A.{8}/, "s%3Aabcdefgh")],
    ["cut short", (value: string) => value.slice(0, 20)],
    ["empty", () => ""],
    ["badly escaped", () => "%E0%A4%A"],
    ["very long", () => `s%3A${"x".repeat(7_000)}`],
  ])("F3: %s opens nothing and breaks nothing", async (_title, forge) => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    const value = browser.sessionCookie?.value ?? "";
    browser.plant("curfew.sid", forge(value));
    expect(await browser.standing()).toBe("anonymous");
    await browser.signIn("bob");
    expect(await browser.standing()).toBe("in");
  });
});

describe("changing the secret", () => {
  /** Two deployments of one app, before and after. */
  async function deployments(secret: string | string[]): Promise<[TestApp, TestApp]> {
    const before = await startApp();
    return [before, await startApp({ prefix: before.prefix, clock: before.clock, session: { secret } })];
  }

  it("F6: cookies of the old secret continue and are signed again, once", async () => {
    const [before, after] = await deployments([NEW_SECRET, SECRET]);
    const browser = await before.signedIn("ann");
    const former = browser.sessionCookie?.value;
    browser.server = after.server;
    expect(await browser.standing()).toBe("in");
    expect(browser.sessionCookie?.value).not.toBe(former);
    expect(setCookiesOf(await browser.fetch("get", "/account"))).toEqual([]);
    const last = await startApp({
      prefix: before.prefix,
      clock: before.clock,
      session: { secret: NEW_SECRET },
    });
    browser.server = last.server;
    expect(await browser.standing()).toBe("in");
  });

  it("F6, P2: signed again, a persistent cookie keeps the rest of its life", async () => {
    const [before, after] = await deployments([NEW_SECRET, SECRET]);
    const browser = await before.signedIn("ann", { persistent: true });
    before.clock.advance({ days: 10 });
    browser.server = after.server;
    expect(await browser.status()).toMatchObject({ remainingMs: minutes(20 * 1_440) });
    expect(browser.sessionCookie?.attributes["max-age"]).toBe(String(20 * 86_400));
  });

  it("F6: with the old secret removed, its cookies are ignored", async () => {
    const [before, after] = await deployments([NEW_SECRET]);
    const browser = await before.signedIn("ann");
    browser.server = after.server;
    expect(await browser.standing()).toBe("anonymous");
  });
});
