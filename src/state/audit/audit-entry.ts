import { AUDIT_TYPES, type AuditType, type CurfewEvents } from "../../events.js";
import { isTimestamp } from "../../policy/time.js";
import { fieldsOf, parseJson } from "../values/json.js";
import { decodeEndTarget, decodeTarget } from "../values/rule-codec.js";

/** Event of one type, as the audit trail keeps it. */
export type AuditEntryOf<Type extends AuditType> = {
  readonly type: Type;
  /** Place in the trail, for `audit.follow({ after })`. */
  readonly position: string;
} & CurfewEvents[Type];

/**
 * An event in the audit trail: the payload of `curfew.on`, its `type`, and its `position` in the trail. No entry has the
 * address or the place of a sign-in.
 */
export type AuditEntry = { [Type in AuditType]: AuditEntryOf<Type> }[AuditType];

/** Name of the field of a stream's entry that holds the event. */
const FIELD = "event";

/** An entry of a stream, as Redis returns it. */
export type StreamEntry = readonly [position: string, fields: readonly string[] | null];

/** Returns the fields of an event in the stream. */
export function encodeAudited<Type extends AuditType>(type: Type, event: CurfewEvents[Type]): string[] {
  return [FIELD, JSON.stringify({ type, ...withoutPlaces(event) })];
}

/** Returns an event without addresses and places, because a purge of stored places does not change the trail (rule Q19). */
function withoutPlaces(event: CurfewEvents[AuditType]): object {
  if ("ip" in event) return { ...event, ip: null, place: null };
  if ("by" in event && event.by) return { ...event, by: { ...event.by, place: null } };
  return event;
}

/** Reads an entry of the stream. @returns `null` if the entry makes no sense, or its type is unknown to this version */
export function decodeAudited([position, fields]: StreamEntry): AuditEntry | null {
  const [name, text = ""] = fields ?? [];
  const event = fieldsOf(name === FIELD ? parseJson(text) : null);
  const { type, at } = event;
  if (!(AUDIT_TYPES as readonly unknown[]).includes(type) || !isTime(at)) return null;
  const isWhole = type === "settingsChanged" ? isChange(event) : isOfSession(event);
  return isWhole && (type !== "extended" || isTime(event["endsAt"]))
    ? ({ position, ...event } as unknown as AuditEntry)
    : null;
}

type Fields = Readonly<Record<string, unknown>>;

const isTime = (value: unknown): boolean => isTimestamp(value) && value >= 0;

const isOfSession = ({ ref, userId }: Fields): boolean =>
  typeof ref === "string" && typeof userId === "string";

const isChange = ({ version, settings, rule = null, ended = null }: Fields): boolean =>
  typeof version === "number" &&
  typeof settings === "object" &&
  settings !== null &&
  (rule === null || decodeTarget(fieldsOf(rule)["for"]) !== null) &&
  (ended === null || decodeEndTarget(ended) !== null);

/** True if an entry is about a user's session or a user's own rule. */
export function isAbout(entry: AuditEntry, userId: string): boolean {
  if (entry.type !== "settingsChanged") return entry.userId === userId;
  return fieldsOf(fieldsOf(entry.rule)["for"])["userId"] === userId;
}

/** True if a user caused an entry, as its actor or as the administrator of a sudo session. */
export function isBy(entry: AuditEntry, userId: string): boolean {
  if ("sudoUserId" in entry && entry.sudoUserId === userId) return true;
  return "actor" in entry && entry.actor === userId;
}

/** Returns an entry without its actor and administrator, for the trail. */
export function withoutActor({ position: _position, ...event }: AuditEntry): string[] {
  const { type, ...payload } = event;
  const nameless = {
    ...payload,
    ...("actor" in payload ? { actor: null } : {}),
    ...("from" in payload ? { from: null } : {}),
    ...("sudoUserId" in payload ? { sudoUserId: null } : {}),
  };
  return encodeAudited(type, nameless as CurfewEvents[typeof type]);
}
