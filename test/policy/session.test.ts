import { describe, expect, it } from "vitest";

import { END_REASONS, FRESH_STANDING, SESSION_KINDS } from "../../src/policy/index.js";
import { active, aSession, at, settingsWith } from "../harness/policy-fixtures.js";

describe("the reasons of an end", () => {
  it("J7: are the same seven everywhere", () => {
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
  it("N13, C6, U1: are four", () => {
    expect([...SESSION_KINDS]).toEqual(["browser", "api", "embed", "sudo"]);
  });
});

describe("the standing of a session that has just begun", () => {
  it("C2: records nothing against it, so it lives even under a limit of one", () => {
    const circumstances = { user: FRESH_STANDING, settings: settingsWith({ maxSessionsPerUser: 1 }) };
    expect(active(aSession({ number: 0 }), at("1:00"), circumstances).endsAt).toBe(at("30:00"));
  });

  it("names no revocation and no other sign-in, and is frozen", () => {
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
