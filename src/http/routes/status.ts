import { extensionMinutes, MINUTE_MS, WARNING_MS } from "../../policy/index.js";
import type { Status } from "../../wire.js";
import { digest } from "../../state/keys.js";
import type { CurrentSession } from "../request/context.js";

const TAG_LENGTH = 8;

/** Returns a tag for pages. It tells nothing: refs are random, and users' tags are keyed (rule M39). */
const pageTag = (text: string): string => digest(text, TAG_LENGTH);

/** Returns the tags that tell one session and one user from another in the same browser. */
export function tagsOf({ ref, tag }: CurrentSession): Pick<Status, "sessionTag" | "userTag"> {
  return { sessionTag: pageTag(`session:${ref}`), userTag: pageTag(`user:${tag}`) };
}

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
    ...tagsOf(live),
    configVersion: live.settingsVersion,
  };
}
