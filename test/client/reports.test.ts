/** Reports of input, with a clock and a server that tests control. */
import { describe, expect, it } from "vitest";
import { minutes } from "../harness/policy-fixtures.js";
import { World } from "./world.js";

const IDLE = { inactivityLogout: true, allowPersistentSessions: false, sessionMinutes: 300 };

describe("reports of input", () => {
  it("N2: sends the first input at once, then one report a minute with the true idle time", async () => {
    const world = new World(IDLE);
    const tab = await world.open();
    await tab.click();
    expect(world.callsOf("/activity")).toHaveLength(1);
    await world.pass(20_000);
    let lastInputAt = 0;
    for (let second = 0; second < 10; second++) {
      tab.watch.input(false);
      lastInputAt = world.now;
      await world.pass(1_000);
    }
    expect(world.callsOf("/activity")).toHaveLength(1);
    await world.pass(minutes(1));
    expect(world.callsOf("/activity")).toHaveLength(2);
    expect(world.visit.facts.lastActivityAt).toBe(lastInputAt);
  });

  it("N1: a person who clicks every ten minutes stays signed in", async () => {
    const world = new World(IDLE);
    const tab = await world.open();
    for (let minute = 10; minute < 280; minute += 10) {
      await world.at(minute);
      await tab.click();
    }
    expect(tab.left).toBeNull();
    expect(tab.eventNames).toEqual([]);
  });

  it("an input just before the warning is reported in its place", async () => {
    const world = new World(IDLE);
    const tab = await world.open();
    await world.at(12.8);
    await tab.click();
    await world.pass(5_000);
    await tab.click();
    await world.at(14);
    expect(tab.view.warning).toBeNull();
    expect(tab.view.remainingMs).toBeGreaterThan(minutes(13));
  });

  it("flushes a report when the page is hidden", async () => {
    const world = new World(IDLE);
    const tab = await world.open();
    await tab.click();
    await world.pass(5_000);
    tab.watch.input(false);
    await world.pass(2_000);
    tab.isHidden = true;
    tab.watch.hide();
    expect(world.callsOf("/activity").at(-1)).toEqual({
      path: "/activity",
      body: { idleMs: 2_000 },
      keepalive: true,
    });
  });

  it("repeats a report that the server may not have heard", async () => {
    const world = new World(IDLE);
    const tab = await world.open();
    world.isDown = true;
    await tab.click();
    world.isDown = false;
    await world.pass(minutes(1.2));
    expect(world.callsOf("/activity")).toHaveLength(2);
    expect(world.visit.facts.lastActivityAt).toBeGreaterThan(0);
  });

  it("cost an open tab one request a minute, polls included, and a hidden tab none", async () => {
    const world = new World({ sessionMinutes: 300 });
    const tab = await world.open();
    await world.at(60);
    expect(world.calls.length).toBeLessThanOrEqual(68);
    for (let second = 0; second < 3_600; second++) {
      tab.watch.input(true);
      await world.pass(1_000);
    }
    expect(world.calls.length).toBeLessThanOrEqual(2 * 68);
    tab.isHidden = true;
    tab.watch.hide();
    const before = world.calls.length;
    await world.pass(minutes(60));
    expect(world.calls.length).toBe(before);
  });
});
