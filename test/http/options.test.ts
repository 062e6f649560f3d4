import { describe, expect, it } from "vitest";
import { createCurfew, CurfewError, type Curfew, type RedisClient } from "../../src/index.js";

/** A client that is never asked, so that no connection is opened. */
const client = {
  status: "ready",
  isCluster: false,
  options: { enableOfflineQueue: false, autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0 },
  evalsha: () => Promise.reject(new Error("not asked")),
  on: () => undefined,
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
    ["activity", "clicks", /"navigations", "requests" or a function/],
    ["locate", {}, /must be a function/],
    ["describeAgent", "bowser", /must be a function/],
    ["timeoutMs", 0, /50 to 60000 milliseconds/],
    ["timeoutMs", "1s", /50 to 60000 milliseconds/],
    ["timeoutMs", Number.NaN, /50 to 60000 milliseconds/],
    ["clock", 0, /must be a function/],
    ["log", "stderr", /must be a function/],
    ["loginUrl", "login", /path on this site/],
    ["loginUrl", "//evil.example", /path on this site/],
    ["loginUrl", "javascript:alert(1)", /path on this site/],
    ["routesPath", "https://example.com/curfew", /path on this site/],
    ["trustedOrigins", "https://admin.example", /array of origins/],
    ["trustedOrigins", ["https://admin.example/"], /array of origins/],
    ["trustedOrigins", ["admin.example"], /array of origins/],
    ["allowEarlyExtension", "yes", /true or false/],
    ["limitOpenSessions", 1, /true or false/],
  ])("names %s = %j and the mend", (option, value, mend) => {
    const error = thrownBy(() => create({ [option]: value }));
    expect(error).toMatchObject({ code: "invalid_option", details: { option } });
    expect(error.message).toMatch(mend);
    expect(error.message.startsWith(`${option}: `)).toBe(true);
  });

  it.each<[object, string, RegExp]>([
    [{ defaults: { sessionMinutes: 4 } }, "defaults.sessionMinutes", /between 5 and 43200/],
    [{ defaults: { sessionMinute: 30 } }, "defaults.sessionMinute", /the settings are .*sessionMinutes/],
    [{ defaults: { maxSessionsPerUser: 0 } }, "defaults.maxSessionsPerUser", /1 and 1000/],
    [{ limits: { absoluteMinutes: 525_601 } }, "limits.absoluteMinutes", /from 1 to 525600/],
    [{ limits: { idleMinutes: 0 } }, "limits.idleMinutes", /from 1 to 144000/],
    [{ limits: { hours: 1 } }, "limits.hours", /absoluteMinutes and idleMinutes/],
    [{ limits: { constructor: 1 } }, "limits.constructor", /is not a limit/],
    [{ failOpen: true }, "failOpen", /is not an option; the options are redis, prefix/],
  ])("names the part of %j that is wrong", (options, option, mend) => {
    const error = thrownBy(() => create(options));
    expect(error).toMatchObject({ code: "invalid_option", details: { option } });
    expect(error.message).toMatch(mend);
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
    [{ secret, unset: "destroy" }, "session.unset", /remove it/],
    [{ secret, genid: () => "1" }, "session.genid", /remove it/],
    [{ secret, cookie: { maxAge: 1 } }, "session.cookie.maxAge", /decided by the session settings/],
    [{ secret, cookie: { expires: new Date() } }, "session.cookie.expires", /session settings/],
    [{ secret, cookie: () => ({}) }, "session.cookie", /must be an object/],
    [{ secret, nmae: "sid" }, "session.nmae", /secret, name, cookie and proxy/],
  ])("names what is wrong with %j", (options, option, mend) => {
    const error = thrownBy(() => create({}).session(options as never));
    expect(error).toMatchObject({ code: "invalid_option", details: { option } });
    expect(error.message).toMatch(mend);
  });

  it.each([undefined, null])("says what is missing when called with %j", (options) => {
    const error = thrownBy(() => create({}).session(options as never));
    expect(error).toMatchObject({ code: "invalid_option" });
  });
});

describe("curfew.routes()", () => {
  it.each([0, 1.5, "5"])("refuses reauthTriesPerMinute %j", (reauthTriesPerMinute) => {
    const options = { verifyPassword: () => true, reauthTriesPerMinute } as never;
    expect(thrownBy(() => create({}).routes(options))).toMatchObject({
      details: { option: "routes.reauthTriesPerMinute" },
    });
  });
});
