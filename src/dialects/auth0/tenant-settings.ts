/** Auth0's tenant settings about sessions, and our settings. */
import type { Clamp, EffectiveSettings, Settings } from "../../policy/index.js";
import type { ShownSettings, Translated } from "../settings-router.js";
import { invalidBody } from "./errors.js";
import { requireBoolean, requireInteger, requireKnown, requireMap, type JsonObject } from "./schema.js";

/** Auth0's session settings, with Auth0's names. Lifetimes are hours, with fractions if minutes need them. */
export interface TenantSettings {
  readonly session_lifetime: number;
  /** Left out while inactivity logout is off. */
  readonly idle_session_lifetime?: number;
  /** Stored and returned. The package has no ephemeral sessions. */
  readonly ephemeral_session_lifetime: number;
  /** Like `ephemeral_session_lifetime`. */
  readonly idle_ephemeral_session_lifetime: number;
  readonly session_cookie: { readonly mode: CookieMode };
  /** Stored and returned. Left out until it is written. */
  readonly sessions?: { readonly oidc_logout_prompt_enabled: boolean };
  /** The lifetimes that apply: those that are saved, within the limits of the plan (rule Q21). */
  readonly effective: { readonly session_lifetime: number; readonly idle_session_lifetime?: number };
}

/** `persistent` while users may choose "Stay logged in". */
export type CookieMode = "persistent" | "non-persistent";

/** Minutes in one of Auth0's hours. */
export const MINUTES_PER_HOUR = 60;

interface Lifetime {
  readonly maxHours: number;
  readonly description: string;
  /** Name of the value in `extra`; `null` for a lifetime with effect. */
  readonly extra: string | null;
  readonly defaultMinutes: number;
}

/** Auth0's lifetimes, with the largest value that Auth0's schema accepts. */
export const LIFETIMES = {
  session_lifetime: {
    maxHours: 8_760,
    description: "Number of hours a session will stay valid",
    extra: null,
    defaultMinutes: 0,
  },
  idle_session_lifetime: {
    maxHours: 2_400,
    description: "Number of hours for which a session can be inactive before the user must log in again",
    extra: null,
    defaultMinutes: 0,
  },
  ephemeral_session_lifetime: {
    maxHours: 8_760,
    description: "Number of hours an ephemeral (non-persistent) session will stay valid",
    extra: "ephemeralMinutes",
    defaultMinutes: 72 * MINUTES_PER_HOUR,
  },
  idle_ephemeral_session_lifetime: {
    maxHours: 2_400,
    description:
      "Number of hours for which an ephemeral (non-persistent) session can be inactive before the user must log in again",
    extra: "ephemeralIdleMinutes",
    defaultMinutes: 24 * MINUTES_PER_HOUR,
  },
} as const satisfies Record<string, Lifetime>;

/** One of {@link LIFETIMES}. */
export type LifetimeName = keyof typeof LIFETIMES;

/** Names of {@link LIFETIMES}. */
export const LIFETIME_NAMES = Object.keys(LIFETIMES) as LifetimeName[];
const OIDC_PROMPT = "oidcLogoutPrompt";
/** The members that a `PATCH` may have. */
export const WRITABLE = [
  ...LIFETIME_NAMES.flatMap((name) => [name, twinOf(name)]),
  "session_cookie",
  "sessions",
];

/** Returns the member that has a lifetime in minutes. */
export function twinOf(name: LifetimeName): string {
  return `${name}_in_minutes`;
}

/** Translates a body to settings. A body that Auth0's schema forbids changes nothing. @throws DialectError 400 */
export function toSettings(body: JsonObject): Translated {
  requireKnown(body, WRITABLE);
  const minutes = Object.fromEntries(LIFETIME_NAMES.map((name) => [name, minutesIn(body, name)]));
  const patch: Record<string, unknown> = {};
  const extra: Record<string, number | boolean> = {};
  const { session_lifetime: absolute, idle_session_lifetime: idle } = minutes;
  if (absolute !== undefined) patch["sessionMinutes"] = absolute;
  if (idle !== undefined) Object.assign(patch, { idleMinutes: idle, inactivityLogout: true });
  for (const name of LIFETIME_NAMES) {
    const { extra: key } = LIFETIMES[name];
    const value = minutes[name];
    if (key !== null && value !== undefined) extra[key] = value;
  }
  if (Object.hasOwn(body, "session_cookie"))
    patch["allowPersistentSessions"] = modeIn(body["session_cookie"]) === "persistent";
  if (Object.hasOwn(body, "sessions")) extra[OIDC_PROMPT] = promptIn(body["sessions"]);
  return { patch, extra };
}

/** Returns a lifetime in minutes, from its hours or its twin. @throws DialectError 400 */
function minutesIn(body: JsonObject, name: LifetimeName): number | undefined {
  const { maxHours, description } = LIFETIMES[name];
  const twin = twinOf(name);
  const [hasHours, hasMinutes] = [Object.hasOwn(body, name), Object.hasOwn(body, twin)];
  if (hasHours && hasMinutes)
    throw invalidBody(`'Cannot be specified together with ${twin}' on property ${name} (${description})`);
  if (hasHours) return requireInteger(body[name], maxHours, { name, description }) * MINUTES_PER_HOUR;
  if (!hasMinutes) return undefined;
  const inMinutes = description.replace("Number of hours", "Number of minutes");
  return requireInteger(body[twin], maxHours * MINUTES_PER_HOUR, { name: twin, description: inMinutes });
}

/** `null` means Auth0's default. */
function modeIn(cookie: unknown): CookieMode {
  if (cookie === null) return "persistent";
  const place = "on property session_cookie (Session cookie configuration)";
  const fields = requireMap(cookie, { name: "session_cookie", description: "Session cookie configuration" });
  requireKnown(fields, ["mode"]);
  const { mode } = fields;
  if (mode === "persistent" || mode === "non-persistent") return mode;
  throw invalidBody(`'No enum match for: ${JSON.stringify(mode)}' ${place}`);
}

function promptIn(sessions: unknown): boolean {
  const member = { name: "sessions", description: "Sessions related settings for tenant" };
  const fields = requireMap(sessions, member);
  requireKnown(fields, ["oidc_logout_prompt_enabled"]);
  const name = "oidc_logout_prompt_enabled";
  return requireBoolean(fields[name], { name, description: "Whether to bypass the logout prompt" });
}

const hours = (minutes: number): number => minutes / MINUTES_PER_HOUR;

/** Returns the settings in Auth0's format. `clamped` lists the members that the plan's limits override (rule A4). */
export function toTenantSettings({ settings, effective, clamps, extra }: ShownSettings): {
  readonly tenant: TenantSettings;
  readonly clamped: readonly string[];
} {
  const ephemeral = (name: "ephemeral_session_lifetime" | "idle_ephemeral_session_lifetime"): number => {
    const { extra: key, defaultMinutes } = LIFETIMES[name];
    const stored = extra[key];
    return hours(typeof stored === "number" ? stored : defaultMinutes);
  };
  const prompt = extra[OIDC_PROMPT];
  const tenant: TenantSettings = {
    ...lifetimesOf(settings),
    ephemeral_session_lifetime: ephemeral("ephemeral_session_lifetime"),
    idle_ephemeral_session_lifetime: ephemeral("idle_ephemeral_session_lifetime"),
    session_cookie: { mode: settings.allowPersistentSessions ? "persistent" : "non-persistent" },
    ...(typeof prompt === "boolean" ? { sessions: { oidc_logout_prompt_enabled: prompt } } : {}),
    effective: lifetimesOf(effective),
  };
  return { tenant, clamped: clampedIn(clamps, settings) };
}

function lifetimesOf(settings: Settings | EffectiveSettings): TenantSettings["effective"] {
  return {
    session_lifetime: hours(settings.sessionMinutes),
    ...(settings.inactivityLogout ? { idle_session_lifetime: hours(settings.idleMinutes) } : {}),
  };
}

function clampedIn(clamps: readonly Clamp[], { inactivityLogout }: Settings): string[] {
  const names = { sessionMinutes: "session_lifetime", idleMinutes: "idle_session_lifetime" } as const;
  const shown = clamps.filter(({ field }) => field === "sessionMinutes" || inactivityLogout);
  return shown.map(({ field }) => names[field]);
}
