import { describe, expect, it } from "vitest";
import type { Settings } from "../../src/index.js";
import { startApp, type TestApp } from "../harness/app.js";
import type { Browser } from "../harness/browser.js";
import { playVector } from "../harness/play-vector.js";
import { days, minutes, T } from "../harness/policy-fixtures.js";
import { testRedis } from "../harness/redis.js";
import type { ExtensionAnswer, PlayedSession, Player, Standing } from "../harness/time-vector.js";
import { TIME_VECTORS } from "../harness/time-vectors.js";

/** Plays vectors over HTTP: an app, and a browser for each session. */
async function httpPlayer(settings: Partial<Settings> | undefined): Promise<Player> {
  const site = await startApp(settings && { defaults: settings });
  return {
    setTime: (now) => {
      site.clock.set(now);
    },
    signIn: async (choice) => played(site, await site.signedIn("ann", choice)),
    save: async (patch) => {
      await site.curfew.settings.update(patch);
    },
  };
}

function played(site: TestApp, browser: Browser): PlayedSession {
  return {
    look: () => look(browser),
    act: async () => {
      expect((await browser.act()).status).toBe(200);
    },
    extend: async () => {
      const before = await look(browser);
      const { status, body } = (await browser.extend()) as {
        readonly status: number;
        readonly body: unknown;
      };
      const { error, reason } = body as { readonly error?: string; readonly reason?: ExtensionAnswer };
      if (status === 401 && reason !== undefined) return reason;
      if (status === 409) return error === "extension_too_early" ? "too_early" : (error as ExtensionAnswer);
      const after = await look(browser);
      expect(status, site.url).toBe(200);
      return countOf(after) > countOf(before) ? "extended" : "touched";
    },
  };
}

async function look(browser: Browser): Promise<Standing> {
  const standing = await browser.standing();
  if (standing !== "in") return standing as Standing;
  const [state, { warnMs, remainingMs, action }] = [await browser.state(), await browser.status()];
  if (state.state !== "active") throw new Error(`the page is open, but the state is ${state.state}`);
  const { expiresAt, persistent, signedInAt, extendedCount } = state.session;
  expect(remainingMs).toBe(state.remainingMs);
  return { endsAt: expiresAt, warnAt: expiresAt - warnMs, action, persistent, signedInAt, extendedCount };
}

const countOf = (standing: Standing): number => (typeof standing === "string" ? NaN : standing.extendedCount);

describe("time vectors over HTTP", () => {
  it.each(TIME_VECTORS.map((vector) => [vector.title, vector] as const))("%s", async (_title, vector) => {
    await playVector(await httpPlayer(vector.settings), vector);
  });
});

describe("time vectors, with details that only HTTP has", () => {
  it("W1: req.curfew has the reason and the time of the end", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    site.at("31:00");
    expect(await browser.state()).toMatchObject({
      state: "ended",
      reason: "absolute",
      by: null,
      endedAt: T + minutes(30),
    });
  });

  it("W3: the answer to an extension has the new status", async () => {
    const site = await startApp({ defaults: { sessionMinutes: 5 } });
    const browser = await site.signedIn("ann");
    site.at("3:30");
    expect((await browser.extend()).body).toMatchObject({
      remainingMs: minutes(5),
      extendMs: minutes(5),
      action: "extend",
    });
  });

  it("W12: the answer of staying has the next warning", async () => {
    const site = await startApp({ defaults: { inactivityLogout: true, sessionMinutes: 15 } });
    const browser = await site.signedIn("ann");
    site.at("13:30");
    expect((await browser.extend()).status).toBe(409);
    await site.curfew.settings.update({ idleMinutes: 14 });
    expect((await browser.extend()).body).toMatchObject({
      limit: "absolute",
      action: "reauthenticate",
      remainingMs: minutes(1.5),
    });
  });

  it("W5, Q8: an extension at 10:00 is refused with 409 and says that it opens at 28:00", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    site.at("10:00");
    const early = await browser.extend();
    expect(early.status).toBe(409);
    expect(early.body).toMatchObject({
      error: "extension_too_early",
      opensAt: T + minutes(28),
      opensInMs: minutes(18),
    });
    site.at("30:00");
    expect(await browser.standing()).toBe("absolute");
  });

  it("W6: an extension at 30:01 is refused when nothing is left in Redis either", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann");
    site.at("30:01");
    const redis = await testRedis();
    for (const key of await redis.keys(`${site.prefix}*`)) await redis.del(key);
    const late = await browser.extend();
    expect(late.status).toBe(401);
    expect(late.body).toMatchObject({ error: "session_ended", reason: "unknown" });
  });

  it("W7: with the box ticked the browser may be closed; in on day 29, out at 30 days exactly", async () => {
    const site = await startApp();
    const browser = await site.signedIn("ann", { persistent: true });
    browser.restart();
    site.clock.set(T + days(29));
    expect(await browser.standing()).toBe("in");
    site.clock.set(T + days(30) - 1);
    expect(await browser.standing()).toBe("in");
    site.clock.set(T + days(30));
    expect(await browser.standing()).toBe("absolute");
  });

  it("W10: a page that polls each minute ends at 15:00", async () => {
    const site = await startApp({ defaults: { inactivityLogout: true, sessionMinutes: 300 } });
    const browser = await site.signedIn("ann");
    for (let minute = 1; minute < 15; minute++) {
      site.at(`${minute}:00`);
      expect(await browser.standing()).toBe("in");
      await browser.fetch("post", "/data", { minute });
      await browser.status();
    }
    site.at("15:00");
    expect(await browser.standing()).toBe("idle");
  });
});
