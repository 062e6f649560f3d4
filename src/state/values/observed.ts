import { applyPatch, checkPatch, DAY_MS, type SettingsPatch } from "../../policy/index.js";
import { isTimestamp } from "../../policy/time.js";
import type { InForce } from "./in-force.js";
import { fieldsOf, parseJson } from "./json.js";
import type { SettingsState } from "./settings-cache.js";

/** Proposed settings under which sessions are judged too, for some days and without effect. Redis holds it as JSON. */
export interface Observation {
  /** Random name, a part of the key of its counts. */
  readonly id: string;
  readonly patch: SettingsPatch;
  /** Begin and end, in milliseconds since 1970. */
  readonly since: number;
  readonly until: number;
  readonly actor: string | null;
}

/** Longest observation, in days. */
export const MAX_OBSERVED_DAYS = 90;

/** Reads the text of an observation. An unreadable text counts as none, because it decides about no session. */
export function observationIn(text: string | null): Observation | null {
  const { id, patch, since, until, actor = null } = fieldsOf(parseJson(text ?? ""));
  const checked = checkPatch(fieldsOf(patch));
  if (typeof id !== "string" || !checked.ok || !(actor === null || typeof actor === "string")) return null;
  if (!isTimestamp(since) || !isTimestamp(until) || until - since > MAX_OBSERVED_DAYS * DAY_MS) return null;
  return { id, patch: checked.patch, since, until, actor };
}

/** Sessions of which a process remembers that it has counted them. */
const MAX_REMEMBERED = 100_000;

/** The observation as this process knows it. */
export class Observed {
  #observation: Observation | null = null;
  #counted = new Set<string>();
  #proposed: { readonly from: SettingsState; readonly inForce: InForce } | null = null;

  /** Takes in the observation of Redis. */
  keep(observation: Observation | null): void {
    if (observation?.id !== this.#observation?.id) {
      this.#counted = new Set();
      this.#proposed = null;
    }
    this.#observation = observation;
  }

  /** Returns the running observation. */
  current(now: number): Observation | null {
    return this.#observation !== null && now < this.#observation.until ? this.#observation : null;
  }

  /** Returns the proposed settings, with the rules of the settings that they would replace. */
  proposed({ patch }: Observation, settings: SettingsState): InForce {
    if (this.#proposed?.from !== settings) {
      const inForce = settings.inForce.with(applyPatch(settings.configured, patch).settings);
      this.#proposed = { from: settings, inForce };
    }
    return this.#proposed.inForce;
  }

  /** True if this process has counted the session. */
  hasCounted(ref: string): boolean {
    return this.#counted.has(ref);
  }

  noteCounted(ref: string): void {
    if (this.#counted.size >= MAX_REMEMBERED) this.#counted.clear();
    this.#counted.add(ref);
  }

  /** Forgets a session whose count has failed. To count it again is harmless. */
  forget(ref: string): void {
    this.#counted.delete(ref);
  }
}
