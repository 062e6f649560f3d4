import { describe, expect, it } from "vitest";
import { deadlines, effectiveSettings, parseStoredSettings } from "../../src/policy/index.js";
import { aSession, days, limitsWith, save, settingsWith, T } from "../harness/policy-fixtures.js";
import { patchUnder, SETTINGS_VECTORS, settingsUnder } from "../harness/settings-vectors.js";

const NAMES = { p: "allowPersistentSessions", m: "sessionMinutes", i: "inactivityLogout" } as const;

describe("settings vectors of the policy", () => {
  it.each(SETTINGS_VECTORS)("$title", ({ before, patch, after, refused }) => {
    const saved = save(settingsWith(settingsUnder(NAMES, before)), patchUnder(NAMES, patch));
    expect(saved.settings).toEqual(settingsWith(settingsUnder(NAMES, after)));
    const wrong = saved.ok ? [] : saved.problems.map(({ field }) => field);
    expect(wrong.toSorted()).toEqual(refused.map((field) => NAMES[field]).toSorted());
  });

  it("V18: 181 minutes, saved by another dialect, are readable", () => {
    const stored = settingsWith({ sessionMinutes: 181 });
    expect(parseStoredSettings(JSON.parse(JSON.stringify(stored)))).toEqual(stored);
  });

  it("V19: 1,000 hours are stored as given and take effect as 720", () => {
    const stored = parseStoredSettings(settingsWith({ sessionMinutes: 60_000 }));
    if (!stored) throw new Error("expected readable settings");
    const effective = effectiveSettings(stored, limitsWith());
    expect([stored.sessionMinutes, effective.sessionMinutes]).toEqual([60_000, 43_200]);
    const session = aSession({ expiresAt: T + days(300) });
    expect(deadlines(session, effective).absoluteAt).toBe(T + days(30));
  });
});
