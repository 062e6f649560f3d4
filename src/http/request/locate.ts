import type { Events } from "../../events.js";
import type { Locate } from "../../options.js";
import { textOrNull } from "./describe-agent.js";
import { SECOND_MS, type Place } from "../../policy/index.js";

/** Longest wait for a place, because a slow look-up must not block a sign-in. */
const LOCATE_TIMEOUT_MS = SECOND_MS / 2;
const NOWHERE: Place = { city: null, state: null, country: null };

/** Makes the app's `locate` answer in time, always. A place that it can't find in time is unknown (rule T4). */
export function placeLookup(
  locate: Locate | undefined,
  events: Events,
): (ip: string | null) => Promise<Place> {
  return async (ip) => {
    if (!locate || ip === null) return NOWHERE;
    let timer: NodeJS.Timeout | undefined;
    try {
      const inVain = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => {
          reject(new Error(`no answer within ${String(LOCATE_TIMEOUT_MS)} ms`));
        }, LOCATE_TIMEOUT_MS);
      });
      const place = await Promise.race([locate(ip), inVain]);
      return {
        city: textOrNull(place?.city),
        state: textOrNull(place?.state),
        country: textOrNull(place?.country),
      };
    } catch (error) {
      events.warn("locate_failed", `The place of a sign-in could not be found: ${String(error)}`);
      return NOWHERE;
    } finally {
      clearTimeout(timer);
    }
  };
}
