import { extensionMinutes, MINUTE_MS, WARNING_MS } from "../../policy/index.js";
import type { Status } from "../../wire.js";
import { digest } from "../../state/keys.js";
import type { CurrentSession } from "../request/context.js";

const TAG_LENGTH = 8;

/** Returns a tag for pages. It tells nothing: refs are random, and users' tags are keyed (rule M39). */
const pageTag = (text: string): string => digest(text, TAG_LENGTH);

/** Describes a session to its browser. */
export function statusOf(live: CurrentSession, reauthentication: Status["reauthentication"]): Status {
  const { verdict, settings, now } = live;
  const addsMinutes = verdict.limit === "idle" ? settings.idleMinutes : extensionMinutes(settings);
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
    sessionTag: pageTag(`session:${live.ref}`),
    userTag: pageTag(`user:${live.tag}`),
    configVersion: live.settingsVersion,
  };
}
