import express from "express";
import request from "supertest";
import { describe, expect, it } from "vitest";
import {
  createCurfew,
  CurfewError,
  type Curfew,
  type CurfewSessionOptions,
  type RedisClient,
} from "../../src/index.js";

/** A client that is never asked, so that no connection is opened. */
const client = {
  status: "ready",
  isCluster: false,
  options: { enableOfflineQueue: false, autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0 },
  evalsha: () => Promise.reject(new Error("not asked")),
  call: () => Promise.reject(new Error("not asked")),
  on: () => undefined,
  once: () => undefined,
} as unknown as RedisClient;

/** The error that a call throws. */
function thrownBy(call: () => unknown): CurfewError {
  try {
    call();
  } catch (error) {
    if (error instanceof CurfewError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const create = (options: object): Curfew => createCurfew({ redis: client, log: () => undefined, ...options });

describe("createCurfew", () => {
  it.each<[string, unknown, RegExp]>([
    ["redis", undefined, /redis:\/\/127\.0\.0\.1:6379/],
    ["redis", "", /is missing/],
    ["redis", "http://127.0.0.1", /rediss:\/\//],
    ["prefix", "", /string that is not empty/],
    ["sessionPrefix", 7, /string that is not empty/],
    ["defaults", [], /must be an object/],
    ["limits", "none", /must be an object/],
    ["activity", "clicks", /"auto", "navigations", "requests" or a function/],
    ["activityFrom", "requests", /is called activity now; write activity: "auto"/],
    ["locate", {}, /must be a function/],
    ["describeAgent", "bowser", /must be a function/],
    ["timeoutMs", 0, /50 to 60000 milliseconds/],
    ["timeoutMs", "1s", /50 to 60000 milliseconds/],
    ["timeoutMs", Number.NaN, /50 to 60000 milliseconds/],
    ["clock", 0, /must be a function/],
    ["log", "stderr", /must be a function/],
    ["loginUrl", "login", /path on this site, such as "\/login", or a URL that begins with https:/],
    ["loginUrl", "https://", /URL that begins with https:/],
    ["loginUrl", "//evil.example", /path on this site/],
    ["loginUrl", "/.//evil.example", /path on this site/],
    ["loginUrl", "javascript:alert(1)", /path on this site/],
    ["routesPath", "https://example.com/curfew", /path on this site, such as "\/curfew"$/],
    ["routesPath", "curfew", /path on this site, such as "\/curfew"$/],
    ["trustedOrigins", "https://admin.example", /array of origins/],
    ["trustedOrigins", ["https://admin.example/"], /array of origins/],
    ["trustedOrigins", ["admin.example"], /array of origins/],
    ["allowEarlyExtension", "yes", /true or false/],
    ["limitOpenSessions", 1, /true or false/],
  ])("names %s = %j and the fix", (option, value, fix) => {
    const error = thrownBy(() => create({ [option]: value }));
    expect(error).toMatchObject({ code: "invalid_option", details: { option } });
    expect(error.shortMessage).toMatch(fix);
    expect(error.message.startsWith(`${option}: `)).toBe(true);
  });

  it.each<[object, string, RegExp]>([
    [{ defaults: { sessionMinutes: 4 } }, "defaults.sessionMinutes", /between 5 and 43200/],
    [
      { defaults: { sessionMinute: 30 } },
      "defaults.sessionMinute",
      /is not a setting; the settings are .*sessionMinutes/,
    ],
    [{ defaults: { maxSessionsPerUser: 0 } }, "defaults.maxSessionsPerUser", /1 and 100/],
    [{ limits: { absoluteMinutes: 525_601 } }, "limits.absoluteMinutes", /from 1 to 525600/],
    [{ limits: { idleMinutes: 0 } }, "limits.idleMinutes", /from 1 to 144000/],
    [{ limits: { hours: 1 } }, "limits.hours", /absoluteMinutes and idleMinutes/],
    [{ limits: { constructor: 1 } }, "limits.constructor", /is not a limit/],
    [{ limits: { idleMinute: 5 } }, "limits.idleMinute", /the limits are .*idleMinutes/],
    [{ waitForReplicas: { counts: 1 } }, "waitForReplicas.counts", /the options are count /],
    [{ waitForReplicas: { count: 0 } }, "waitForReplicas.count", /whole number of replicas, 1 or more/],
    [{ waitForReplicas: { timeoutMs: "5" } }, "waitForReplicas.timeoutMs", /milliseconds from 1 to 60000/],
    [{ loginURL: "/login" }, "loginURL", /is not an option; write loginUrl$/],
    [{ failOpen: true }, "failOpen", /is not an option; the options are redis, prefix/],
  ])("names the part of %j that is wrong", (options, option, fix) => {
    const error = thrownBy(() => create(options));
    expect(error).toMatchObject({ code: "invalid_option", details: { option } });
    expect(error.shortMessage).toMatch(fix);
  });

  it.each([undefined, null, "redis://127.0.0.1"])("shows how to call it when called with %j", (options) => {
    expect(thrownBy(() => createCurfew(options as never)).message).toContain("createCurfew({ redis:");
  });

  it("B12: has no option that opens a guarded page without Redis", () => {
    const { message } = thrownBy(() => create({ nonsense: 1 }));
    expect(message).not.toMatch(/open(?!Sessions)|bypass|ignore|fallback/i);
  });

  it("takes options that are undefined for options left out", () => {
    expect(() => create({ prefix: undefined, defaults: undefined, clock: undefined })).not.toThrow();
  });
});

describe("curfew.session()", () => {
  const secret = "long enough to be a secret of anybody's";

  it.each<[object, string, RegExp]>([
    [{}, "session.secret", /random string of at least 32/],
    [{ secret: "" }, "session.secret", /is missing/],
    [{ secret: [] }, "session.secret", /is missing/],
    [{ secret: [secret, undefined] }, "session.secret", /is missing/],
    [{ secret, store: {} }, "session.store", /decided by express-curfew; remove it/],
    [{ secret, resave: true }, "session.resave", /remove it/],
    [{ secret, saveUninitialized: true }, "session.saveUninitialized", /remove it/],
    [{ secret, rolling: true }, "session.rolling", /remove it/],
    [{ secret, unset: "drop" }, "session.unset", /must be/],
    [{ secret, genid: () => "1" }, "session.genid", /remove it/],
    [{ secret, cookie: { maxAge: 1 } }, "session.cookie.maxAge", /decided by the session settings/],
    [{ secret, cookie: { expires: new Date() } }, "session.cookie.expires", /session settings/],
    [{ secret, cookie: () => ({}) }, "session.cookie", /must be an object/],
    [
      { secret, nmae: "sid" },
      "session.nmae",
      /the options are secret, name, cookie, proxy, unset, strippedPrefix, answerEnded and takeOver/,
    ],
    [{ secret, strippedPrefix: "/shop/" }, "session.strippedPrefix", /without a slash at its end/],
    [{ secret, strippedPrefix: "shop" }, "session.strippedPrefix", /such as "\/shop"/],
    [{ secret, proxy: "yes" }, "session.proxy", /must be true or false/],
    [{ secret, name: 5 }, "session.name", /must be a string/],
    [{ secret, name: "" }, "session.name", /must be a string/],
    [{ secret, name: "a b" }, "session.name", /must be the name of a cookie/],
    [{ secret, name: "curfew.browser" }, "session.name", /tells browsers apart; give another/],
    [{ secret, name: "__Host-curfew.browser" }, "session.name", /tells browsers apart; give another/],
    [{ secret, cookie: "x" }, "session.cookie", /must be an object/],
    [{ secret, cookie: null }, "session.cookie", /must be an object/],
    [{ secret, cookie: { samesite: "strict" } }, "session.cookie.samesite", /write sameSite$/],
    [{ secret, cookie: { sameSite: "laxx" } }, "session.cookie.sameSite", /"lax", "strict" or "none"/],
    [{ secret, cookie: { secure: "true" } }, "session.cookie.secure", /must be true, false or "auto"/],
    [{ secret, cookie: { secure: "false" } }, "session.cookie.secure", /must be true, false or "auto"/],
    [{ secret, cookie: { httpOnly: "false" } }, "session.cookie.httpOnly", /must be true or false/],
    [{ secret, cookie: { partitioned: 1 } }, "session.cookie.partitioned", /must be true or false/],
    [{ secret, cookie: { priority: "urgent" } }, "session.cookie.priority", /"low", "medium" or "high"/],
    [{ secret, cookie: { domain: "a b;" } }, "session.cookie.domain", /must be a host name/],
    [{ secret, cookie: { domain: "" } }, "session.cookie.domain", /must be a string/],
    [{ secret, cookie: { domain: 5 } }, "session.cookie.domain", /must be a string/],
    [{ secret, cookie: { path: "app" } }, "session.cookie.path", /begins with "\/"/],
    [{ secret, cookie: { path: "/a;b" } }, "session.cookie.path", /without semicolons/],
    [{ secret, cookie: { signed: true } }, "session.cookie.signed", /always signed; remove it/],
    [{ secret, cookie: { secure: false, sameSite: "none" } }, "session.cookie.secure", /sameSite: "none"/],
    [{ secret, cookie: { secure: false, partitioned: true } }, "session.cookie.secure", /partitioned: true/],
  ])("names what is wrong with %j", (options, option, fix) => {
    const error = thrownBy(() => create({}).session(options as never));
    expect(error).toMatchObject({ code: "invalid_option", details: { option } });
    expect(error.shortMessage).toMatch(fix);
  });

  const hosted = { secret, name: "__Host-sid" };
  it.each<[object, string, RegExp]>([
    [hosted, "session.cookie.secure", /must be true, since session.name begins with __Host-/],
    [{ ...hosted, cookie: { secure: false } }, "session.cookie.secure", /without a name/],
    [{ ...hosted, cookie: { secure: true, path: "/app" } }, "session.cookie.path", /must be "\/"/],
    [{ ...hosted, cookie: { secure: true, domain: "example.com" } }, "session.cookie.domain", /left out/],
    [{ secret, name: "__SECURE-sid" }, "session.cookie.secure", /begins with __Secure-/],
  ])("G9: refuses a name whose prefix browsers hold against the cookie: %j", (options, option, fix) => {
    const error = thrownBy(() => create({}).session(options as never));
    expect(error).toMatchObject({ code: "invalid_option", details: { option } });
    expect(error.shortMessage).toMatch(fix);
  });

  it.each<CurfewSessionOptions>([
    { secret: [secret, "an older one"], name: "my.sid", proxy: true },
    { ...hosted, cookie: { secure: true } },
    { secret, name: "__Secure-sid", cookie: { secure: true, domain: ".example.com", path: "/app" } },
    { secret, cookie: { secure: "auto", sameSite: "none", partitioned: true, priority: "high" } },
    { secret, cookie: { secure: false, sameSite: true, httpOnly: false } },
  ])("takes %j", (options) => {
    expect(() => create({}).session(options)).not.toThrow();
  });

  it.each([undefined, null])("says what is missing when called with %j", (options) => {
    const error = thrownBy(() => create({}).session(options as never));
    expect(error).toMatchObject({ code: "invalid_option" });
  });
});

describe("curfew.routes()", () => {
  it.each<[object, string, RegExp]>([
    [{ verifiy: () => true }, "routes.verifiy", /options are .*verify/],
    [{ verify: true }, "routes.verify", /must be a function/],
    [{ verifyPassword: () => true }, "routes.verifyPassword", /is now verify/],
    [{ reauthTriesPerMinute: 0 }, "routes.reauthTriesPerMinute", /whole number from 1 to 1000/],
  ])("names what is wrong with %j", (options, option, fix) => {
    const error = thrownBy(() => create({}).routes(options));
    expect(error).toMatchObject({ code: "invalid_option", details: { option } });
    expect(error.shortMessage).toMatch(fix);
  });

  it.each([0, 1.5, "5"])("refuses reauthTriesPerMinute %j", (reauthTriesPerMinute) => {
    const options = { verify: () => true, reauthTriesPerMinute } as never;
    expect(thrownBy(() => create({}).routes(options))).toMatchObject({
      details: { option: "routes.reauthTriesPerMinute" },
    });
  });
});

describe("the guards", () => {
  it.each<[string, (curfew: Curfew) => unknown, string, RegExp]>([
    ["requireSignIn", (c) => c.requireSignIn({ loginurl: "/" } as never), "loginurl", /loginUrl/],
    ["requireSignIn", (c) => c.requireSignIn({ loginUrl: "login" }), "loginUrl", /path on this site/],
    [
      "requireFresh",
      (c) => c.requireFresh(undefined as never),
      "withinMinutes",
      /positive number of minutes/,
    ],
    ["requireFresh", (c) => c.requireFresh({ withinMinutes: "5" } as never), "withinMinutes", /positive/],
    ["requireFresh", (c) => c.requireFresh({ minutes: 5 } as never), "minutes", /withinMinutes and loginUrl/],
  ])("%s names its option and the fix (%#)", (guard, call, option, fix) => {
    const error = thrownBy(() => call(create({})));
    expect(error).toMatchObject({ code: "invalid_option", details: { option: `${guard}.${option}` } });
    expect(error.shortMessage).toMatch(fix);
  });

  it("requireSameSite takes nothing", () => {
    const { requireSameSite } = create({}) as unknown as Record<
      "requireSameSite",
      (given: object) => unknown
    >;
    expect(thrownBy(() => requireSameSite({ trusted: [] })).message).toMatch(/trusted: is not an option/);
  });
});

describe("what Express is given uncalled", () => {
  /** Answer to a request if the handler is the function that makes handlers. */
  async function answered(pick: (curfew: Curfew) => unknown): Promise<string> {
    const app = express();
    app.use(pick(create({})) as express.RequestHandler);
    app.use(((error: CurfewError, _request, response, _next) => {
      response.status(error.status).send(`${error.code} ${error.message}`);
    }) satisfies express.ErrorRequestHandler);
    return (await request(app).get("/").timeout(2_000)).text;
  }

  it.each<[string, (curfew: Curfew) => unknown, string]>([
    ["session", (curfew) => curfew.session, "curfew.session({ secret"],
    ["routes", (curfew) => curfew.routes, "curfew.routes("],
    ["requireSignIn", (curfew) => curfew.requireSignIn, "curfew.requireSignIn()"],
    ["requireFresh", (curfew) => curfew.requireFresh, "curfew.requireFresh({ withinMinutes"],
    ["requireSameSite", (curfew) => curfew.requireSameSite, "curfew.requireSameSite()"],
  ])("%s says how it is written", async (name, pick, usage) => {
    const text = await answered(pick);
    expect(text).toContain(`invalid_option ${name}: was given to Express without a call; write `);
    expect(text).toContain(usage);
  });
});

describe("a method without its request", () => {
  it.each<[string, (curfew: Curfew) => unknown]>([
    ["signIn", (curfew) => curfew.signIn(undefined as never, { userId: "ann" })],
    ["signOut", (curfew) => curfew.signOut(undefined as never)],
    ["extend", (curfew) => curfew.extend(undefined as never)],
    ["reauthenticate", (curfew) => curfew.reauthenticate(undefined as never)],
    ["reportActivity", (curfew) => curfew.reportActivity(undefined as never, 0)],
  ])("%s says so as everything does that throws", async (_method, call) => {
    await expect(call(create({}))).rejects.toMatchObject({
      name: "CurfewError",
      code: "session_middleware_missing",
    });
  });
});

describe("curfew.ready() and curfew.on()", () => {
  it("name what they do not know", async () => {
    const curfew = create({});
    await expect(curfew.ready({ timeout: 5 } as never)).rejects.toMatchObject({
      code: "invalid_option",
      message: expect.stringMatching(/^ready\.timeout: .* is timeoutMs/) as string,
    });
    expect(thrownBy(() => curfew.on("signedin" as never, () => undefined))).toMatchObject({
      code: "invalid_argument",
      message: expect.stringMatching(/"signedin" is not an event; write signedIn/) as string,
    });
    expect(thrownBy(() => curfew.on("ended", undefined as never)).message).toMatch(/must be a function/);
    expect(thrownBy(() => curfew.on(undefined as never, () => undefined)).code).toBe("invalid_argument");
  });
});
