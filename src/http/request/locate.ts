import type { Events } from "../../events.js";
import { textOrNull } from "./describe-agent.js";
import { SECOND_MS, type Place } from "../../policy/index.js";

/** Finds the place of an IP address; `null` for one that has none, such as a private address. */
export type Locate = (ip: string) => Promise<Partial<Place> | null> | Partial<Place> | null;

/** How long a place is waited for: a sign-in must not hang on a look-up. */
const LOCATE_TIMEOUT_MS = SECOND_MS / 2;
const NOWHERE: Place = { city: null, state: null, country: null };

/** Makes of the app's `locate` one that always answers, in time: what it can't tell is not known (rule T4). */
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
