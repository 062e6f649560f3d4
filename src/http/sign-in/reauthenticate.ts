import type { Request } from "express";
import { endedMeanwhile } from "../../errors.js";
import { endSurely } from "../../state/sessions/end-session.js";
import { newSecret, signedInId } from "../../state/session-id.js";
import { makeRoomToRenew, renewSession } from "../../state/sessions/renew-session.js";
import { requireContext, requireCurrent } from "../request/context.js";
import { refuseSudo } from "../request/sudo-session.js";
import { replaceCookie } from "../session/answer-cookie.js";
import { requireCookieSent } from "../session/secure-cookie.js";
import { dataOf } from "./carried-data.js";
import { changed, goOn, judgeNow, withinTime } from "./current-session.js";
import { requireUnanswered } from "./sign-in.js";
import { traced } from "./traced.js";

/**
 * Continues with a new secret and a new absolute window, after the app has verified the user again. The session keeps
 * its `ref` (rule M37). The present cookie also works until a request shows the new cookie (rule M25). If a form is
 * sent twice, the second changes nothing and sends no cookie (rule M28).
 *
 * @throws CurfewError `sudo_refused` in a sudo session (rule U4), `session_ended`, `not_signed_in`, `insecure_connection`, `redis_unavailable`
 */
export async function reauthenticate(request: Request): Promise<void> {
  const { storage } = requireContext(request);
  return traced(storage, "reauthenticate", () => offerSecret(request));
}

async function offerSecret(request: Request): Promise<void> {
  const { context, ...before } = requireCurrent(request);
  requireUnanswered(context);
  refuseSudo(before.record);
  const { store } = context;
  requireCookieSent(context, store.cookieFor(request));
  const storage = withinTime(context);
  // A handler may have taken long to verify the user. Room is made meanwhile, so that a round trip less is waited for.
  const [live, roomUntil] = await Promise.all([judgeNow(context, storage), makeRoomToRenew(storage, before)]);
  const offered = newSecret(signedInId(request.sessionID)?.oldId);
  const renewed = await renewSession(storage, roomUntil, {
    ...live,
    shownHash: live.secretHash,
    offeredHash: offered.secretHash,
  });
  if (renewed === "repeated") {
    goOn(context, live);
    return;
  }
  // Its time has run out, or it has been ended, since it was judged.
  if (renewed === "ended") {
    await judgeNow(context, storage);
    throw endedMeanwhile();
  }
  const ends = live.twins.map(({ ref }) => endSurely(storage, ref, { reason: "signed_out", at: live.now }));
  await Promise.all(ends);
  requireUnanswered(context);
  store.renew(context, offered.idOf(live.ref, live.tag), dataOf(request.session));
  const shown = { ...live, secretHash: offered.secretHash, shown: "offered" } as const;
  const after = changed(shown, renewed);
  goOn(context, after);
  replaceCookie(context, after);
  context.storage.events.emit("reauthenticated", {
    ref: live.ref,
    userId: renewed.userId,
    kind: renewed.kind,
    at: live.now,
  });
}
