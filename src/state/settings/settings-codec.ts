import { parseStoredSettings, type Settings } from "../../policy/index.js";
import { WRONG_TYPE } from "../../redis/reply.js";

/** Settings as Redis holds them. */
export interface SavedSettings {
  /** Random name of this save. No other save has the same stamp, also after a failover. */
  readonly stamp: string;
  /** Number for people. It grows by one with each change. */
  readonly version: number;
  readonly settings: Settings;
}

/** Returns the text that Redis holds. lib/settings-stamp.lua needs the stamp in front. */
export function encodeSettings({ stamp, version, settings }: SavedSettings): string {
  return JSON.stringify({ stamp, version, settings });
}

/** Reads saved settings. @returns `null` if the text makes no sense */
export function decodeSettings(text: string): SavedSettings | null {
  const stamp = stampOf(text);
  const { version, settings } = fieldsOf(parseJson(text));
  const parsed = parseStoredSettings(settings);
  if (stamp === WRONG_TYPE || !isVersion(version) || parsed === null) return null;
  return { stamp, version, settings: parsed };
}

/** Returns the stamp of a text, as lib/settings-stamp.lua does: `""` for no text, `"!"` for a text without a stamp. */
export function stampOf(text: string | null): string {
  if (text === null) return "";
  return /^\{"stamp":"([\w-]+)"/.exec(text)?.[1] ?? WRONG_TYPE;
}

export function isVersion(version: unknown): version is number {
  return Number.isSafeInteger(version) && (version as number) >= 0;
}

/** Returns the fields of an object; nothing else has fields. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** Parses JSON. @returns `undefined` if the text is not JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
