/** Compares settings with the time limits of standards. */
import { durationText, MINUTE_MS, type EffectiveSettings } from "../../policy/index.js";

/** A standard, or a level of it. */
export interface Standard {
  /** Short name for `--require`. */
  readonly id: string;
  readonly name: string;
  /** Longest time from an authentication to the next, in minutes; `null` if the standard names none. */
  readonly absolute: number | null;
  /** Longest time without activity, in minutes; `null` if the standard asks for none. */
  readonly idle: number | null;
}

const HOUR = 60;
const DAY = 24 * HOUR;

/** The standards. ASVS 5.0 asks for both limits, and leaves their length to the app's risk analysis. */
export const STANDARDS: readonly Standard[] = [
  { id: "nist-aal1", name: "NIST SP 800-63B-4 AAL1 (2.1.3)", absolute: 30 * DAY, idle: null },
  { id: "nist-aal2", name: "NIST SP 800-63B-4 AAL2 (2.2.3)", absolute: DAY, idle: HOUR },
  { id: "nist-aal3", name: "NIST SP 800-63B-4 AAL3 (2.3.3)", absolute: 12 * HOUR, idle: 15 },
  { id: "pci-dss", name: "PCI DSS 4.0.1, 8.2.8", absolute: null, idle: 15 },
  { id: "asvs-7.3.1", name: "OWASP ASVS 5.0, 7.3.1", absolute: null, idle: Infinity },
  { id: "asvs-7.3.2", name: "OWASP ASVS 5.0, 7.3.2", absolute: Infinity, idle: null },
];

/** Result for one standard. */
export interface Comparison {
  readonly id: string;
  readonly name: string;
  readonly met: boolean;
  readonly found: string;
  readonly fix: string | null;
}

/**
 * Returns the longest time from an authentication to the next that the settings allow a browser, in minutes. Extensions
 * can reach the system limit. Inactivity logout has no extensions.
 */
function longestMinutes(settings: EffectiveSettings): number {
  return Math.max(
    settings.sessionMinutes,
    settings.allowPersistentSessions ? settings.persistentMinutes : 0,
    settings.inactivityLogout ? 0 : settings.limitMinutes,
  );
}

/** Compares the settings that apply with each standard. */
export function compareStandards(settings: EffectiveSettings): Comparison[] {
  return STANDARDS.map((standard) => compare(standard, settings));
}

function compare({ id, name, absolute, idle }: Standard, settings: EffectiveSettings): Comparison {
  const longest = longestMinutes(settings);
  const idleNow = settings.inactivityLogout ? settings.idleMinutes : null;
  const fixes = [
    ...(absolute !== null && longest > absolute ? [absoluteFix(settings, absolute)] : []),
    ...(idle !== null && (idleNow === null || idleNow > idle) ? [idleFix(idle)] : []),
  ];
  const found = [
    ...(absolute === null ? [] : [`authentication at least every ${text(longest)}`]),
    ...(idle === null ? [] : [idleNow === null ? "no idle limit" : `idle limit ${text(idleNow)}`]),
  ];
  return {
    id,
    name,
    met: fixes.length === 0,
    found: found.join(", "),
    fix: fixes.length === 0 ? null : fixes.join("; "),
  };
}

const text = (minutes: number): string => durationText(minutes * MINUTE_MS);

const idleFix = (idle: number): string =>
  idle === Infinity
    ? "settings set inactivityLogout=true"
    : `settings set inactivityLogout=true idleMinutes=${String(idle)}`;

function absoluteFix({ inactivityLogout }: EffectiveSettings, absolute: number): string {
  const limit = String(absolute);
  return inactivityLogout
    ? `settings set allowPersistentSessions=false sessionMinutes=${limit}`
    : `createCurfew({ limits: { absoluteMinutes: ${limit} } }), because extensions reach this limit`;
}
