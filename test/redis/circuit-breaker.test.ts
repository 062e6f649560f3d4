import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Fuse, Fuses } from "../../src/redis/circuit-breaker.js";

describe("a fuse", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["performance"] });
    vi.advanceTimersByTime(1_000);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("lets everything pass while its server answers", () => {
    const fuse = new Fuse();
    expect([fuse.lets(), fuse.lets()]).toEqual([true, true]);
  });

  it("lets one command in 100 ms pass after a wait in vain, until there is an answer", () => {
    const fuse = new Fuse();
    fuse.noteSilence(performance.now());
    expect([fuse.lets(), fuse.lets()]).toEqual([true, false]);
    vi.advanceTimersByTime(99);
    expect(fuse.lets()).toBe(false);
    vi.advanceTimersByTime(1);
    expect([fuse.lets(), fuse.lets()]).toEqual([true, false]);
    fuse.reset();
    expect([fuse.lets(), fuse.lets()]).toEqual([true, true]);
  });

  it("tells for how long its server has been silent", () => {
    const fuse = new Fuse();
    expect(fuse.noteSilence(1_000)).toBe(0);
    expect(fuse.noteSilence(1_700)).toBe(700);
    fuse.reset();
    expect(fuse.noteSilence(5_000)).toBe(0);
  });
});

describe("the fuses of a client", () => {
  it("are one where there is one server", () => {
    const fuses = new Fuses({ options: {} });
    expect(fuses.of("one")).toBe(fuses.of("other"));
  });

  // Slots from `CLUSTER KEYSLOT`: foo 12182, bar 5061, a:foo 6233.
  const nodesBySlot = (nodes: Readonly<Record<number, string>>): string[][] => {
    const slots: string[][] = [];
    for (const [slot, node] of Object.entries(nodes)) slots[Number(slot)] = [node, "a replica"];
    return slots;
  };

  it("are one a node on a Cluster, and follow a slot that moves", () => {
    const slots = nodesBySlot({ 12182: "one:1", 5061: "two:2" });
    const fuses = new Fuses({ options: {}, slots });
    const [foo, bar] = [fuses.of("foo"), fuses.of("bar")];
    expect(foo).not.toBe(bar);
    expect(fuses.of("{foo}:more")).toBe(foo);
    slots[12182] = ["two:2"];
    expect(fuses.of("foo")).toBe(bar);
  });

  it("know the prefix that the client puts before keys", () => {
    const slots = nodesBySlot({ 6233: "one:1", 12182: "two:2", 5061: "one:1" });
    const [plain, prefixed] = [
      new Fuses({ options: {}, slots }),
      new Fuses({ options: { keyPrefix: "a:" }, slots }),
    ];
    expect(plain.of("foo")).not.toBe(plain.of("bar"));
    expect(prefixed.of("foo")).toBe(prefixed.of("{a:foo}"));
  });
});
