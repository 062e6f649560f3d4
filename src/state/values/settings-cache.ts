import type { Events } from "../../events.js";
import {
  effectiveSettings,
  type EffectiveSettings,
  type Settings,
  type SystemLimits,
} from "../../policy/index.js";
import { InForce } from "./in-force.js";
import { NO_BOOK, type RuleBook } from "./rule-book.js";
import { NO_EXTRA, stampOf, type SavedSettings } from "./settings-codec.js";

/** Saved settings, and the rules of tenants and roles that were saved with them. */
export interface ReadSettings extends Omit<SavedSettings, "rules" | "endedAt"> {
  readonly book: RuleBook;
}

/** The settings in force, and the save that they come from. */
export interface SettingsState extends Pick<SavedSettings, "stamp" | "version" | "extra"> {
  /** The settings as saved, or the defaults. */
  readonly configured: Settings;
  /** General settings in force: `configured` with the system limits applied. */
  readonly effective: EffectiveSettings;
  /** Settings and rules in force. Verdicts use the settings that it returns for a session. */
  readonly inForce: InForce;
  /** True if the saved text makes sense. If it does not, saving any change replaces it. */
  readonly readable: boolean;
  /** True if the text is unreadable, and the history has not been asked for the last good settings yet. */
  readonly needsHistory: boolean;
}

/** Time for which "no settings are saved" stays valid, in milliseconds. */
const ABSENT_FOR_MS = 1_000;

/**
 * The settings of Redis's last reply. Every request reads them, and a text is parsed only if it differs from the
 * last one.
 *
 * If the text is unreadable, the last good settings of this process stay in force (rule Q27). A process without
 * good settings takes them from the history, or else the defaults within the system limits (rule M32).
 */
export class SettingsCache {
  readonly #defaults: Settings;
  readonly #limits: SystemLimits;
  readonly #events: Events;
  #text: string | null = null;
  #state: SettingsState;
  #lastGood: ReadSettings | null = null;
  #absentSince = Number.NEGATIVE_INFINITY;

  constructor(defaults: Settings, limits: SystemLimits, events: Events) {
    this.#defaults = defaults;
    this.#limits = limits;
    this.#events = events;
    this.#state = this.#unsaved();
  }

  /** The state as of the last reply. */
  get current(): SettingsState {
    return this.#state;
  }

  /** True if `current` is the state of this text, and nothing remains to be asked. */
  knows(text: string | null): boolean {
    return text === this.#text && !this.#state.needsHistory;
  }

  /** True if a read of this key alone has found no settings within the last second. */
  get isKnownAbsent(): boolean {
    return this.#text === null && performance.now() - this.#absentSince < ABSENT_FOR_MS;
  }

  /** True if a read of this key alone has found no settings before. */
  get wasAbsent(): boolean {
    return this.#text === null && this.#absentSince > Number.NEGATIVE_INFINITY;
  }

  /** Notes that this key alone is read, or has been read. */
  noteAbsence(): void {
    this.#absentSince = performance.now();
  }

  /**
   * Takes in the text that Redis holds: `null` if no settings are saved, `"!"` if the key has another type.
   *
   * @param read - the settings in the text, and their rules; `null` if the text makes no sense
   */
  absorb(text: string | null, read: ReadSettings | null): SettingsState {
    if (text === this.#text) return this.#state;
    this.#text = text;
    this.#state = text === null ? this.#lost() : this.#understood(text, read);
    return this.#state;
  }

  /** Completes a state that needs the history. @param found - the last good settings, if the history has any */
  recover(state: SettingsState, found: Omit<ReadSettings, "extra"> | null): SettingsState {
    const { stamp, extra } = state;
    const recovered = found
      ? this.#inForce({ ...found, stamp, extra, readable: false })
      : { ...state, needsHistory: false };
    // Another request may have recovered this state, or read a later text.
    if (state !== this.#state) return recovered;
    this.#state = recovered;
    this.#warnOfUnreadable(
      found
        ? `the last good settings of the history are in force (version ${String(found.version)})`
        : "the history has no good settings either, so the defaults are in force, within the system limits",
    );
    return recovered;
  }

  #unsaved(): SettingsState {
    return this.#inForce({
      settings: this.#defaults,
      version: 0,
      stamp: "",
      book: NO_BOOK,
      extra: NO_EXTRA,
      readable: true,
    });
  }

  #lost(): SettingsState {
    this.#lastGood = null;
    this.#events.warn("settings_lost", "No settings are saved any more; the defaults are in force.");
    return this.#unsaved();
  }

  #understood(text: string, read: ReadSettings | null): SettingsState {
    if (read) {
      this.#lastGood = read;
      return this.#inForce({ ...read, readable: true });
    }
    const stamp = stampOf(text);
    if (!this.#lastGood) {
      const unknown = { version: 0, stamp, book: NO_BOOK, extra: NO_EXTRA, readable: false };
      return this.#inForce({ settings: this.#strictest(), ...unknown }, true);
    }
    this.#warnOfUnreadable("the last good settings of this process stay in force");
    return this.#inForce({ ...this.#lastGood, stamp, readable: false });
  }

  /** Returns settings with the system limits applied, for settings that are not in force (yet). */
  effectiveOf(settings: Settings): EffectiveSettings {
    return effectiveSettings(settings, this.#limits);
  }

  #inForce(
    { settings, stamp, version, book, extra, readable }: ReadSettings & Pick<SettingsState, "readable">,
    needsHistory = false,
  ): SettingsState {
    const inForce = new InForce(settings, this.#limits, book);
    const { general: effective } = inForce;
    return { configured: settings, effective, inForce, stamp, version, extra, readable, needsHistory };
  }

  /** Returns the stricter of the defaults and the system limits (rule M32). */
  #strictest(): Settings {
    const { sessionMinutes, idleMinutes } = this.effectiveOf(this.#defaults);
    return { ...this.#defaults, sessionMinutes, idleMinutes };
  }

  #warnOfUnreadable(inForce: string): void {
    this.#events.warn(
      "corrupt_settings",
      `The saved settings are unreadable; ${inForce}. Save the settings again.`,
    );
  }
}
