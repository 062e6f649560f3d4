import { parseStoredSettings, type Settings } from "../../policy/index.js";

/** One saved change of the settings. */
export interface SettingsChange {
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Who changed them, as the app named them. */
  readonly actor: string | null;
  /** The settings after the change. */
  readonly settings: Settings;
}

/** How many changes are kept. */
export const HISTORY_LENGTH = 50;

/** Reads saved settings; `null` if they can't be understood. */
export function decodeSettings(json: string): Settings | null {
  return parseStoredSettings(parseJson(json));
}

/** Reads the history; what can't be understood is left out. */
export function decodeHistory(json: string | null): SettingsChange[] {
  const entries = parseJson(json ?? "[]");
  if (!Array.isArray(entries)) return [];
  return entries.filter(
    (entry): entry is SettingsChange =>
      typeof entry === "object" &&
      entry !== null &&
      Number.isFinite((entry as SettingsChange).at) &&
      parseStoredSettings((entry as SettingsChange).settings) !== null,
  );
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
