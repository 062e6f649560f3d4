import { createHash } from "node:crypto";
import {
  extensionMinutes,
  effectiveSettings,
  MINUTE_MS,
  type SystemLimits,
  type WarningAction,
} from "../../policy/index.js";
import type { CurrentSession } from "../request/context.js";

/** What the browser is told of its session: durations only, since its clock is not asked. */
export interface Status {
  readonly state: "active";
  /** Which deadline is nearer. */
  readonly limit: "absolute" | "idle";
  readonly remainingMs: number;
  /** How long before the end the warning opens. */
  readonly warnMs: number;
  /** `null` while inactivity does not end the session. */
  readonly idleRemainingMs: number | null;
  readonly absoluteRemainingMs: number;
  /** What the warning offers. */
  readonly action: WarningAction;
  /** What that adds. */
  readonly extendMs: number;
  readonly persistent: boolean;
  /** Tell one session, and one user, from another in the same browser; they are no secrets and no ids. */
  readonly sessionTag: string;
  readonly userTag: string;
  readonly configVersion: number;
}

const TAG_LENGTH = 8;

function tag(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, TAG_LENGTH);
}

/** Describes a session to its browser. */
export function statusOf(live: CurrentSession, limits: SystemLimits, warnMs: number): Status {
  const { verdict, record, settings, now } = live;
  const effective = effectiveSettings(settings, limits);
  const addsMinutes = verdict.limit === "idle" ? effective.idleMinutes : extensionMinutes(effective);
  return {
    state: "active",
    limit: verdict.limit,
    remainingMs: verdict.endsAt - now,
    warnMs,
    idleRemainingMs: verdict.idleEndsAt === null ? null : verdict.idleEndsAt - now,
    absoluteRemainingMs: verdict.absoluteEndsAt - now,
    action: verdict.action,
    extendMs: addsMinutes * MINUTE_MS,
    persistent: verdict.persistent,
    sessionTag: tag(`session:${live.ref}`),
    userTag: tag(`user:${record.userId}`),
    configVersion: live.settingsVersion,
  };
}
