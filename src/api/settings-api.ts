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
import {
  observedSettings,
  startObservation,
  stopObservation,
  type ObservedSettings,
} from "../state/observe/observe-settings.js";
import type { SettingsChange } from "../state/settings/settings-history.js";
import {
  readSettings,
  settingsHistory,
  updateSettings,
  type SettingsUpdate,
  type UpdateOptions,
} from "../state/settings/settings-store.js";
import type { Storage } from "../state/storage.js";
import { MAX_OBSERVED_DAYS } from "../state/values/observed.js";
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

/** Options of `settings.observe`. */
export interface ObserveOptions {
  /** Length of the observation, 1 to 90 days. @default 7 */
  readonly days?: number;
  /** User id of the person who begins the observation. @default no person is kept */
  readonly actor?: string;
}

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
  /**
   * Judges each request under proposed settings too, without effect, and counts the sessions that these settings would have
   * ended. So an operator sees the effect of a change before saving it. Each session is counted once, at the first
   * request that would have been refused. One observation runs at a time, and replaces the one before. Every process
   * begins within ten seconds.
   *
   * @throws CurfewError `invalid_settings`, `invalid_argument`, `redis_unavailable`
   * @example await curfew.settings.observe({ inactivityLogout: true }, { days: 7 });
   */
  observe(patch: SettingsPatch, options?: ObserveOptions): Promise<ObservedSettings>;
  /** Returns the latest observation with its counts; `null` if there is none. @throws CurfewError `redis_unavailable` */
  observed(): Promise<ObservedSettings | null>;
  /** Ends the observation. Its counts can be read for 90 days. @throws CurfewError `redis_unavailable` */
  stopObserving(): Promise<ObservedSettings | null>;
  /** Returns the latest 50 changes, newest first. @throws CurfewError `redis_unavailable` */
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

const DEFAULT_DAYS = 7;

const OBSERVE: OptionsSpec<ObserveOptions> = {
  by: "settings.observe",
  usage: "curfew.settings.observe({ inactivityLogout: true }, { days: 7 })",
  checks: { days: isWhole(1, MAX_OBSERVED_DAYS, "days"), actor: isActor },
};

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
    observe: async (patch, options = {}) => {
      checkArguments(OBSERVE, options);
      const { days = DEFAULT_DAYS, actor = null } = options;
      return startObservation(storage, patch, { days, actor });
    },
    observed: () => observedSettings(storage),
    stopObserving: () => stopObservation(storage),
    history: () => settingsHistory(storage),
    explain: (ref) => explainSession(storage, ref),
    rules: createRulesApi(storage),
  };
}
