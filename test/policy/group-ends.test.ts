import { describe, expect, it } from "vitest";
import { coveredUntil, isCovered, type EndableSession, type EndTarget } from "../../src/policy/index.js";

const at = 1_000;

const session = (changes: Partial<EndableSession> = {}): EndableSession => ({
  number: at,
  signedInAt: at,
  tenant: "acme",
  roles: ["reader", "admin"],
  credentialsType: "saml",
  userId: "ann",
  isAuthenticationKnown: true,
  ...changes,
});

const covers = (where: EndTarget, changes: Partial<EndableSession> = {}): boolean =>
  isCovered({ where, at, actor: null }, session(changes));

describe("an end of many sessions", () => {
  it("covers sign-ins up to its own millisecond", () => {
    expect(covers({ all: true })).toBe(true);
    expect(covers({ all: true }, { number: at + 1, signedInAt: at + 1 })).toBe(false);
    expect(covers({ all: true }, { number: at + 1 })).toBe(false);
  });

  it("covers a session that authenticated again later, because its number stays", () => {
    expect(covers({ all: true }, { number: at, signedInAt: at + 500 })).toBe(true);
  });

  it("covers a session whose number was ahead of the clock", () => {
    expect(covers({ all: true }, { number: at + 500, signedInAt: at - 1 })).toBe(true);
  });

  it("covers sessions of its group only", () => {
    const groups: EndTarget[] = [{ tenant: "acme" }, { role: "admin" }, { credentialsType: "saml" }];
    for (const where of groups) expect(covers(where)).toBe(true);
    const others: EndTarget[] = [{ tenant: "other" }, { role: "owner" }, { credentialsType: "email" }];
    for (const where of others) expect(covers(where)).toBe(false);
    expect(covers({ tenant: "acme" }, { tenant: null })).toBe(false);
  });

  it("before a time covers earlier sign-ins, and never sign-ins after the write", () => {
    expect(covers({ signedInBefore: 900 }, { number: 899, signedInAt: 899 })).toBe(true);
    expect(covers({ signedInBefore: 900 }, { number: 900, signedInAt: 900 })).toBe(false);
    expect(coveredUntil({ where: { signedInBefore: 9_999 }, at, actor: null })).toBe(at);
  });

  it("M44: before a time covers taken-over sessions, whose authentication is unknown", () => {
    const takenOver = { number: 950, signedInAt: 950, isAuthenticationKnown: false };
    expect(covers({ signedInBefore: 900 }, takenOver)).toBe(true);
    expect(covers({ signedInBefore: 900 }, { ...takenOver, number: at + 1, signedInAt: at + 1 })).toBe(false);
  });
});
