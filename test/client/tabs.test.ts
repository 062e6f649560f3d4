/** Tabs in step, with a clock and a server that tests control. */
import { describe, expect, it } from "vitest";
import { minutes } from "../harness/policy-fixtures.js";
import { World } from "./world.js";

const IDLE = { inactivityLogout: true, allowPersistentSessions: false, sessionMinutes: 300 };

describe("tabs of one browser", () => {
  it("N5, W9: activity or an extension in one closes the warning in all", async () => {
    const world = new World(IDLE);
    const first = await world.open();
    const second = await world.open({ isHidden: true });
    await world.at(14.5);
    expect(first.view.warning?.action).toBe("stay");
    expect(second.view.warning?.action).toBe("stay");
    await second.watch.actions.stay();
    await world.pass(2);
    expect([first.view.warning, second.view.warning]).toEqual([null, null]);
    expect(first.eventNames).toEqual(["warning", "extended"]);
    expect(first.view.remainingMs).toBeGreaterThan(minutes(14.9));
  });

  it("ten open tabs cost about one call a minute together", async () => {
    const world = new World({ sessionMinutes: 300 });
    for (let count = 0; count < 10; count++) await world.open();
    const before = world.calls.length;
    await world.pass(minutes(30));
    expect(world.calls.length - before).toBeLessThanOrEqual(34);
  });

  it("a frozen tab holds up no other, and asks when it wakes", async () => {
    const world = new World(IDLE);
    const frozen = await world.open();
    const other = await world.open();
    frozen.later = () => () => undefined;
    await world.at(14);
    await other.watch.actions.stay();
    expect(other.view.warning).toBeNull();
    frozen.watch.wake();
    await world.pass(10);
    expect(frozen.view).toMatchObject({ cover: "none", warning: null });
  });

  it("N5: a sign-out in one reaches all; each confirms it and keeps its own page to return to", async () => {
    const world = new World({ sessionMinutes: 30 });
    const first = await world.open();
    const second = await world.open();
    await first.watch.actions.signOut();
    await world.pass(1_000);
    expect(first.left).toBe("/login");
    expect(second.left).toBe("/login?reason=signed_out&return_to=%2Ftickets%2F42%3Ftab%3D2");
    expect(second.events.find(({ name }) => name === "ended")?.detail).toMatchObject({
      reason: "signed_out",
    });
  });

  it("a forged `ended` covers until the server has spoken, and signs no user out", async () => {
    const world = new World();
    const tab = await world.open();
    world.latencyMs = 50;
    tab.watch.hear({ v: 1, type: "ended", sessionTag: "one" });
    expect(tab.view.cover).toBe("checking");
    await world.pass(60);
    expect(tab.view.cover).toBe("none");
    expect(tab.left).toBeNull();
  });

  it("a forged `status` extends nothing", async () => {
    const world = new World({ sessionMinutes: 5 });
    const tab = await world.open();
    await world.at(1);
    tab.watch.hear({
      v: 1,
      type: "status",
      status: { ...world.status(), remainingMs: minutes(999) },
      ageMs: 0,
    });
    await world.at(5.1);
    expect(tab.left).toContain("reason=absolute");
  });

  it("C3: another session of the same user is adopted, and an answer starts no exchange of messages", async () => {
    const world = new World();
    const first = await world.open();
    const second = await world.open();
    await world.pass(5);
    world.sessionTag = "two";
    const before = world.calls.length;
    first.watch.hint();
    second.watch.hear({ v: 1, type: "status", status: world.status(), ageMs: 0 });
    await world.pass(5_000);
    expect(world.calls.length - before).toBe(2);
    expect([first.left, second.left]).toEqual([null, null]);
  });

  it("another user's session sends the tab to the start page", async () => {
    const world = new World();
    const tab = await world.open();
    world.userTag = "bob";
    world.sessionTag = "bob's";
    tab.watch.hear({ v: 1, type: "status", status: world.status(), ageMs: 0 });
    await world.pass(10);
    expect(tab.left).toBe("/");
    expect(tab.view.cover).toBe("leaving");
  });

  it("N14: a re-authentication in one renews the others, with an event for their tokens", async () => {
    const world = new World({ ...IDLE, sessionMinutes: 15 });
    const first = await world.open();
    const second = await world.open();
    await world.at(14);
    await first.watch.actions.reauthenticate({ password: "right" });
    await world.pass(10);
    expect(second.view.warning).toBeNull();
    expect(second.eventNames).toContain("reauthenticated");
  });

  it("an answer about the old session that comes after a re-authentication ends nothing", async () => {
    const world = new World({ ...IDLE, sessionMinutes: 15 });
    const tab = await world.open();
    await world.at(14);
    const answer = world.answer.bind(world);
    world.answer = async (call) => {
      if (call.path !== "/status") return answer(call);
      await new Promise<void>((resolve) => world.later(500, resolve));
      world.answer = answer;
      const ended = { error: "session_ended", reason: "signed_out", loginUrl: "/login" } as const;
      return { kind: "ended", ended };
    };
    tab.watch.hint();
    await world.pass(100);
    await tab.watch.actions.reauthenticate({ password: "right" });
    await world.pass(1_000);
    expect(tab.left).toBeNull();
    expect(tab.view).toMatchObject({ cover: "none", warning: null });
  });
});
