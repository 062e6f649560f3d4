import {
  applyPatch,
  checkPatch,
  CLASS_LIMITS,
  DEFAULT_LIMITS,
  DEFAULT_SETTINGS,
  effectiveSettings,
  extension,
  reportedActivityAt,
  signInTerms,
  verdict,
  type ActiveVerdict,
  type DeviceClass,
  type EffectiveSettings,
  type EndedVerdict,
  type Extension,
  type ExtensionOptions,
  type SessionFacts,
  type SessionKind,
  type Settings,
  type SettingsProblem,
  type SystemLimits,
  type UserStanding,
  type Verdict,
} from "../../src/policy/index.js";

/** Time of the vectors' sign-in. Every clock text counts from here. */
export const T = Date.UTC(2026, 0, 5, 9);

/** Returns minutes in milliseconds. */
export const minutes = (count: number): number => count * 60_000;

/** Returns days in milliseconds. */
export const days = (count: number): number => minutes(count * 1_440);

/**
 * Returns the time of a clock text: `"28:00"` is 28 minutes after {@link T}, `"29:59.999"` a millisecond
 * before half an hour.
 */
export function at(clock: string): number {
  const [whole = "0", seconds = "0"] = clock.split(":");
  return T + Math.round(Number(whole) * 60_000 + Number(seconds) * 1_000);
}

/** Returns the default settings with some replaced, unchecked and not adjusted. */
export const settingsWith = (changes: Partial<Settings> = {}): Settings => ({
  ...DEFAULT_SETTINGS,
  ...changes,
});

/** Returns the default limits with some replaced. */
export const limitsWith = (changes: Partial<SystemLimits> = {}): SystemLimits => ({
  ...DEFAULT_LIMITS,
  ...changes,
});

/** Returns a browser session of 30 minutes, signed in at {@link T}, never extended. */
export function aSession(changes: Partial<SessionFacts> = {}): SessionFacts {
  return {
    kind: "browser",
    number: T,
    signedInAt: T,
    expiresAt: at("30:00"),
    lastActivityAt: T,
    extendedAt: null,
    extendedCount: 0,
    ceilingAt: null,
    persistent: false,
    end: null,
    ...changes,
  };
}

/** Returns a session whose user ticked "Stay logged in" at {@link T}. */
export const aPersistentSession = (changes: Partial<SessionFacts> = {}): SessionFacts =>
  aSession({ persistent: true, expiresAt: T + days(30), ...changes });

/** Returns a user whose only sign-in is at {@link T}. */
export function aUser(changes: Partial<UserStanding> = {}): UserStanding {
  return {
    floor: 0,
    floorReason: "revoked",
    floorAt: 0,
    sparedNumber: null,
    evictedBelow: 0,
    newerBrowsers: 0,
    deviceClass: "desktop",
    newerOfClass: 0,
    hasPlace: true,
    latestNumber: T,
    replacedAt: null,
    groupEnd: null,
    ...changes,
  };
}

/** Facts that affect a verdict, other than the session itself and the time. */
export interface Circumstances {
  readonly settings?: Settings;
  readonly limits?: SystemLimits;
  readonly user?: UserStanding;
}

/** Returns the default settings with changes, under the default limits with changes. */
export const effectiveWith = (
  settings?: Partial<Settings>,
  limits?: Partial<SystemLimits>,
): EffectiveSettings => effectiveSettings(settingsWith(settings), limitsWith(limits));

/** Returns the verdict at `now`. */
export function judge(session: SessionFacts, now: number, circumstances: Circumstances = {}): Verdict {
  const { settings = DEFAULT_SETTINGS, limits = DEFAULT_LIMITS, user = aUser() } = circumstances;
  return verdict(session, user, effectiveSettings(settings, limits), now);
}

/** Returns the verdict, which must be that the session is active. */
export function active(session: SessionFacts, now: number, circumstances?: Circumstances): ActiveVerdict {
  const found = judge(session, now, circumstances);
  if (found.state !== "active") throw new Error(`expected an active session, it ended: ${found.reason}`);
  return found;
}

/** Returns the verdict, which must be that the session has ended. */
export function ended(session: SessionFacts, now: number, circumstances?: Circumstances): EndedVerdict {
  const found = judge(session, now, circumstances);
  if (found.state !== "ended") throw new Error("expected an ended session, it is active");
  return found;
}

/** Result of saving a body of settings. */
export type Saved =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly settings: Settings; readonly problems: readonly SettingsProblem[] };

/** Checks and applies a body as an administrator's PATCH does. A refused body leaves `before`. */
export function save(before: Settings, body: Readonly<Record<string, unknown>>): Saved {
  const check = checkPatch(body);
  if (!check.ok) return { ok: false, settings: before, problems: check.problems };
  return { ok: true, settings: applyPatch(before, check.patch).settings };
}

/** Options of a sign-in to a {@link Site}. */
export interface Arrival {
  readonly persistent?: boolean;
  readonly kind?: SessionKind;
  readonly lifetimeMinutes?: number;
  readonly deviceClass?: DeviceClass;
}

/** One site's settings and one user's sessions, kept as the state layer keeps them. */
export class Site {
  readonly visits: Visit[] = [];
  latestNumber = 0;

  constructor(
    public settings: Settings = DEFAULT_SETTINGS,
    public limits: SystemLimits = DEFAULT_LIMITS,
  ) {}

  get effective(): EffectiveSettings {
    return effectiveSettings(this.settings, this.limits);
  }

  /** Saves a body that must be acceptable. */
  save(body: Readonly<Record<string, unknown>>): void {
    const saved = save(this.settings, body);
    if (!saved.ok)
      throw new Error(saved.problems.map(({ field, problem }) => `${field} ${problem}`).join(", "));
    this.settings = saved.settings;
  }

  signIn(now: number, arrival: Arrival = {}): Visit {
    const { persistent = false, kind = "browser", lifetimeMinutes, deviceClass = "desktop" } = arrival;
    const request = { kind, persistent, lifetimeMinutes: lifetimeMinutes ?? null };
    const terms = signInTerms(request, this.effective, now);
    this.latestNumber = Math.max(this.latestNumber + 1, now);
    const number = this.latestNumber;
    const facts = aSession({ kind, number, signedInAt: now, lastActivityAt: now, ...terms });
    const visit = new Visit(this, facts, deviceClass);
    this.visits.push(visit);
    this.#takePlaces(deviceClass);
    return visit;
  }

  /** The oldest browsers beyond the limit of a class lose their places. */
  #takePlaces(deviceClass: DeviceClass): void {
    const limit = this.effective[CLASS_LIMITS[deviceClass]];
    const placed = this.visits.filter((visit) => visit.isPlaced && visit.deviceClass === deviceClass);
    for (const visit of limit === null ? [] : placed.slice(0, -limit)) visit.hasPlace = false;
  }
}

/** One session on a {@link Site}, with the steps of its user and its tabs. */
export class Visit {
  hasPlace = true;

  constructor(
    private readonly site: Site,
    public facts: SessionFacts,
    readonly deviceClass: DeviceClass = "desktop",
  ) {}

  /** True if the session counts in limits of browsers. */
  get isPlaced(): boolean {
    return this.hasPlace && this.facts.kind === "browser" && this.facts.end === null;
  }

  get standing(): UserStanding {
    const { deviceClass, hasPlace } = this;
    const newer = this.site.visits.filter(
      (visit) => visit.isPlaced && visit.facts.number > this.facts.number,
    );
    const newerOfClass = newer.filter((visit) => visit.deviceClass === deviceClass).length;
    const { latestNumber } = this.site;
    return aUser({ newerBrowsers: newer.length, newerOfClass, deviceClass, hasPlace, latestNumber });
  }

  /** Makes a request that is not activity. Records an end that it finds. */
  request(now: number): Verdict {
    const found = verdict(this.facts, this.standing, this.site.effective, now);
    if (found.state === "ended") {
      const { reason, at: endedAt, by } = found;
      this.facts = { ...this.facts, end: { reason, at: endedAt, by } };
    }
    return found;
  }

  /** Clicks, touches or presses a key at `now`. */
  act(now: number): Verdict {
    const found = this.request(now);
    if (found.state === "ended") return found;
    this.facts = { ...this.facts, lastActivityAt: reportedActivityAt(0, this.facts.lastActivityAt, now) };
    return this.request(now);
  }

  /** Clicks "Stay logged in" on the warning: asks for the verdict first, then stores the granted time. */
  extend(now: number, options?: ExtensionOptions): Extension | EndedVerdict {
    const found = this.request(now);
    if (found.state === "ended") return found;
    const answer = extension(this.facts, this.site.effective, now, options);
    if (answer.outcome === "touched") this.act(now);
    if (answer.outcome === "extended") {
      const extendedCount = this.facts.extendedCount + 1;
      this.facts = { ...this.facts, expiresAt: answer.expiresAt, extendedAt: now, extendedCount };
    }
    return answer;
  }
}
