import { describe, expect, it } from "vitest";

import { END_REASONS, FRESH_STANDING, SESSION_KINDS } from "../../src/policy/index.js";
import { active, aSession, at, settingsWith } from "../harness/policy-fixtures.js";

describe("the words for how a session ended", () => {
  it("J7: are seven, the same everywhere", () => {
    expect([...END_REASONS]).toEqual([
      "idle",
      "absolute",
      "evicted",
      "revoked",
      "revoked_by_admin",
      "signed_out",
      "unknown",
    ]);
  });
});

describe("the kinds of sessions", () => {
  it("N13, C6: are three", () => {
    expect([...SESSION_KINDS]).toEqual(["browser", "api", "embed"]);
  });
});

describe("the standing of a session that has just begun", () => {
  it("C2: holds nothing against it, not even under a limit of one", () => {
    const circumstances = { user: FRESH_STANDING, settings: settingsWith({ maxSessionsPerUser: 1 }) };
    expect(active(aSession({ number: 0 }), at("1:00"), circumstances).endsAt).toBe(at("30:00"));
  });

  it("names no revocation and no other sign-in, and can't be changed by anybody who holds it", () => {
    expect(FRESH_STANDING).toMatchObject({
      floorReason: "unknown",
      floorAt: 0,
      sparedNumber: null,
      latestNumber: Number.MAX_SAFE_INTEGER,
      replacedAt: null,
    });
    expect(Object.isFrozen(FRESH_STANDING)).toBe(true);
  });
});
