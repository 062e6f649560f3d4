/** Tells the app of sign-ins from a browser or a country that is new for the user, for a message to the user. */
import { DAY_MS } from "../../policy/index.js";
import { noteDevice } from "../scripts.generated.js";
import type { Storage } from "../storage.js";
import { deviceOf, placeOf } from "./list-sessions.js";
import type { OpenedSession } from "./open-session.js";

/** Most browsers that are known of a user. */
const MAX_KNOWN = 50;
/** Time for which a browser is known after its latest sign-in of the user. As long as browsers keep their token. */
const KNOWN_MS = 400 * DAY_MS;

/** Looks for the new after a sign-in. A failure is logged, and disturbs no sign-in. */
export function watchDevices(storage: Storage, ref: string, opened: OpenedSession): void {
  if (!storage.events.isHeard("newDevice")) return;
  storage.backgroundWork.begin(
    () => look({ ...storage, redis: storage.background }, ref, opened),
    (error) => {
      storage.events.warn("write_failed", `Noting the browser of a sign-in: ${String(error)}`);
    },
  );
}

async function look(storage: Storage, ref: string, opened: OpenedSession): Promise<void> {
  const { redis, keys, events } = storage;
  const { tag, record, deviceClass, now, otherCountries: others } = opened;
  const known = await redis.run(noteDevice, [keys.devices(tag), record.browserKey, now, MAX_KNOWN, KNOWN_MS]);
  const isNewBrowser = known === "new";
  // No list of countries is kept, so a purge of locations leaves none.
  const isNewCountry = record.country !== null && others.length > 0 && !others.includes(record.country);
  if (!isNewBrowser && !isNewCountry) return;
  const { userId, kind, ip } = record;
  const device = deviceOf(record);
  const place = placeOf(record);
  const described = { device, deviceClass, ip, place };
  events.emit("newDevice", { ref, userId, kind, at: now, ...described, isNewBrowser, isNewCountry });
}
