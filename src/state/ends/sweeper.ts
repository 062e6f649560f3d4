import { randomBytes } from "node:crypto";
import type { SessionRecord } from "../../policy/index.js";
import { withUsers, type Candidate } from "../sessions/list-sessions.js";
import { ownRuleIn } from "../sessions/user-format.js";
import { encodeFacts, type AppFacts } from "../values/app-facts.js";
import type { InForce } from "../values/in-force.js";
import * as scripts from "../scripts.generated.js";
import { tellAgain } from "../sessions/tell-end.js";
import { parseRecord } from "../sessions/record-format.js";
import { readSettings } from "../settings/settings-store.js";
import { nowOf, readText, type Storage } from "../storage.js";
import {
  dropSwept,
  KEPT_MS,
  nextDeadline,
  parseEntry,
  queueSweep,
  readSlot,
  SLOT_MS,
  slotOf,
} from "../list/due-list.js";
import { judgeWatched } from "./judge-watched.js";

/** Interval of a process's tries to sweep, in milliseconds. */
const EVERY_MS = 15_000;
/** Time for which a process has the turn to sweep, in milliseconds. If the process dies, another one sweeps then. */
const TURN_MS = 14_000;
/** Number of slots that a sweep looks at again. A slow sign-in may have used a slot that had just been swept. */
const SLOTS_AGAIN = 2;
/** Number of sessions that are ended side by side. */
const AT_ONCE = 25;
/** Number of slots that are read side by side. */
const SLOTS_AT_ONCE = 64;

/** Finds the ends that no request finds: sessions whose deadline has passed, and recorded ends without an event. */
export class Sweeper {
  readonly #storage: Storage;
  readonly #name = randomBytes(9).toString("base64url");
  #timer: NodeJS.Timeout | undefined;
  #isSweeping = false;
  readonly #facts: () => AppFacts;

  /** @param facts - returns the app's configuration, which each sweep writes to Redis */
  constructor(storage: Storage, facts: () => AppFacts) {
    this.#storage = { ...storage, redis: storage.background };
    this.#facts = facts;
  }

  /** Begins to sweep from time to time, in turn with the other processes. */
  start(): void {
    this.#timer = setInterval(() => {
      if (this.#isSweeping) return;
      this.#isSweeping = true;
      // While Redis is away a sweep fails, and a later sweep finds the ends.
      this.#storage.backgroundWork.begin(
        () => this.sweep().finally(() => (this.#isSweeping = false)),
        () => undefined,
      );
    }, EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Sweeps the slots that have passed since the last sweep of any process. */
  async sweep(): Promise<void> {
    if (!(await this.#takeTurn())) return;
    const storage = this.#storage;
    const { inForce, now } = await readSettings(storage);
    await storage.redis.call("SET", [storage.keys.app, encodeFacts(this.#facts(), now)]);
    const last = Math.floor(now / SLOT_MS);
    // A key of another type counts as none, and the end of this sweep replaces it.
    const swept = Number(await readText(storage, storage.keys.swept)) || 0;
    const oldest = slotOf(now - KEPT_MS);
    // After a jump of the clock the last sweep may be in the future.
    const first = Math.max(oldest, Math.min(swept, last) - SLOTS_AGAIN);
    for (let slot = first; slot <= last; slot += SLOTS_AT_ONCE) {
      const slots = range(slot, Math.min(slot + SLOTS_AT_ONCE - 1, last));
      const heads = await Promise.all(slots.map((each) => readSlot(storage, each)));
      for (const [index, head] of heads.entries())
        if (head.length > 0 && !(await this.#sweepSlot(slots[index] ?? slot, head, inForce, now))) return;
    }
    await storage.redis.call("SET", [storage.keys.swept, last, "PX", KEPT_MS]);
  }

  async #takeTurn(): Promise<boolean> {
    const { redis, keys } = this.#storage;
    return (await redis.run(scripts.takeTurn, [keys.turn, this.#name, TURN_MS])) === 1;
  }

  /** Sweeps one slot. @returns false if another process has the turn by now */
  async #sweepSlot(
    slot: number,
    head: readonly string[],
    inForce: InForce,
    startedAt: number,
  ): Promise<boolean> {
    for (let texts: readonly string[] = head; texts.length > 0; texts = await readSlot(this.#storage, slot)) {
      await this.#look(texts, inForce, startedAt);
      if (!(await dropSwept(this.#storage, slot, texts)) || !(await this.#takeTurn())) return false;
    }
    return true;
  }

  /** Looks at sessions again. Those that live are noted for their next deadline. */
  async #look(texts: readonly string[], inForce: InForce, startedAt: number): Promise<void> {
    const storage = this.#storage;
    const entries = [...new Set(texts)].map(parseEntry);
    const keys = entries.map(({ ref }) => storage.keys.record(ref));
    const { values, serverTime } = await storage.redis.readTogether(keys);
    const now = nowOf(storage, serverTime);
    const next = new Map<number, string[]>();
    const note = (ref: string, endsAt: number): void => {
      const slot = slotOf(endsAt);
      next.set(slot, [...(next.get(slot) ?? []), ref]);
    };
    const open: Omit<Candidate, "user">[] = [];
    const over: string[] = [];
    const untold: { readonly ref: string; readonly record: SessionRecord }[] = [];
    for (const [index, { ref, about }] of entries.entries()) {
      const record = parseRecord(values[index] ?? "");
      if (about === "end") {
        if (record?.end && record.userId !== "") untold.push({ ref, record });
      } else if (record && !record.end) open.push({ ref, record, now });
    }
    for (const { ref, record, user } of await withUsers(storage, open)) {
      const settings = inForce.for(record, ownRuleIn(user));
      const endsAt = settings ? nextDeadline(record, settings) : now;
      if (now < endsAt) note(ref, endsAt);
      else over.push(ref);
    }
    await inSteps(over, async (ref) => {
      const judged = await judgeWatched(storage, ref, inForce);
      if (judged.state === "active") note(ref, judged.endsAt);
    });
    await inSteps(untold, ({ ref, record }) => tellAgain(storage, ref, record));
    // The clock of another node of a Cluster may be behind. The slots of this sweep must not fill again.
    const latest = Math.max(now, startedAt);
    await Promise.all([...next].map(([slot, refs]) => queueSweep(storage, refs, slot * SLOT_MS, latest)));
  }
}

/** Calls `work` for each item, with some of them at once, so that requests do not wait for a long sweep. */
async function inSteps<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += AT_ONCE)
    await Promise.all(items.slice(at, at + AT_ONCE).map(work));
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
