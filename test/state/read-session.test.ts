import { describe, expect, it } from "vitest";
import { Events } from "../../src/events.js";
import { DEFAULT_LIMITS, DEFAULT_SETTINGS } from "../../src/policy/index.js";
import { createKeys } from "../../src/state/keys.js";
import { BookCache } from "../../src/state/values/book-cache.js";
import { SettingsCache } from "../../src/state/values/settings-cache.js";
import { encodeSettings } from "../../src/state/values/settings-codec.js";
import { readSession } from "../../src/state/sessions/read-session.js";
import type { TimedValues } from "../../src/redis/port.js";
import type { Storage } from "../../src/state/storage.js";

/** Returns a cluster. The node with the settings answers at once, the node with the records when a test releases it. */
function cluster() {
  let settings: string | null = null;
  const held: (() => void)[] = [];
  const readTogether = (keys: readonly string[]): Promise<TimedValues> => {
    // Read now, and answered when the node with the record answers.
    const values = keys.map((key) => (key === "curfew:settings" ? settings : null));
    return new Promise((resolve) => {
      held.push(() => {
        resolve({ values, serverTime: 0 });
      });
    });
  };
  const redis = { call: () => Promise.resolve(null), readTogether };
  const events = new Events(() => undefined);
  const storage = {
    redis,
    background: redis,
    keys: createKeys("curfew:", "sess:"),
    settings: new SettingsCache(DEFAULT_SETTINGS, DEFAULT_LIMITS, events),
    books: new BookCache(),
    events,
    clock: () => 0,
  } as unknown as Storage;
  return {
    save: (stamp: string, sessionMinutes: number): void => {
      settings = encodeSettings({
        stamp,
        version: 1,
        settings: { ...DEFAULT_SETTINGS, sessionMinutes },
        rules: "",
        endedAt: null,
        extra: {},
      });
    },
    /** Returns the session minutes that a request uses. */
    ask: async () =>
      (await readSession(storage, { ref: "ref", tag: "tag", secretHash: "" })).settings.effective
        .sessionMinutes,
    /** Releases the answer with the record of one request. */
    release: (index: number) => held[index]?.(),
  };
}

describe("reading key by key", () => {
  it("uses the settings of its own read", async () => {
    const { save, ask, release } = cluster();
    save("first", 50);
    const request = ask();
    release(0);
    expect(await request).toBe(50);
  });

  it("L13: an older answer that arrives later brings no older settings back", async () => {
    const { save, ask, release } = cluster();
    save("first", 50);
    const slow = ask();
    save("second", 40);
    const quick = ask();
    release(1);
    expect(await quick).toBe(40);
    const next = ask();
    release(0);
    await slow;
    release(2);
    expect(await next).toBe(40);
  });
});
