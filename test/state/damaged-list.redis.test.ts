import { expect, it } from "vitest";
import { startApp } from "../harness/app.js";
import { testRedis } from "../harness/redis.js";

it("F1: damaged levels of the list hide no session of the first level", async () => {
  const site = await startApp();
  await site.signedIn("ann");
  await (await testRedis()).set(`${site.prefix}sessions`, "x");
  expect((await site.curfew.sessions.list()).sessions).toMatchObject([{ userId: "ann" }]);
});

it("F1: a list of all sessions of another type is empty until the next sign-in repairs it", async () => {
  const site = await startApp();
  const ann = await site.signedIn("ann");
  const redis = await testRedis();
  for (const key of ["sessions", "l:0:0"]) await redis.set(`${site.prefix}${key}`, "x");
  expect(await site.curfew.sessions.list()).toEqual({ sessions: [], nextCursor: null });
  expect(await ann.standing()).toBe("in");
  await site.signedIn("bob");
  const { sessions } = await site.curfew.sessions.list();
  expect(sessions.map(({ userId }) => userId)).toEqual(["bob"]);
});
