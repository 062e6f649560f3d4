/** Labels of a session: the app's own facts about it, which lists show and rules can name. */
import type { Check } from "../../check-options.js";

/** Labels that the app gives to a session at its sign-in, or later with `sessions.update`. */
export interface SessionLabels {
  /**
   * The organisation to which the session belongs, 1 to 100 characters. Rules can name it.
   * @example "acme"
   */
  readonly tenant?: string | null;
  /**
   * The user's roles in this session, at most 20 of 1 to 100 characters. Rules can name them.
   * @example ["admin", "billing"]
   */
  readonly roles?: readonly string[];
  /** Words for lists, at most 20 of 1 to 100 characters. No rule names them. @example ["kiosk"] */
  readonly tags?: readonly string[];
  /**
   * Texts for lists, at most 25 with names and values of at most 255 characters. Every request reads them, so keep
   * them short. Keep secrets elsewhere.
   * @example { deviceName: "Ann's laptop" }
   */
  readonly metadata?: Readonly<Record<string, string>>;
}

const MAX_NAME_LENGTH = 100;
const MAX_NAMES = 20;
const MAX_METADATA = 25;
const MAX_METADATA_LENGTH = 255;

const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/; // eslint-disable-line no-control-regex -- looked for

/** Returns a check for a text that a record stores as given. */
export function isStorable(maxLength: number): Check {
  return (value) => {
    if (typeof value !== "string" || value === "" || value.length > maxLength)
      return `must be a string of 1 to ${String(maxLength)} characters`;
    if (CONTROL_CHARACTERS.test(value)) return "must not contain control characters";
    // Two different halves of a character would be stored as the same replacement.
    return /\p{Cs}/u.test(value) ? "must be well-formed Unicode" : null;
  };
}

/** Checks a tenant or a role. */
export const isLabel = isStorable(MAX_NAME_LENGTH);

const isLabels: Check = (value) => {
  if (!Array.isArray(value) || value.length > MAX_NAMES)
    return `must be an array of at most ${String(MAX_NAMES)} strings`;
  const problem = value.map(isLabel).find((each) => each !== null);
  return problem === undefined ? null : `has an entry that ${problem}`;
};

const isMetadata: Check = (value) => {
  const isPlain = typeof value === "object" && value !== null && !Array.isArray(value);
  const entries = isPlain ? Object.entries(value) : [];
  if (!isPlain || entries.length > MAX_METADATA)
    return `must be an object with at most ${String(MAX_METADATA)} texts`;
  const isShort = (text: unknown): boolean => typeof text === "string" && text.length <= MAX_METADATA_LENGTH;
  const wrong = entries.find(([name, text]) => !isShort(name) || !isShort(text));
  return wrong === undefined
    ? null
    : `has a name or value that is not a string of at most ${String(MAX_METADATA_LENGTH)} characters`;
};

/** The check of each label. */
export const LABEL_CHECKS: Readonly<Record<keyof SessionLabels, Check>> = {
  tenant: (value) => (value === null ? null : isLabel(value)),
  roles: isLabels,
  tags: isLabels,
  metadata: isMetadata,
};

/** Separates names in one field of a record. No name contains it. */
const NAME_SEPARATOR = "\u001e";

/** Returns the text of each label, as a record stores it; "" for none. A label that is left out has no text. */
export function labelTexts({ tenant, roles, tags, metadata }: SessionLabels): Partial<LabelTexts> {
  return {
    ...(tenant === undefined ? {} : { tenant: tenant ?? "" }),
    ...(roles === undefined ? {} : { roles: joined(roles) }),
    ...(tags === undefined ? {} : { tags: joined(tags) }),
    ...(metadata === undefined
      ? {}
      : { metadata: Object.keys(metadata).length === 0 ? "" : JSON.stringify(metadata) }),
  };
}

/** Labels as texts of a record. */
export type LabelTexts = Record<keyof SessionLabels, string>;

const joined = (names: readonly string[]): string => [...new Set(names)].join(NAME_SEPARATOR);

const NO_NAMES: readonly string[] = Object.freeze([]);
const NO_METADATA: Readonly<Record<string, string>> = Object.freeze({});

/** Reads names from a record. */
export function namesIn(text: string | undefined): readonly string[] {
  return text === undefined || text === "" ? NO_NAMES : text.split(NAME_SEPARATOR);
}

/** Reads metadata from a record. Damaged metadata count as none, because no rule reads them. */
export function metadataIn(text: string | undefined): Readonly<Record<string, string>> {
  if (text === undefined || text === "") return NO_METADATA;
  try {
    const value = JSON.parse(text) as unknown;
    return isMetadata(value) === null ? (value as Record<string, string>) : NO_METADATA;
  } catch {
    return NO_METADATA;
  }
}
