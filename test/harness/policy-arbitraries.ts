import fc from "fast-check";

import { limitsWith, settingsWith } from "./policy-fixtures.js";

/** Session durations that may be saved. The edges of every rule are more frequent. */
export const duration = fc.oneof(
  fc.constantFrom(5, 6, 14, 15, 16, 29, 30, 31, 60, 1_440, 1_441, 43_200),
  fc.integer({ min: 5, max: 43_200 }),
);
/** Some settings, each acceptable by itself. */
export const settingsChange = fc.record(
  {
    allowPersistentSessions: fc.boolean(),
    sessionMinutes: duration,
    inactivityLogout: fc.boolean(),
    idleMinutes: fc.constantFrom(1, 5, 15, 15, 30, 144_000),
    maxSessionsPerUser: fc.constantFrom(null, null, 1, 2, 3),
  },
  { requiredKeys: [] },
);
/** Complete settings, consistent or not. */
export const anySettings = settingsChange.map((changes) => settingsWith(changes));
/** System limits from twenty minutes to a year. */
export const anyLimits = fc
  .record({
    absoluteMinutes: fc.constantFrom(20, 45, 1_440, 43_200, 525_600),
    idleMinutes: fc.constantFrom(10, 4_320),
  })
  .map((changes) => limitsWith(changes));
