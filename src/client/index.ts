/** The browser's side: the warning before an end, reports of input, and tabs in step. */
import type { DraftEventDetail } from "./drafts/index.js";
import type { EventDetails } from "./ports.js";
import { start, type ClientOptions, type CurfewClient } from "./start.js";

export type { EndedAnswer, EvictedByAnswer, Status } from "../wire.js";
export { ARABIC } from "./words/arabic.js";
export {
  startDrafts,
  type DraftEditor,
  type DraftEventDetail,
  type Drafts,
  type DraftsOptions,
} from "./drafts/index.js";
export { ENGLISH, type WordKey, type Words } from "./words/english.js";
export { ENGLISH_DRAFTS, type DraftWordKey } from "./words/english-drafts.js";
export { GERMAN } from "./words/german.js";
export type { EventDetails } from "./ports.js";
export type { ClientOptions, CurfewClient } from "./start.js";

/** Detail of an event: the facts, and the client with the actions. */
export type CurfewEvent<Name extends keyof EventDetails> = CustomEvent<
  EventDetails[Name] & { readonly client: CurfewClient }
>;

/** The events, dispatched on `document`. They bubble to `window`. */
export interface CurfewEventMap {
  "curfew:warning": CurfewEvent<"warning">;
  "curfew:extended": CurfewEvent<"extended">;
  "curfew:reauthenticated": CurfewEvent<"reauthenticated">;
  "curfew:ended": CurfewEvent<"ended">;
  "curfew:ending": CurfewEvent<"ending">;
  /** An app that signs out by itself dispatches a plain `Event` of this name, cancelable and bubbling. */
  "curfew:signout": Event;
  "curfew:draft": CustomEvent<DraftEventDetail>;
}

declare global {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- adds members to the DOM's interface
  interface DocumentEventMap extends CurfewEventMap {}
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- adds members to the DOM's interface
  interface WindowEventMap extends CurfewEventMap {}
}

/**
 * Starts the client of this page. Call it once, as early as possible.
 *
 * @example `startCurfew({ base: "/curfew", loginUrl: "/login" })`
 */
export function startCurfew(options: ClientOptions = {}): CurfewClient {
  return start(options, () => import("./element.js"));
}
