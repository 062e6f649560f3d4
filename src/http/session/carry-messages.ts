import { bounded } from "../../state/storage.js";
import type { RequestContext } from "../request/context.js";
import { judgeAgain } from "./judge-session.js";

/** Fields in which connect-flash, express-flash and passport keep messages for the next page. */
const MESSAGE_FIELDS = ["flash", "messages"] as const;

/**
 * Keeps the messages of a request whose session has ended meanwhile, for example by `curfew.sessions.endAll` in its
 * handler: they begin the browser's next session (rule M42). All other data are dropped. A guard of the app may read them,
 * and they would outlive the session's end.
 *
 * @throws CurfewError `redis_unavailable`
 */
export async function carryMessages(context: RequestContext): Promise<void> {
  const { request, store, storage } = context;
  const messages = newMessages(context);
  if (messages.length === 0) return;
  // The new session carries the reason of the end, which the request does not know yet (rule M5).
  if ((await judgeAgain(context, bounded(storage))) !== null) return;
  // The browser has a newer session and gets no cookie of the next one (rule M15).
  if (context.keepsCookie) return;
  Object.assign(context, { live: null, stored: null, unsettledJson: null });
  store.generate(request);
  context.ownId = request.sessionID;
  Object.assign(request.session, Object.fromEntries(messages));
  await new Promise<void>((resolve, reject) => {
    request.session.save((error?: Error | null) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Returns true unless the value is a text, an array or an object with something in it. */
const isEmpty = (value: unknown): boolean => Object.keys(Object(value) as object).length === 0;

/** Returns the message fields that this request has written, except empty fields. */
function newMessages({ request, loaded }: RequestContext): (readonly [string, unknown])[] {
  const before = loaded === null ? {} : (JSON.parse(loaded.json) as Record<string, unknown>);
  const session = request.session as unknown as Readonly<Record<string, unknown>>;
  return MESSAGE_FIELDS.map((name) => [name, session[name]] as const).filter(
    ([name, value]) => !isEmpty(value) && JSON.stringify(value) !== JSON.stringify(before[name]),
  );
}
