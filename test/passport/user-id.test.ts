import { describe, expect, it } from "vitest";
import { givenUserId, userIdOf } from "../../src/passport/user-id.js";

/** An ObjectId, as the packages `bson` and `mongoose` have it. */
class ObjectId {
  toHexString(): string {
    return "64b7f0c2a1b2c3d4e5f60718";
  }
}

describe("the user id of a serialized user", () => {
  it.each<[unknown, string]>([
    ["ann", "ann"],
    [7, "7"],
    [0, "0"],
    [new ObjectId(), "64b7f0c2a1b2c3d4e5f60718"],
    [{ id: "ann", name: "Ann" }, "ann"],
    [{ id: 7, _id: "x" }, "7"],
    [{ _id: new ObjectId() }, "64b7f0c2a1b2c3d4e5f60718"],
    [{ id: null, _id: "ann" }, "ann"],
  ])("of %j is %s", (serialized, id) => {
    expect(userIdOf(serialized)).toBe(id);
  });

  it.each([[{}], [{ id: "" }], [{ email: "a@example.com" }], [true], [null], [Number.NaN], [["ann"]], [""]])(
    "of %j is an error that names the option",
    (serialized) => {
      expect(() => userIdOf(serialized)).toThrow(
        expect.objectContaining({ code: "invalid_option", details: { option: "passport.userId" } }) as Error,
      );
    },
  );

  it.each<[unknown, string]>([
    ["ann", "ann"],
    [7, "7"],
  ])("that the app's function gives may be %j", (given, id) => {
    expect(givenUserId(given)).toBe(id);
  });

  it.each([[undefined], [{ id: "ann" }], [Promise.resolve("ann")]])(
    "that the app gives may not be %j",
    (given) => {
      expect(() => givenUserId(given)).toThrow(/passport\.userId/);
    },
  );
});
