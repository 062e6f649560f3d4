import { DEFAULT_LIMITS, DEFAULT_SETTINGS } from "../../src/policy/index.js";
import type { AppFacts } from "../../src/state/values/app-facts.js";

/** The configuration of an app with all defaults, for a sweeper. */
export const APP_FACTS: AppFacts = {
  sessionPrefix: "sess:",
  defaults: DEFAULT_SETTINGS,
  limits: DEFAULT_LIMITS,
  limitOpenSessions: true,
  auditEntries: null,
  waitsForReplicas: false,
  unsafeOptions: [],
};
