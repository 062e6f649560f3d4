/** Bearer tokens in several processes, and many at once. */
import { describe, expect, it } from "vitest";
import { freshPrefix } from "../harness/redis.js";
import { startTokenSite as start } from "./bearer-site.js";

describe("two processes", () => {
  it("once one has ended a token, no later call passes in the other, among 300 calls at once", async () => {
    const prefix = freshPrefix("bearer");
    const shared = { prefix, sessionPrefix: `${prefix}sess:`, realClock: true };
    const [one, other] = [await start(shared), await start(shared)];
    const { token, ref } = await one.issue();
    let hasEnded = false;
    const late: number[] = [];
    const statuses: number[] = [];
    const call = async (): Promise<void> => {
      const isLate = hasEnded;
      const status = await other.call(token);
      (isLate ? late : statuses).push(status);
    };
    const calls: Promise<void>[] = [];
    for (let n = 0; n < 300; n++) {
      if (n === 100)
        calls.push(
          one.curfew.sessions.end(ref).then(() => {
            hasEnded = true;
          }),
        );
      calls.push(call());
      if (n % 10 === 9) await new Promise(setImmediate);
    }
    await Promise.all(calls);
    for (let n = 0; n < 50; n++) await call();
    expect(statuses).toContain(200);
    expect(late.length).toBeGreaterThanOrEqual(50);
    expect(new Set(late)).toEqual(new Set([401]));
  });

  it("100 tokens that are issued at once all live, and one revocation ends them all", async () => {
    const site = await start();
    const tokens = await Promise.all(
      [...Array(100).keys()].map((n) => site.issue({ scopes: [`n:${String(n)}`] })),
    );
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(100);
    const statuses = () => Promise.all(tokens.map(({ token }) => site.call(token)));
    expect(new Set(await statuses())).toEqual(new Set([200]));
    site.at("0:01");
    await site.curfew.sessions.endAll({ userId: "ann" });
    expect(new Set(await statuses())).toEqual(new Set([401]));
  });
});
