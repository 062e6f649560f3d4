import type { Events } from "../../events.js";
import { deviceOf, placeOf } from "./list-sessions.js";
import type { OpenedSession } from "./open-session.js";

/** Emits the event of a sign-in, of a browser or a program. */
export function emitSignedIn(events: Events, ref: string, { record, deviceClass, now }: OpenedSession): void {
  const { userId, kind, persistent, ip } = record;
  const device = deviceOf(record);
  events.emit("signedIn", {
    ...{ ref, userId, kind, at: now, persistent, device, deviceClass, ip },
    place: placeOf(record),
    sudoUserId: record.administrator?.userId ?? null,
  });
}
