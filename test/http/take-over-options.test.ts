import { Redis } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";
import { createCurfew } from "../../src/index.js";

const secret = "long enough to be a secret of any site";
const userId = () => null;

describe("M44: session({ takeOver })", () => {
  it.each<[object, string, RegExp]>([
    [{ secret, takeOver: true }, "session.takeOver", /must be an object/],
    [{ secret, takeOver: {} }, "session.takeOver.userId", /must be a function/],
    [{ secret, takeOver: { userId } }, "session.takeOver.until", /must be a Date/],
    [{ secret, takeOver: { userId, until: "2027-03-01" } }, "session.takeOver.until", /must be a Date/],
    [{ secret, takeOver: { userId, until: new Date("x") } }, "session.takeOver.until", /must be a Date/],
    [{ secret, takeOver: { userId, until: 1e20 } }, "session.takeOver.until", /must be a Date/],
    [{ secret, takeOver: { userId, until: 1, name: "a b" } }, "session.takeOver.name", /name of a cookie/],
    [{ secret, takeOver: { userId, until: 1, secret: "" } }, "session.takeOver.secret", /is missing/],
    [{ secret, takeOver: { userId, until: 1, prefix: 5 } }, "session.takeOver.prefix", /must be a string/],
    [
      { secret, takeOver: { userId, until: 1, prefix: "curfew:s:" } },
      "session.takeOver.prefix",
      /prefix of connect-redis/,
    ],
    [
      { secret, takeOver: { userId, until: 1, maxAge: 1 } },
      "session.takeOver.maxAge",
      /name, prefix, secret, userId and until/,
    ],
  ])("names the wrong option of %j", (options, option, fix) => {
    const redis = new Redis({ lazyConnect: true });
    const curfew = createCurfew({ redis });
    onTestFinished(() => curfew.close());
    const call = (): unknown => curfew.session(options as never);
    expect(call).toThrow(expect.objectContaining({ code: "invalid_option", details: { option } }));
    expect(call).toThrow(fix);
  });
});
