import { parseStoredSettings, storedSettings, type Settings } from "../../policy/index.js";
import { WRONG_TYPE } from "../../redis/reply.js";
import { fieldsOf, parseJson } from "./json.js";

/** Settings as Redis holds them. */
export interface SavedSettings {
  /** Random name of this save. No other save has the same stamp, also after a failover. */
  readonly stamp: string;
  /** Number for people. It grows by one with each change. */
  readonly version: number;
  readonly settings: Settings;
  /** Name of the text with the rules of tenants and roles; "" if there are no rules. */
  readonly rules: string;
  /**
   * Time of the save that ended many sessions, in milliseconds since 1970: the rules refer to it. `null` if the rules
   * refer to no time.
   */
  readonly endedAt: number | null;
  readonly extra: ExtraValues;
}

/**
 * Values of a vendor's API that have no effect here, by short names. They are saved beside the settings, so that the
 * vendor's clients read back what they wrote.
 */
export type ExtraValues = Readonly<Record<string, number | boolean>>;

/** No values of a vendor's API. */
export const NO_EXTRA: ExtraValues = Object.freeze({});

/** Returns the text that Redis holds. lib/settings-stamp.lua needs the stamp in front. */
export function encodeSettings({ stamp, version, settings, rules, extra, endedAt }: SavedSettings): string {
  const further = { ...(rules === "" ? {} : { rules }), ...(isEmpty(extra) ? {} : { extra }) };
  return JSON.stringify({
    stamp,
    version,
    settings: storedSettings(settings),
    ...further,
    ...(endedAt === null ? {} : { endedAt }),
  });
}

/** The time that saveSettings-1.lua replaces by its own, at the end of the text. */
export const TIME_OF_SAVE = 0;

/** Reads saved settings. @returns `null` if the text makes no sense */
export function decodeSettings(text: string): SavedSettings | null {
  const stamp = stampOf(text);
  const { version, settings, rules = "", extra, endedAt = null } = fieldsOf(parseJson(text));
  const parsed = parseStoredSettings(settings);
  if (stamp === WRONG_TYPE || !isVersion(version) || parsed === null || typeof rules !== "string")
    return null;
  if (endedAt !== null && !Number.isFinite(endedAt)) return null;
  return {
    stamp,
    version,
    settings: parsed,
    rules,
    endedAt: endedAt as number | null,
    extra: extraIn(extra),
  };
}

const isEmpty = (extra: ExtraValues): boolean => Object.keys(extra).length === 0;

/** Reads extra values. Unreadable values are left out, because no rule reads them. */
function extraIn(value: unknown): ExtraValues {
  const known = Object.entries(fieldsOf(value)).filter(
    (entry): entry is [string, number | boolean] =>
      Number.isFinite(entry[1]) || typeof entry[1] === "boolean",
  );
  return known.length === 0 ? NO_EXTRA : Object.fromEntries(known);
}

/** Returns the stamp of a text, as lib/settings-stamp.lua does: `""` for no text, `"!"` for a text without a stamp. */
export function stampOf(text: string | null): string {
  if (text === null) return "";
  return /^\{"stamp":"([\w-]+)"/.exec(text)?.[1] ?? WRONG_TYPE;
}

export function isVersion(version: unknown): version is number {
  return Number.isSafeInteger(version) && (version as number) >= 0;
}
