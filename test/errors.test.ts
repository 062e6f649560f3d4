import { describe, expect, it } from "vitest";
import { CurfewError, endedMeanwhile, ERROR_CODES, invalidOption, redisUnavailable } from "../src/errors.js";
import { textOf } from "./harness/source-files.js";

const REPOSITORY = (JSON.parse(textOf("package.json")) as { homepage: string }).homepage.replace(/#.*$/, "");
const PAGE = "docs/errors.md";

/** Returns an error with this code. Details do not matter to the message. */
const errorOf = (code: (typeof ERROR_CODES)[number]): CurfewError =>
  new CurfewError(code as "not_signed_in", "Short.");

describe("CurfewError", () => {
  it.each([...ERROR_CODES])("%s ends its message with a link to its section", (code) => {
    const error = errorOf(code);
    expect(error.message).toBe(`Short. (${code}: ${REPOSITORY}/blob/main/${PAGE}#${code})`);
    expect(error.shortMessage).toBe("Short.");
    expect(textOf(PAGE)).toContain(`\n### \`${code}\`\n`);
  });

  it.each([...ERROR_CODES])("M24: %s has the status that docs/errors.md names, in two properties", (code) => {
    const { status, statusCode } = errorOf(code);
    const section = textOf(PAGE).split(`\n### \`${code}\`\n`)[1] ?? "";
    expect([status, statusCode]).toEqual(Array(2).fill(Number(/\*\*Status:\*\* (\d+)/.exec(section)?.[1])));
  });

  it("has empty details if the code has no required details", () => {
    expect(endedMeanwhile().details).toEqual({});
    expect(endedMeanwhile({ reason: "idle" }).details).toEqual({ reason: "idle" });
    expect(invalidOption("timeoutMs", "expected a number.").details).toEqual({ option: "timeoutMs" });
  });

  it("keeps the cause, and forbids to show it", () => {
    const cause = new Error("connect ECONNREFUSED");
    const error = redisUnavailable(cause);
    expect(error).toMatchObject({
      cause: { message: cause.message },
      expose: false,
      status: 503,
      headers: { "Retry-After": "1" },
    });
    expect(error.shortMessage).toBe("Redis can't be reached: connect ECONNREFUSED");
  });

  it("reports its class in a stack and to instanceof", () => {
    const error = errorOf("not_signed_in");
    expect(error).toBeInstanceOf(CurfewError);
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.constructor.name]).toEqual(["CurfewError", "CurfewError"]);
    expect(error.stack).toContain(error.message);
  });
});
