import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { CircuitBreaker, CircuitBreakers } from "../../src/redis/circuit-breaker.js";

describe("a breaker", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["performance"] });
    vi.advanceTimersByTime(1_000);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("lets all commands pass while its server answers", () => {
    const breaker = new CircuitBreaker();
    expect([breaker.lets(), breaker.lets()]).toEqual([true, true]);
  });

  it("lets no command pass while others wait for a silent server, and all after a reply", () => {
    const breaker = new CircuitBreaker();
    breaker.noteSent();
    breaker.noteSent();
    breaker.noteSilence(performance.now());
    expect([breaker.isOpen, breaker.lets()]).toEqual([true, false]);
    vi.advanceTimersByTime(1_999);
    expect(breaker.lets()).toBe(false);
    breaker.noteEnd(true);
    expect([breaker.isOpen, breaker.lets(), breaker.lets()]).toEqual([false, true, true]);
  });

  it("lets one command pass at a time after the others ended without a reply", () => {
    const breaker = new CircuitBreaker();
    breaker.noteSent();
    breaker.noteSilence(performance.now());
    breaker.noteEnd(false);
    expect([breaker.isOpen, breaker.lets()]).toEqual([true, true]);
    breaker.noteSent();
    expect(breaker.lets()).toBe(false);
  });

  it("lets one command in 2 s pass if the others never end", () => {
    const breaker = new CircuitBreaker();
    breaker.noteSent();
    breaker.noteSilence(performance.now());
    vi.advanceTimersByTime(2_000);
    expect([breaker.lets(), breaker.lets()]).toEqual([true, false]);
  });

  it("gives a connection up after 2 s of silence, then counts from the start", () => {
    const breaker = new CircuitBreaker();
    expect(breaker.givesUp(5_000)).toBe(false);
    breaker.noteSilence(5_000);
    breaker.noteSilence(6_500);
    expect([breaker.givesUp(6_999), breaker.givesUp(7_000), breaker.givesUp(7_100)]).toEqual([
      false,
      true,
      false,
    ]);
    breaker.noteSent();
    breaker.noteEnd(true);
    expect(breaker.givesUp(20_000)).toBe(false);
  });
});

describe("the breakers of a client", () => {
  it("are a single breaker for a single server", () => {
    const breakers = new CircuitBreakers({ options: {} });
    expect(breakers.of("one")).toBe(breakers.of("other"));
  });

  // Slots from `CLUSTER KEYSLOT`: foo 12182, bar 5061, a:foo 6233.
  const nodesBySlot = (nodes: Readonly<Record<number, string>>): string[][] => {
    const slots: string[][] = [];
    for (const [slot, node] of Object.entries(nodes)) slots[Number(slot)] = [node, "a replica"];
    return slots;
  };

  it("are one for each node of a Cluster, and follow a slot that moves", () => {
    const slots = nodesBySlot({ 12182: "one:1", 5061: "two:2" });
    const breakers = new CircuitBreakers({ options: {}, slots });
    const [foo, bar] = [breakers.of("foo"), breakers.of("bar")];
    expect(foo).not.toBe(bar);
    expect(breakers.of("{foo}:more")).toBe(foo);
    slots[12182] = ["two:2"];
    expect(breakers.of("foo")).toBe(bar);
  });

  it("let a command to a node of a Cluster pass every 100 ms, because others may wait for another node", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const breaker = new CircuitBreakers({ options: {}, slots: nodesBySlot({ 12182: "one:1" }) }).of("foo");
    breaker.noteSent();
    breaker.noteSilence(performance.now());
    expect(breaker.lets()).toBe(false);
    vi.advanceTimersByTime(100);
    expect([breaker.lets(), breaker.lets()]).toEqual([true, false]);
  });

  it("know the prefix that the client puts before keys", () => {
    const slots = nodesBySlot({ 6233: "one:1", 12182: "two:2", 5061: "one:1" });
    const [plain, prefixed] = [
      new CircuitBreakers({ options: {}, slots }),
      new CircuitBreakers({ options: { keyPrefix: "a:" }, slots }),
    ];
    expect(plain.of("foo")).not.toBe(plain.of("bar"));
    expect(prefixed.of("foo")).toBe(prefixed.of("{a:foo}"));
  });
});
