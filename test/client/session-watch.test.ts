/** The browser's state machine with a clock and a server that tests control. */
import { describe, expect, it } from "vitest";
import { minutes } from "../harness/policy-fixtures.js";
import { World } from "./world.js";

const IDLE = { inactivityLogout: true, allowPersistentSessions: false, sessionMinutes: 300 };

describe("the warning", () => {
  it("closes after an extension, even if a poll was sent later and answered before", async () => {
    const world = new World({ sessionMinutes: 30 });
    const tab = await world.open();
    await world.at(29);
    const answer = world.answer.bind(world);
    world.answer = async (call) => {
      const wait = (milliseconds: number) =>
        new Promise<void>((resolve) => void world.later(milliseconds, resolve));
      if (call.path === "/extend") await wait(300);
      const answered = await answer(call);
      await wait(50);
      return answered;
    };
    const staying = tab.watch.actions.stay();
    await world.pass(100);
    tab.watch.hint();
    await world.pass(1_000);
    await staying;
    expect(tab.view.warning).toBeNull();
    expect(tab.view.remainingMs).toBeGreaterThan(minutes(29));
  });

  it("D3, D9: opens two minutes before the end, after asking the server", async () => {
    const world = new World({ sessionMinutes: 30 });
    const tab = await world.open();
    await world.pass(minutes(28) - 1);
    expect(tab.view.warning).toBeNull();
    const asked = world.calls.length;
    await world.pass(2);
    expect(world.calls.length).toBe(asked + 1);
    expect(tab.view.warning).toMatchObject({ action: "extend", limit: "absolute", isBusy: false });
    expect(tab.view.remainingMs).toBeLessThanOrEqual(minutes(2));
    expect(tab.events).toEqual([
      { name: "warning", detail: { action: "extend", limit: "absolute", remainingMs: minutes(2) } },
    ]);
  });

  it.each([5, 29, 30, 31, 1_440])(
    "D5: extends a session of %s minutes, and opens again",
    async (sessionMinutes) => {
      const world = new World({ sessionMinutes });
      const tab = await world.open();
      await world.at(sessionMinutes - 1);
      expect(tab.view.warning?.action).toBe("extend");
      await tab.watch.actions.stay();
      expect(tab.view.warning).toBeNull();
      const extendedMs = minutes(Math.min(sessionMinutes, 30));
      expect(tab.view.remainingMs).toBe(extendedMs);
      expect(tab.eventNames).toEqual(["warning", "extended"]);
      await world.pass(extendedMs - minutes(2) - 1);
      expect(tab.view.warning).toBeNull();
      await world.pass(2);
      expect(tab.view.warning?.action).toBe("extend");
    },
  );

  it("N2: a stray input beside the open warning extends nothing", async () => {
    const world = new World(IDLE);
    const tab = await world.open();
    await world.at(13.5);
    await tab.click();
    expect(tab.view.warning?.action).toBe("stay");
    expect(world.callsOf("/activity")).toEqual([]);
    await world.at(15.1);
    expect(tab.left).toBe("/login?reason=idle&return_to=%2Ftickets%2F42%3Ftab%3D2");
    expect(tab.eventNames).toEqual(["warning", "ended", "ending"]);
  });

  it("N3, W12: becomes the other warning if staying reaches the absolute limit", async () => {
    const world = new World(IDLE);
    const tab = await world.open();
    for (let minute = 10; minute <= 284; minute += 1) {
      await world.at(minute);
      await tab.click();
    }
    await world.at(298.5);
    expect(tab.view.warning?.action).toBe("stay");
    await tab.watch.actions.stay();
    expect(tab.view.warning).toMatchObject({ action: "reauthenticate", limit: "absolute" });
    expect(tab.view.remainingMs).toBe(minutes(1.5));
  });

  it("N7, N14: takes a password in place; a wrong password changes nothing", async () => {
    const world = new World({ ...IDLE, sessionMinutes: 15 });
    const tab = await world.open();
    await world.at(13.5);
    expect(tab.view.warning?.action).toBe("reauthenticate");
    expect(await tab.watch.actions.reauthenticate({ password: "wrong" })).toBe(false);
    expect(tab.view.warning?.problem).toEqual({ kind: "bad_credentials", retryInMs: null });
    expect(await tab.watch.actions.reauthenticate({ password: "right" })).toBe(true);
    expect(tab.view.warning).toBeNull();
    expect(tab.eventNames).toEqual(["warning", "extended", "reauthenticated"]);
    expect(tab.view.remainingMs).toBe(minutes(15));
  });

  it("waits for a pause in typing, at most ten seconds", async () => {
    const world = new World({ sessionMinutes: 30 });
    const tab = await world.open();
    await world.at(27.9);
    for (let second = 0; second < 12; second++) {
      tab.watch.input(true);
      await world.pass(500);
      tab.watch.input(true);
      await world.pass(500);
    }
    expect(tab.view.warning).toBeNull();
    await world.pass(1_600);
    expect(tab.view.warning).not.toBeNull();

    const other = new World({ sessionMinutes: 30 });
    const typing = await other.open();
    await other.at(27.9);
    for (let second = 0; second < 20; second++) {
      typing.watch.input(true);
      await other.pass(900);
    }
    expect(typing.view.warning).not.toBeNull();
  });

  it("becomes a banner and a dialog again, without an extension", async () => {
    const world = new World({ ...IDLE, sessionMinutes: 15 });
    const tab = await world.open();
    await world.at(14);
    tab.watch.actions.minimize(true);
    expect(tab.view.warning).toMatchObject({ isMinimized: true });
    expect(world.callsOf("/extend")).toEqual([]);
    tab.watch.actions.minimize(false);
    expect(tab.view.warning).toMatchObject({ isMinimized: false });
  });

  it("is the app's own dialog if the app prevents the event's default", async () => {
    const world = new World({ sessionMinutes: 30 });
    const tab = await world.open();
    tab.prevented = "warning";
    await world.at(28.5);
    expect(tab.view.warning).toBeNull();
    await tab.watch.actions.stay();
    expect(tab.eventNames).toEqual(["warning", "extended"]);
  });

  it("is not opened for sessions that have no action", async () => {
    const world = new World();
    world.visit = world.site.signIn(world.now, { kind: "api" });
    const tab = await world.open();
    await world.at(59.5);
    expect(tab.eventNames).toEqual([]);
  });
});

describe("a server that does not answer", () => {
  it("leaves the page alone, tries again with back-off, and shows a banner after two failures", async () => {
    const world = new World({ sessionMinutes: 300 });
    const tab = await world.open();
    world.isDown = true;
    await world.pass(minutes(1) + 1);
    expect(tab.view).toMatchObject({ cover: "none", banner: null });
    await world.pass(5_000);
    expect(tab.view).toMatchObject({ cover: "none", banner: "unreachable" });
    const before = world.calls.length;
    await world.pass(minutes(5));
    expect(world.calls.length - before).toBeLessThanOrEqual(16);
    world.isDown = false;
    await world.pass(30_001);
    expect(tab.view.banner).toBeNull();
  });

  it("neither closes the warning nor signs out: Stay tries again after 1, 2, 4 and 8 s", async () => {
    const world = new World(IDLE);
    const tab = await world.open();
    await world.at(13.5);
    world.isDown = true;
    await tab.watch.actions.stay();
    expect(tab.view.warning?.problem).toEqual({ kind: "unreachable", retryInMs: 1_000 });
    await world.pass(16_000);
    expect(world.callsOf("/extend")).toHaveLength(5);
    expect(tab.view.warning?.problem?.kind).toBe("unreachable");
    world.isDown = false;
    await world.pass(8_000);
    expect(tab.view.warning).toBeNull();
    expect(tab.eventNames).toEqual(["warning", "extended"]);
  });

  it("covers the page at the deadline, and uncovers it if the session lives", async () => {
    const world = new World({ sessionMinutes: 30 });
    const tab = await world.open();
    await world.at(29);
    world.isDown = true;
    await world.at(30.1);
    expect(tab.view).toMatchObject({ cover: "unreachable", warning: null });
    expect(tab.left).toBeNull();
    world.visit.facts = { ...world.visit.facts, expiresAt: world.now + minutes(30), extendedAt: world.now };
    world.isDown = false;
    tab.watch.retry();
    expect(tab.view.cover).toBe("checking");
    await world.pass(0);
    expect(tab.view.cover).toBe("none");
  });

  it("says that the person is offline while the countdown continues", async () => {
    const world = new World({ sessionMinutes: 30 });
    const tab = await world.open();
    world.isOnline = false;
    tab.watch.wake();
    expect(tab.view.banner).toBe("offline");
    await world.at(28.5);
    expect(tab.view.warning?.action).toBe("extend");
    await world.at(30);
    expect(tab.view.cover).toBe("unreachable");
    world.isOnline = true;
    tab.watch.wake();
    await world.pass(1_000);
    expect(tab.left).toContain("reason=absolute");
  });
});

describe("clocks", () => {
  it.each([minutes(3), minutes(60)])(
    "after a sleep of %s ms the page is covered before the server is asked",
    async (sleepMs) => {
      const world = new World({ sessionMinutes: 5 });
      const tab = await world.open();
      await world.at(3);
      await world.sleep(sleepMs);
      world.latencyMs = 100;
      tab.watch.wake();
      expect(tab.view.cover).toBe("checking");
      await world.pass(1_000);
      expect(tab.left).toContain("reason=absolute");
    },
  );

  it("notices a sleep by its late timer alone", async () => {
    const world = new World({ sessionMinutes: 30 });
    const tab = await world.open();
    await world.at(1.1);
    const before = world.calls.length;
    await world.sleep(minutes(10));
    await world.pass(1);
    expect(world.calls.length).toBe(before + 1);
    expect(tab.view.cover).toBe("none");
    expect(tab.view.remainingMs).toBeLessThan(minutes(19));
  });

  it("a clock that a person sets forward or back makes it ask, and ends nothing", async () => {
    for (const aheadMs of [minutes(600), -minutes(600)]) {
      const world = new World({ sessionMinutes: 30 });
      const tab = await world.open();
      tab.wallAheadMs = aheadMs;
      await world.pass(minutes(1));
      expect(tab.view).toMatchObject({ cover: "none", warning: null });
      expect(tab.view.remainingMs).toBe(minutes(29));
      expect(tab.left).toBeNull();
    }
  });

  it("holds a session of 30 days without a timer that overflows", async () => {
    const world = new World({ allowPersistentSessions: true });
    world.visit = world.site.signIn(world.now, { persistent: true });
    const tab = await world.open({ isHidden: true });
    const delays: number[] = [];
    const later = tab.later;
    tab.later = (milliseconds, run) => {
      delays.push(milliseconds);
      return later(milliseconds, run);
    };
    await world.pass(minutes(30));
    expect(Math.max(...delays)).toBeLessThanOrEqual(30_000);
    expect(tab.view.remainingMs).toBeGreaterThan(minutes(43_100));
  });
});

describe("the end of the client", () => {
  it("uncovers the page, and an answer that comes later covers it no more", async () => {
    const world = new World({ sessionMinutes: 30 });
    const tab = await world.open();
    world.isDown = true;
    await world.at(31);
    expect(tab.view.cover).toBe("unreachable");
    world.latencyMs = 100;
    tab.watch.retry();
    tab.watch.stop();
    expect(tab.view).toMatchObject({ cover: "none", warning: null });
    let renders = 0;
    tab.render = () => {
      renders++;
    };
    await world.pass(minutes(1));
    expect(renders).toBe(0);
  });
});
