import { afterEach, describe, expect, it, vi } from "vitest";
import { startApp } from "../harness/app.js";
import { minutes } from "../harness/policy-fixtures.js";

afterEach(() => {
  vi.useRealTimers();
});

/** Sets this process's clock wrong. */
function skewBy(milliseconds: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + milliseconds });
}

describe("Q28: without a clock of the app's own, Redis's decides", () => {
  it.each([-16, 16, 3 * 1_440])("this process's clock may be wrong by %i minutes", async (wrongBy) => {
    const site = await startApp({ realClock: true, defaults: { inactivityLogout: true } });
    const before = await site.signedIn("ann");
    skewBy(minutes(wrongBy));
    const after = await site.signedIn("ann");
    for (const browser of [before, after]) {
      const { remainingMs } = await browser.status();
      expect(remainingMs).toBeGreaterThan(minutes(14.8));
      expect(remainingMs).toBeLessThanOrEqual(minutes(15));
    }
  });

  it("D2: a session ends in real time, and says why", async () => {
    const site = await startApp({ realClock: true });
    const browser = await site.signedIn("ann", { lifetimeMinutes: 0.005 });
    expect(await browser.standing()).toBe("in");
    await expect.poll(() => browser.standing(), { interval: 50, timeout: 5_000 }).toBe("absolute");
  });
});

describe("a clock that has been set back", () => {
  it("ends sessions of the time to come, and is named as what may have ended them", async () => {
    const site = await startApp();
    const ann = await site.signedIn("ann");
    site.clock.advance({ minutes: -10 });
    expect(await ann.standing()).toBe("unknown");
    expect(site.log).toMatchObject([
      { code: "corrupt_record", message: expect.stringContaining("the clock has been set back") as string },
    ]);
  });
});
