import type { Request } from "express";
import { invalidArgument, isFunction } from "../../check-options.js";
import type { EndWatch, OnEnd } from "../../state/ends/end-watch.js";
import { isRef } from "../../state/keys.js";
import { requireCurrent } from "./context.js";

/** Watches the session of a request or of a ref. @throws CurfewError `invalid_argument`, `not_signed_in` */
export function watchSession(ends: EndWatch, session: Request | string, onEnd: OnEnd): () => void {
  const problem = isFunction(onEnd);
  if (problem !== null) throw invalidArgument("watch", `onEnd ${problem}`);
  if (typeof session !== "string") return ends.watch(requireCurrent(session).ref, { onEnd });
  if (!isRef(session))
    throw invalidArgument(
      "watch",
      "the session must be a request or a session's ref, from sessions.list or req.curfew.session.ref",
    );
  return ends.watch(session, { onEnd });
}
