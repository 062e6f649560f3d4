import {
  checkArguments,
  isActor,
  isBoolean,
  isWhole,
  type Check,
  type OptionsSpec,
} from "../check-options.js";
import { createRulesApi, isAddress, type RulesApi } from "./rules-api.js";
import { explainSession, type ExplainedSession } from "../state/rules/change-rules.js";
import { doAll, longWorkSpec, type LongWorkOptions } from "./long-work.js";
import type { VersionedSettings } from "../state/settings/settings-store.js";
import {
  emptyPreview,
  previewSettings,
  proposeChange,
  type SettingsPreview,
} from "../state/sessions/preview-settings.js";
import type { SettingsChange } from "../state/settings/settings-history.js";
import {
  readSettings,
  settingsHistory,
  updateSettings,
  type SettingsUpdate,
  type UpdateOptions,
} from "../state/settings/settings-store.js";
import type { Storage } from "../state/storage.js";
import {
  clampsOf,
  IDLE_MINUTES_RANGE,
  type Clamp,
  type EffectiveSettings,
  type SettingsPatch,
} from "../policy/index.js";

/** The settings that apply. */
export interface SettingsInForce {
  /** The settings with the app's `limits` applied (rule A4). */
  readonly effective: EffectiveSettings;
  /** The saved values that these limits override, and the limit of each. */
  readonly clamps: readonly Clamp[];
}

/** The saved settings, and the settings that apply. */
export interface CurrentSettings extends VersionedSettings, SettingsInForce {}

/** `curfew.settings`: the settings of all processes. */
export interface SettingsApi {
  /** Returns the current settings, as saved and as they apply. @throws CurfewError `redis_unavailable` */
  get(): Promise<CurrentSettings>;
  /**
   * Saves a change. The change applies in every process from the next request. A field that is left out keeps its
   * value.
   *
   * While inactivity logout is on, persistent sessions are off, and the duration is 15 minutes to one day. Values outside
   * this range are adjusted; each adjustment is listed in `coercions`.
   *
   * @throws CurfewError `invalid_settings` (`details.fields` lists every wrong field; no field is saved),
   * `settings_conflict`, `invalid_argument`, `redis_unavailable`
   */
  update(patch: SettingsPatch, options?: UpdateOptions): Promise<SettingsUpdate & SettingsInForce>;
  /**
   * Counts the sessions that a change would end at once, in small parts. Saves no change. With very many sessions, do not
   * let a request wait for the result. A `signal` stops the count, and `complete` is then false.
   *
   * @throws CurfewError `invalid_settings`, `invalid_argument`, `redis_unavailable`
   */
  preview(patch: SettingsPatch, options?: LongWorkOptions<SettingsPreview>): Promise<SettingsPreview>;
  /** Returns the latest 50 changes, newest first. */
  history(): Promise<readonly SettingsChange[]>;
  /**
   * Returns the settings in force for a living session, and the source of each value: the general settings, a rule
   * for its tenant, a role or its person, or a limit of the app.
   *
   * @returns `null` if no living session has this `ref`
   * @throws CurfewError `redis_unavailable`
   */
  explain(ref: string): Promise<ExplainedSession | null>;
  /** Rules for the sessions of one tenant, role or person. */
  readonly rules: RulesApi;
}

const MAX_EXTRA = 20;
const isExtra: Check = (value) =>
  typeof value === "object" &&
  value !== null &&
  Object.keys(value).length <= MAX_EXTRA &&
  Object.values(value).every((each) => typeof each === "boolean" || Number.isFinite(each))
    ? null
    : `must be an object of at most ${String(MAX_EXTRA)} numbers and booleans`;

const UPDATE: OptionsSpec<UpdateOptions> = {
  by: "settings.update",
  usage: "curfew.settings.update({ sessionMinutes: 30 }, { actor: userId, ifVersion: 3 })",
  checks: {
    actor: isActor,
    from: isAddress,
    ifVersion: isWhole(0, Infinity),
    coupled: isBoolean,
    idleMinutesWhenTurnedOn: isWhole(IDLE_MINUTES_RANGE.min, IDLE_MINUTES_RANGE.max, "minutes"),
    extra: isExtra,
  },
};

const PREVIEW = longWorkSpec<SettingsPreview>(
  "settings.preview",
  "curfew.settings.preview({ sessionMinutes: 30 }, { onProgress, signal })",
);

/** Creates `curfew.settings`. */
export function createSettingsApi(storage: Storage): SettingsApi {
  return {
    get: async () => {
      const { configured, effective, version, extra } = await readSettings(storage);
      return { settings: configured, version, extra, effective, clamps: clampsOf(configured, effective) };
    },
    update: async (patch, options = {}) => {
      checkArguments(UPDATE, options);
      const updated = await updateSettings(storage, patch, options);
      const effective = storage.settings.effectiveOf(updated.settings);
      return { ...updated, effective, clamps: clampsOf(updated.settings, effective) };
    },
    preview: async (patch, options = {}) => {
      checkArguments(PREVIEW, options);
      const change = await proposeChange(storage, patch);
      return doAll(emptyPreview(change), previewSettings(storage, change), options);
    },
    history: () => settingsHistory(storage),
    explain: (ref) => explainSession(storage, ref),
    rules: createRulesApi(storage),
  };
}
