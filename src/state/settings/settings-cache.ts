import type { Events } from "../../events.js";
import type { Settings } from "../../policy/index.js";
import { storedNumber, WRONG_TYPE } from "../../redis/reply.js";
import { decodeSettings } from "./settings-codec.js";

/** The settings that hold now, and which saved state they are. */
export interface SettingsState {
  readonly settings: Settings;
  /** 0 until somebody saves settings; then it grows by one a change. */
  readonly version: number;
  /** Names this saved state among all there ever were, also after a failover; '' if none is saved. */
  readonly stamp: string;
  /** Whether what is saved can be understood; if not, saving anything mends it. */
  readonly readable: boolean;
}

/**
 * The settings as of the last answer of Redis. They are read with every request and sent only when they have
 * changed, so what stands here is never older than the request that asks.
 *
 * Settings that can't be read leave the last good ones this process has seen in force, else the app's
 * defaults; none at all means the defaults. Either is told once (rule Q27).
 */
export class SettingsCache {
  readonly #defaults: Settings;
  readonly #events: Events;
  #state: SettingsState;

  constructor(defaults: Settings, events: Events) {
    this.#defaults = defaults;
    this.#events = events;
    this.#state = { settings: defaults, version: 0, stamp: "", readable: true };
  }

  /** The state as of the last answer; the scripts are told its stamp, and send settings only if they differ. */
  get current(): SettingsState {
    return this.#state;
  }

  /**
   * Takes in what a reading script said of the settings. Nothing said means that those hold which the caller
   * knew when it asked: other answers may have come in between, older ones too.
   */
  absorb(reply: unknown, known: SettingsState): SettingsState {
    if (!Array.isArray(reply)) return known;
    const [stamp = "", version, json] = reply as string[];
    if (stamp === this.#state.stamp) return this.#state; // an answer that was under way for longer
    this.#state = stamp === "" ? this.#lost() : this.#saved(stamp, version, json);
    return this.#state;
  }

  #lost(): SettingsState {
    this.#events.warn("settings_lost", "No settings are saved any more; the defaults are in force.");
    return { settings: this.#defaults, version: 0, stamp: "", readable: true };
  }

  #saved(stamp: string, version: string | undefined, json: string | undefined): SettingsState {
    const settings = stamp === WRONG_TYPE || json === undefined ? null : decodeSettings(json);
    const number = storedNumber(version);
    if (settings) return { settings, version: Number.isFinite(number) ? number : 0, stamp, readable: true };
    this.#events.warn(
      "corrupt_settings",
      "The saved settings can't be read; the last good ones, or else the defaults, stay in force. Save settings to mend them.",
    );
    return {
      settings: this.#state.settings,
      version: Number.isFinite(number) ? number : this.#state.version,
      stamp,
      readable: false,
    };
  }
}
