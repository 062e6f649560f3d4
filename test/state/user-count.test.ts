import { expect, it } from "vitest";
import { usersText } from "../../src/pages/settings-words.js";
import { UserCount } from "../../src/state/values/user-count.js";

function counted(users: number, sessionsOfEach: number): UserCount {
  const count = new UserCount();
  for (let session = 0; session < sessionsOfEach; session++)
    for (let user = 0; user < users; user++) count.add(`user-${String(user)}@example.com`);
  return count;
}

it("counts 10,000 users exactly, each once", () => {
  const { users, isEstimated } = counted(10_000, 2);
  expect([users, isEstimated]).toEqual([10_000, false]);
});

it("estimates 200,000 users within five percent", () => {
  const { users, isEstimated } = counted(200_000, 1);
  expect(isEstimated).toBe(true);
  expect(Math.abs(users / 200_000 - 1)).toBeLessThan(0.05);
});

it("is shown as about so many users if it is an estimate", () => {
  expect(usersText({ affectedUsers: 123_456, affectedUsersEstimated: true })).toBe("about 120,000 users");
  expect(usersText({ affectedUsers: 9_999, affectedUsersEstimated: false })).toBe("9,999 users");
});
