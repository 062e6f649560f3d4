import { describe, expect, it } from "vitest";
import {
  anonymousSessionId,
  isSameHash,
  isSignedInId,
  issueId,
  newRef,
  refOf,
  signedInId,
} from "../../src/state/session-id.js";

describe("a signed-in session's id", () => {
  it("M37: begins with the ref, and a new secret leaves the ref as it is", () => {
    const ref = newRef();
    const [first, second] = [issueId(ref, "t".repeat(16)), issueId(ref, "t".repeat(16))];
    expect([refOf(first.sessionId), refOf(second.sessionId)]).toEqual([ref, ref]);
    expect(first.secretHash).not.toBe(second.secretHash);
  });

  it("is read as it was issued", () => {
    const { sessionId, ...parts } = issueId(newRef(), "t".repeat(16));
    expect(signedInId(sessionId)).toEqual(parts);
  });

  it("differs from an anonymous session's id", () => {
    expect(isSignedInId(anonymousSessionId())).toBe(false);
    expect(signedInId(anonymousSessionId())).toBeNull();
    expect(refOf(anonymousSessionId())).toMatch(/^[\w-]{21}$/);
  });
});

describe("the comparison of two hashes", () => {
  it.each([
    ["abc", "abc", true],
    ["abc", "abd", false],
    ["abc", "ab", false],
    ["", "", true],
    // Equal length in characters, but not in bytes: a damaged record must not cause an error.
    ["ab\ufffd", "abc", false],
  ])("of %j and %j gives %s", (a, b, same) => {
    expect(isSameHash(a, b)).toBe(same);
  });
});
