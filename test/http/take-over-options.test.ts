import { Redis } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseTakeOver } from "../../src/http/session/take-over-options.js";
import { createCurfew } from "../../src/index.js";
import { createKeys } from "../../src/state/keys.js";
import type { Storage } from "../../src/state/storage.js";

const secret = "long enough to be a secret of any site";
const userId = () => null;

/** Returns what the package takes for the user of an old session. */
function userOf(data: object): string | null {
  const options = { userId: (old: object) => (old as { id?: string | number }).id, until: 1 };
  const storage = { keys: createKeys("curfew:", "sess:") } as Storage;
  return parseTakeOver(options, [secret], storage).source.userIdIn(JSON.stringify({ cookie: {}, ...data }));
}

describe("M44: the user of an old session", () => {
  it.each<[object, string | null]>([
    [{ id: "ann" }, "ann"],
    [{ id: 42 }, "42"],
    [{ id: 0 }, "0"],
    [{ id: null }, null],
    [{}, null],
  ])("in %j is %j", (data, user) => {
    expect(userOf(data)).toBe(user);
  });

  it.each([{ id: 1.5 }, { id: 1e30 }, { id: true }, { id: "" }, { id: { toString: "x" } }])(
    "%j is refused, and the error offers no String(), which makes visitors the user 'undefined'",
    (data) => {
      expect(() => userOf(data)).toThrow(/session\.takeOver\.userId.*a whole number, or null/);
      expect(() => userOf(data)).not.toThrow(/String\(/);
    },
  );
});

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
