import { createHash } from "node:crypto";
import {
  extensionMinutes,
  effectiveSettings,
  MINUTE_MS,
  WARNING_MS,
  type SystemLimits,
} from "../../policy/index.js";
import type { Status } from "../../wire.js";
import type { CurrentSession } from "../request/context.js";

const TAG_LENGTH = 8;

function tag(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, TAG_LENGTH);
}

/** Describes a session to its browser. */
export function statusOf(
  live: CurrentSession,
  limits: SystemLimits,
  reauthentication: Status["reauthentication"],
): Status {
  const { verdict, record, settings, now } = live;
  const effective = effectiveSettings(settings, limits);
  const addsMinutes = verdict.limit === "idle" ? effective.idleMinutes : extensionMinutes(effective);
  return {
    state: "active",
    limit: verdict.limit,
    remainingMs: verdict.endsAt - now,
    warnMs: WARNING_MS,
    idleRemainingMs: verdict.idleEndsAt === null ? null : verdict.idleEndsAt - now,
    absoluteRemainingMs: verdict.absoluteEndsAt - now,
    action: verdict.action,
    extendMs: addsMinutes * MINUTE_MS,
    reauthentication,
    persistent: verdict.persistent,
    sessionTag: tag(`session:${live.ref}`),
    userTag: tag(`user:${record.userId}`),
    configVersion: live.settingsVersion,
  };
}
