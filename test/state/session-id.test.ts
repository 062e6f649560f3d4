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

  it("has a random secret of 192 bits, and no two are equal", () => {
    const secrets = Array.from({ length: 1_000 }, () => newSecret().idOf(newRef(), TAG).split(".")[2] ?? "");
    expect(new Set(secrets).size).toBe(1_000);
    const bytes = secrets.map((secret) => Buffer.from(secret, "base64url"));
    expect(new Set(bytes.map(({ length }) => length))).toEqual(new Set([192 / 8]));
    // Each bit is set in about half of the secrets. Six standard deviations are 95 of 1,000.
    for (let bit = 0; bit < 192; bit++) {
      const set = bytes.filter((each) => ((each[bit >> 3] ?? 0) >> (bit & 7)) & 1).length;
      expect(Math.abs(set - 500)).toBeLessThan(96);
    }
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
