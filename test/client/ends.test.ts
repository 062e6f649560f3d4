/** Ends, and pages without a session, with a clock and a server that tests control. */
import { describe, expect, it } from "vitest";
import { minutes } from "../harness/policy-fixtures.js";
import { World } from "./world.js";

describe("an end", () => {
  it("C2: an eviction is noticed at the next focus, with the reason", async () => {
    const world = new World({ maxSessionsPerUser: 1 });
    const tab = await world.open();
    await world.at(0.5);
    world.site.signIn(world.now);
    tab.watch.wake();
    await world.pass(1_000);
    expect(tab.left).toContain("reason=evicted");
  });

  it("leaves the page to the app if the app prevents `curfew:ending`, behind the veil", async () => {
    const world = new World({ sessionMinutes: 5 });
    const tab = await world.open();
    tab.prevented = "ending";
    await world.at(6);
    expect(tab.left).toBeNull();
    expect(tab.view.cover).toBe("leaving");
    expect(tab.eventNames).toEqual(["warning", "ended", "ending"]);
  });

  it("listens to events only while the session lives and the tab is visible", async () => {
    const world = new World({ sessionMinutes: 5 });
    const tab = await world.open();
    expect(tab.isListening).toBe(true);
    tab.isHidden = true;
    tab.watch.hide();
    expect(tab.isListening).toBe(false);
    tab.isHidden = false;
    tab.watch.wake();
    expect(tab.isListening).toBe(true);
    await world.at(6);
    expect(tab.isListening).toBe(false);
  });

  it("Back covers the page before the server is asked, and stays covered while it can't be asked", async () => {
    const world = new World();
    const tab = await world.open();
    await world.at(1);
    world.visit.facts = { ...world.visit.facts, end: { reason: "evicted", at: world.now, by: null } };
    world.isDown = true;
    tab.watch.restored();
    expect(tab.view.cover).toBe("checking");
    await world.pass(10);
    expect(tab.view.cover).toBe("unreachable");
    world.isDown = false;
    await world.pass(30_000);
    expect(tab.left).toContain("reason=evicted");
  });

  it("Back to a page that had been left leaves it again", async () => {
    const world = new World();
    const tab = await world.open();
    await tab.watch.actions.signOut();
    await world.pass(100);
    tab.left = null;
    tab.watch.restored();
    expect(tab.view.cover).toBe("checking");
    await world.pass(1_000);
    expect(tab.left).toContain("/login?reason=signed_out");
  });
});

describe("a page without a session", () => {
  it("is left for the login page if it is a user's page, once", async () => {
    const world = new World();
    world.visit.facts = { ...world.visit.facts, end: { reason: "revoked", at: world.now, by: null } };
    const tab = await world.open();
    await world.pass(500);
    expect(tab.left).toContain("reason=revoked");

    // An app that redirects its login page to another page with this script must not loop.
    const next = await world.open({ memory: tab.memory });
    await world.pass(500);
    expect(next.left).toBeNull();
  });

  it("stays if it is public, with no timer and no request", async () => {
    const world = new World();
    world.visit.facts = { ...world.visit.facts, end: { reason: "idle", at: world.now, by: null } };
    const tab = await world.open({ isPublic: true });
    await world.pass(minutes(60));
    expect(world.calls).toHaveLength(1);
    expect(tab.view.cover).toBe("none");
  });

  it("is uncovered after Back, even if it was left before the first answer", async () => {
    const world = new World();
    world.visit.facts = { ...world.visit.facts, end: { reason: "idle", at: world.now, by: null } };
    world.isDown = true;
    const tab = await world.open({ isPublic: true });
    world.isDown = false;
    tab.watch.restored();
    expect(tab.view.cover).toBe("checking");
    await world.pass(minutes(1));
    expect([tab.view.cover, tab.left]).toEqual(["none", null]);
  });

  it("a login page leaves when the user has signed in in another tab", async () => {
    const world = new World();
    world.visit.facts = { ...world.visit.facts, end: { reason: "idle", at: world.now, by: null } };
    const login = await world.open({ isLoginPage: true, returnTo: "/reports" });
    const visitor = await world.open({ isLoginPage: true, returnTo: "/reports" });
    visitor.remember("curfew:user", "bob");
    world.visit = world.site.signIn(world.now);
    world.sessionTag = "two";
    await world.open();
    await world.pass(100);
    expect(login.left).toBe("/reports");
    expect(visitor.left).toBe("/");
  });
});
