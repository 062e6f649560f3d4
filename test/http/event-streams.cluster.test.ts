/** News of a Cluster, where each process subscribes at one node. */
import { expect, it } from "vitest";
import { startApp } from "../harness/app.js";
import { openStream } from "../harness/event-stream.js";
import { freshPrefix, testRedis, untilSubscribed } from "../harness/redis.js";

/** Number of users: each of three masters has some of their keys, but for a chance of 1 in 10,000. */
const USERS = 24;

interface Nodes {
  nodes(role: "master"): Awaited<ReturnType<typeof testRedis>>[];
}

it("J4: the streams of another process hear the ends and settings of all masters", async () => {
  const prefix = freshPrefix("curfew");
  const [one, two] = [await startApp({ prefix }), await startApp({ prefix })];
  const names = Array.from({ length: USERS }, (_, index) => `user-${String(index)}`);
  const browsers = await Promise.all(names.map((name) => one.signedIn(name)));
  const streams = await Promise.all(browsers.map(({ cookieHeader }) => openStream(two.url, cookieHeader)));
  await untilSubscribed(prefix);
  const masters = ((await testRedis()) as unknown as Nodes).nodes("master");
  const users = await Promise.all(masters.map((master) => master.keys(`${prefix}u:*`)));
  expect(users.map((keys) => keys.length > 0)).toEqual([true, true, true]);

  await one.curfew.settings.update({ sessionMinutes: 60 });
  const settings = { id: "settings-1", name: "settings", data: { version: 1 } };
  expect(await Promise.all(streams.map((stream) => stream.next()))).toEqual(names.map(() => settings));

  const startedAt = performance.now();
  await Promise.all(names.map((userId) => one.curfew.sessions.endAll({ userId })));
  const news = await Promise.all(streams.map((stream) => stream.next()));
  expect(performance.now() - startedAt).toBeLessThan(2_500);
  const ended = { name: "ended", data: { reason: "revoked_by_admin" } };
  expect(news).toMatchObject(names.map(() => ended));
  await Promise.all(streams.map((stream) => stream.ended));
});
