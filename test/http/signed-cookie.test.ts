import { describe, expect, it } from "vitest";
import { CookieSigner } from "../../src/http/request/signed-cookie.js";
import { signedId } from "../harness/signed-id.js";

const SECRETS = ["the newest secret", "the one before it"] as const;
const [NEWEST, EARLIER] = SECRETS;

describe("a signed cookie", () => {
  const signer = new CookieSigner(SECRETS);

  it("is signed as express-session signs it, with the first secret", () => {
    expect(signer.sign("some-id.of-ann")).toBe(signedId("some-id.of-ann", NEWEST));
  });

  it("names its id, signed with any of the secrets", () => {
    expect(signer.idIn(signedId("some-id.of-ann", NEWEST))).toBe("some-id.of-ann");
    expect(signer.idIn(signedId("some-id.of-ann", EARLIER))).toBe("some-id.of-ann");
  });

  it.each([
    ["nothing", undefined],
    ["an empty text", ""],
    ["an id that nobody has signed", "some-id"],
    ["the mark alone", "s:"],
    ["no signature", "s:some-id"],
    ["an empty signature", "s:some-id."],
    ["another secret's signature", signedId("some-id", "another secret")],
    ["another id's signature", signedId("some-id", NEWEST).replace("some", "same")],
    ["a padded signature", `${signedId("some-id", NEWEST)}=`],
    ["a signature cut short", signedId("some-id", NEWEST).slice(0, -1)],
    ["characters of more than a byte", `${signedId("some-id", NEWEST).slice(0, -1)}ÿ`],
    ["no mark", signedId("some-id", NEWEST).slice(2)],
  ])("F3: with %s names none", (_title, value) => {
    expect(signer.idIn(value)).toBeNull();
  });

  it("F3: a right value with one changed character, at each place, names no id", () => {
    const right = signedId("some-id", NEWEST);
    expect(signer.idIn(right)).toBe("some-id");
    for (let index = 0; index < right.length; index += 1) {
      const other = right[index] === "x" ? "y" : "x";
      expect(signer.idIn(right.slice(0, index) + other + right.slice(index + 1))).toBeNull();
    }
  });
});
