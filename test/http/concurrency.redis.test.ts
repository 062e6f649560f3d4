import { describe, expect, it } from "vitest";
import { startApp, type TestApp } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { FIREFOX, PASSWORD } from "../harness/browser.js";
import { days, minutes, T } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";

const oneSession = { defaults: { maxSessionsPerUser: 1 } } as const;

async function standings(browsers: readonly Browser[]): Promise<string[]> {
  const found: string[] = [];
  for (const browser of browsers) found.push(await browser.standing());
  return found;
}

/** Signs in this number of browsers of one user, one minute after the other. */
async function signInOneByOne(site: TestApp, count: number): Promise<Browser[]> {
  const browsers: Browser[] = [];
  for (let i = 0; i < count; i++) {
    site.clock.advance({ minutes: 1 });
    browsers.push(await site.signedIn("ann"));
  }
  return browsers;
}

describe("one session a user", () => {
  it("C1: without a limit, any number of browsers stays signed in", async () => {
    const site = await startApp();
    expect(await standings(await signInOneByOne(site, 5))).toEqual(Array(5).fill("in"));
  });

  it("C2, W16: the older browser is refused on its next request, and the answer names the newer browser", async () => {
    const site = await startApp({
      ...oneSession,
      defaults: { maxSessionsPerUser: 1, trackLocation: true },
      locate: () => ({ city: "Zürich", country: "Switzerland" }),
    });
    const first = await site.signedIn("ann");
    site.at("5:00");
    const second = await site.browser(FIREFOX);
    await second.signIn("ann");
    site.at("7:00");
    const refused = await first.fetch("get", "/account");
    expect(refused.status).toBe(401);
    expect(refused.body).toMatchObject({
      error: "session_ended",
      reason: "evicted",
      by: { device: "Firefox on Linux", place: "Zürich, Switzerland", agoMs: minutes(2) },
    });
    expect(await first.state()).toMatchObject({ state: "ended", by: { at: T + minutes(5) } });
    expect(await second.standing()).toBe("in");
  });

  it("C3: signing in again in the same browser replaces its session and evicts no other", async () => {
    const site = await startApp(oneSession);
    const browser = await site.signedIn("ann");
    const former = browser.sessionCookie;
    await browser.signIn("ann");
    expect(await browser.standing()).toBe("in");
    expect(site.told("ended")).toMatchObject([{ reason: "signed_out" }]);
    expect((await site.curfew.sessions.list({ userId: "ann" })).sessions).toHaveLength(1);
    if (former) browser.cookies.set("curfew.sid", former);
    expect(await browser.standing()).toBe("signed_out");
  });

  it("C3: a login form sent twice by one browser leaves the browser signed in, with either cookie", async () => {
    const site = await startApp(oneSession);
    for (let round = 0; round < 20; round++) {
      const browser = await site.browser();
      const form = () => browser.submit("/login", { userId: `user${round}`, password: PASSWORD });
      const answers = await Promise.all([form(), form()]);
      expect(answers.map((answer) => answer.status)).toEqual([303, 303]);
      expect(await browser.standing()).toBe("in");
    }
  });

  it("C4: a failed login evicts no session", async () => {
    const site = await startApp(oneSession);
    const first = await site.signedIn("ann");
    const second = await site.browser();
    const failed = await second.fetch("post", "/login", { userId: "ann", password: "guess" });
    expect(failed.status).toBe(401);
    expect(await standings([first, second])).toEqual(["in", "anonymous"]);
  });

  it("C5: another user's sign-in, even in the same browser, leaves other browsers alone", async () => {
    const site = await startApp(oneSession);
    const ann = await site.signedIn("ann");
    const shared = await site.signedIn("bob");
    await shared.signIn("cem");
    expect(await standings([ann, shared])).toEqual(["in", "in"]);
    expect((await site.curfew.sessions.list({ userId: "bob" })).sessions).toEqual([]);
  });

  it("C6, N13: sessions of programs and embedded pages neither evict nor are evicted", async () => {
    const site = await startApp(oneSession);
    const browser = await site.signedIn("ann");
    const api = await site.signedIn("ann", { kind: "api" });
    const embed = await site.signedIn("ann", { kind: "embed" });
    expect(await standings([browser, api, embed])).toEqual(["in", "in", "in"]);
    const newer = await site.signedIn("ann");
    expect(await standings([browser, api, embed, newer])).toEqual(["evicted", "in", "in", "in"]);
  });

  it("C7, W17: of fifty simultaneous sign-ins exactly one lives, and the index holds one", async () => {
    const site = await startApp(oneSession);
    const browsers = await Promise.all(Array.from({ length: 50 }, () => site.browser()));
    await Promise.all(browsers.map((browser) => browser.signIn("ann")));
    const found = await standings(browsers);
    expect(found.filter((standing) => standing === "in")).toHaveLength(1);
    expect(found.filter((standing) => standing === "evicted")).toHaveLength(49);
    expect((await site.curfew.sessions.list({ userId: "ann" })).sessions).toHaveLength(1);
    expect((await site.curfew.sessions.list()).sessions).toHaveLength(1);
    expect(site.told("ended")).toHaveLength(49);
  });

  it("C8, W18: a persistent session is evicted too, and its cookie revives nothing", async () => {
    const site = await startApp(oneSession);
    const first = await site.signedIn("ann", { persistent: true });
    await site.signedIn("ann");
    first.restart();
    expect(first.sessionCookie).toBeDefined();
    expect(await first.standing()).toBe("evicted");
    expect((await first.visit()).status).toBe(303);
    expect(await first.standing()).toBe("evicted");
  });

  it("C2: who was evicted stays so when the newer browser signs out", async () => {
    const site = await startApp(oneSession);
    const first = await site.signedIn("ann");
    const second = await site.signedIn("ann");
    await second.fetch("post", "/logout", {});
    expect(await first.standing()).toBe("evicted");
  });

  it("C2: a lost index revives no session and loosens no rule", async () => {
    const site = await startApp(oneSession);
    const [first, second] = [await site.signedIn("ann"), await site.signedIn("ann")];
    const redis = await testRedis();
    await Promise.all([redis.del(`${site.prefix}sessions`), redis.del(`${site.prefix}l:0:0`)]);
    expect(await standings([first, second])).toEqual(["evicted", "in"]);
  });
});

describe("a limit that is changed while people are signed in", () => {
  it("Q11: from none to one, all but the newest end on their next request", async () => {
    const site = await startApp();
    const browsers = await signInOneByOne(site, 6);
    await site.curfew.settings.update({ maxSessionsPerUser: 1 });
    const expected = [...Array<string>(5).fill("evicted"), "in"];
    expect(await standings(browsers)).toEqual(expected);
    await site.curfew.settings.update({ maxSessionsPerUser: null });
    expect(await standings(browsers)).toEqual(expected);
  });

  it("C11: lowering N ends the oldest beyond it; raising it lets one more in", async () => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 4 } });
    const browsers = await signInOneByOne(site, 4);
    await site.curfew.settings.update({ maxSessionsPerUser: 2 });
    expect(await standings(browsers)).toEqual(["evicted", "evicted", "in", "in"]);
    await site.curfew.settings.update({ maxSessionsPerUser: 3 });
    browsers.push(await site.signedIn("ann"));
    expect(await standings(browsers.slice(2))).toEqual(["in", "in", "in"]);
  });

  it("Q11: where the app says so, open sessions are left alone until the next sign-in", async () => {
    const site = await startApp({ limitOpenSessions: false });
    const browsers = await signInOneByOne(site, 3);
    await site.curfew.settings.update({ maxSessionsPerUser: 1 });
    expect(await standings(browsers)).toEqual(["in", "in", "in"]);
    browsers.push(await site.signedIn("ann"));
    expect(await standings(browsers)).toEqual(["evicted", "evicted", "evicted", "in"]);
  });

  it("Q11: there, the end of one of them ends no other, and all are listed", async () => {
    const site = await startApp({ limitOpenSessions: false });
    const browsers = await signInOneByOne(site, 4);
    await site.curfew.settings.update({ maxSessionsPerUser: 1 });
    const { sessions } = await site.curfew.sessions.list({ userId: "ann" });
    expect(sessions).toHaveLength(4);
    await site.curfew.sessions.end(sessions[0]?.ref ?? "", { actor: "ann" });
    await browsers[3]?.fetch("post", "/logout", {});
    expect(await standings(browsers)).toEqual(["revoked", "in", "in", "signed_out"]);
  });

  it("Q11: each request is judged: an older session that asks only after the newer session has lapsed continues", async () => {
    const site = await startApp();
    const older = await site.signedIn("ann", { persistent: true });
    site.at("1:00");
    const newer = await site.signedIn("ann");
    await site.curfew.settings.update({ maxSessionsPerUser: 1 });
    expect((await site.curfew.sessions.list({ userId: "ann" })).sessions).toHaveLength(1);
    site.at("31:00");
    expect(await standings([older, newer])).toEqual(["in", "absolute"]);
  });
});

describe("refusing the newest", () => {
  const refusing = { defaults: { maxSessionsPerUser: 2, whenLimitReached: "refuse_newest" } } as const;

  it("C11: a sign-in too many is refused with the living sessions, and changes nothing", async () => {
    const site = await startApp(refusing);
    const browsers = await signInOneByOne(site, 2);
    const third = await site.browser();
    const refused = await third.fetch("post", "/login", { userId: "ann", password: PASSWORD });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({
      code: "too_many_sessions",
      sessions: [
        { userId: "ann", browser: "Chrome", signedInAt: T + minutes(1) },
        { userId: "ann", browser: "Chrome", signedInAt: T + minutes(2) },
      ],
    });
    expect(await standings([...browsers, third])).toEqual(["in", "in", "anonymous"]);
    const { sessions } = refused.body as { sessions: { ref: string }[] };
    await site.curfew.sessions.end(sessions[0]?.ref ?? "", { actor: "ann" });
    await third.signIn("ann");
    expect(await standings([...browsers, third])).toEqual(["revoked", "in", "in"]);
  });

  it("C11, C3: a browser that is signed in may sign in again", async () => {
    const site = await startApp(refusing);
    const [first] = await signInOneByOne(site, 2);
    await first?.signIn("ann");
    expect(await first?.standing()).toBe("in");
  });

  it("C11: sessions that are over do not count, even before a request finds their end", async () => {
    const site = await startApp(refusing);
    await signInOneByOne(site, 2);
    site.clock.advance({ minutes: 31 });
    expect(await (await site.signedIn("ann")).standing()).toBe("in");
  });

  it("C7, C11: of twenty simultaneous sign-ins the first two stay and the others are refused", async () => {
    const site = await startApp(refusing);
    const browsers = await Promise.all(Array.from({ length: 20 }, () => site.browser()));
    const answers = await Promise.all(
      browsers.map((browser) => browser.fetch("post", "/login", { userId: "ann", password: PASSWORD })),
    );
    const statuses = answers.map((answer) => answer.status).sort();
    expect(statuses).toEqual([303, 303, ...Array<number>(18).fill(409)]);
    expect((await standings(browsers)).filter((standing) => standing === "in")).toHaveLength(2);
  });
});

describe("the order of sign-ins", () => {
  it("holds where clocks stand still: the later of two in one millisecond wins", async () => {
    const site = await startApp(oneSession);
    const browsers: Browser[] = [];
    for (let i = 0; i < 4; i++) browsers.push(await site.signedIn("ann"));
    expect(site.clock()).toBe(T);
    expect(await standings(browsers)).toEqual(["evicted", "evicted", "evicted", "in"]);
  });

  it("C8: a persistent sign-in counts from when it was made, not by how long it lives", async () => {
    const site = await startApp({ defaults: { maxSessionsPerUser: 1, sessionMinutes: 43_200 } });
    const persistent = await site.signedIn("ann", { persistent: true });
    site.clock.set(T + days(1));
    const newer = await site.signedIn("ann");
    expect(await standings([persistent, newer])).toEqual(["evicted", "in"]);
  });
});
