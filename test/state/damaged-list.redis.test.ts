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

it("F1: a purge of places goes past a record of another type", async () => {
  const site = await startApp({ defaults: { trackLocation: true }, locate: () => ({ city: "Zürich" }) });
  await site.signedIn("ann");
  await site.signedIn("bob");
  const redis = await testRedis();
  const [damaged] = (await site.curfew.sessions.list({ userId: "ann" })).sessions;
  await redis.del(`${site.prefix}s:${damaged?.ref ?? ""}`);
  await redis.lpush(`${site.prefix}s:${damaged?.ref ?? ""}`, "x");
  expect(await site.curfew.sessions.purgeLocations()).toBe(2);
  const { sessions } = await site.curfew.sessions.list();
  expect(sessions).toMatchObject([{ userId: "bob", city: null }]);
});

it("F1: the history leaves out a change at a time that no date can hold", async () => {
  const site = await startApp();
  await site.curfew.settings.update({ sessionMinutes: 60 });
  const redis = await testRedis();
  const [text = ""] = await redis.lrange(`${site.prefix}history`, 0, -1);
  await redis.lpush(`${site.prefix}history`, text.replace(/"at":\d+/, '"at":1e300'));
  expect(await site.curfew.settings.history()).toHaveLength(1);
});

it.each([
  { since: 1e300, until: 2e300 },
  { since: -8.64e15, until: 8.64e15 },
])("F1: an observation from $since to $until counts as none", async (times) => {
  const site = await startApp();
  await site.curfew.settings.observe({ sessionMinutes: 15 });
  const redis = await testRedis();
  const text = JSON.parse((await redis.get(`${site.prefix}observed`)) ?? "{}") as object;
  await redis.set(`${site.prefix}observed`, JSON.stringify({ ...text, ...times }));
  expect(await site.curfew.settings.observed()).toBeNull();
});
