import { checkArguments, isActor, isBoolean, isWhole, type OptionsSpec } from "../check-options.js";
import type { VersionedSettings } from "../state/settings/settings-store.js";
import { previewSettings, type SettingsPreview } from "../state/settings/preview-settings.js";
import type { SettingsChange } from "../state/settings/settings-history.js";
import {
  readSettings,
  settingsHistory,
  updateSettings,
  type SettingsUpdate,
  type UpdateOptions,
} from "../state/settings/settings-store.js";
import type { Storage } from "../state/storage.js";
import type { SettingsPatch } from "../policy/index.js";

/** `curfew.settings`: the settings of all processes. */
export interface SettingsApi {
  /** Returns the current settings. @throws CurfewError `redis_unavailable` */
  get(): Promise<VersionedSettings>;
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
  update(patch: SettingsPatch, options?: UpdateOptions): Promise<SettingsUpdate>;
  /** Counts the sessions that a change would end at once. Saves no change. @throws CurfewError `invalid_settings` */
  preview(patch: SettingsPatch): Promise<SettingsPreview>;
  /** Returns the latest 50 changes, newest first. */
  history(): Promise<readonly SettingsChange[]>;
}

const UPDATE: OptionsSpec<UpdateOptions> = {
  by: "settings.update",
  usage: "curfew.settings.update({ sessionMinutes: 30 }, { actor: userId, ifVersion: 3 })",
  checks: { actor: isActor, ifVersion: isWhole(0, Infinity), coupled: isBoolean },
};

/** Creates `curfew.settings`. */
export function createSettingsApi(storage: Storage): SettingsApi {
  return {
    get: async () => {
      const { configured, version } = await readSettings(storage);
      return { settings: configured, version };
    },
    update: async (patch, options = {}) => {
      checkArguments(UPDATE, options);
      return updateSettings(storage, patch, options);
    },
    preview: (patch) => previewSettings(storage, patch),
    history: () => settingsHistory(storage),
  };
}
