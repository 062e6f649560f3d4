import { describe, expect, it } from "vitest";
import {
  anonymousSessionId,
  isSameHash,
  isSignedInId,
  newRef,
  newSecret,
  refOf,
  signedInId,
} from "../../src/state/session-id.js";

const TAG = "t".repeat(16);

describe("a signed-in session's id", () => {
  it("M37: begins with the ref, and a new secret leaves the ref as it is", () => {
    const ref = newRef();
    const [first, second] = [newSecret(), newSecret()];
    expect([refOf(first.idOf(ref, TAG)), refOf(second.idOf(ref, TAG))]).toEqual([ref, ref]);
    expect(first.secretHash).not.toBe(second.secretHash);
  });

  it("is read as it was issued", () => {
    const ref = newRef();
    const { secretHash, idOf } = newSecret();
    expect(signedInId(idOf(ref, TAG))).toEqual({ ref, tag: TAG, secretHash, oldId: null });
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
