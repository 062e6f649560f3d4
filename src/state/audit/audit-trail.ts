import { AUDIT_TYPES, type AuditType, type CurfewEvents } from "../../events.js";
import { MINUTE_MS } from "../../policy/index.js";
import type { Storage } from "../storage.js";
import { encodeAudited } from "./audit-entry.js";

/** The bounds of the trail. */
export interface AuditBounds {
  /** Number of entries that stay; Redis keeps up to a hundred more. With `null` this process deletes none. */
  readonly maxEntries: number | null;
}

/** Shortest time between two warnings about lost entries, in milliseconds. */
const WARN_EVERY_MS = MINUTE_MS;

/**
 * Keeps the events of this process in the audit trail, a stream in Redis. No request waits for an entry, and no request
 * fails because of an entry.
 */
export class AuditTrail {
  readonly #storage: Storage;
  readonly #bounds: readonly string[];
  #lost = 0;
  #warnedAt = Number.NEGATIVE_INFINITY;

  /** @param bounds - `null` keeps no events */
  constructor(storage: Storage, bounds: AuditBounds | null) {
    this.#storage = storage;
    this.#bounds = boundsOf(bounds);
    if (bounds) for (const type of AUDIT_TYPES) storage.events.on(type, (event) => this.#keep(type, event));
  }

  /** Number of events of this process that could not be kept. */
  get lost(): number {
    return this.#lost;
  }

  /** The command leaves together with the other commands of this turn. */
  #keep<Type extends AuditType>(type: Type, event: CurfewEvents[Type]): void {
    const { background, backgroundWork, keys } = this.#storage;
    const args = [keys.audit, ...this.#bounds, "*", ...encodeAudited(type, event)];
    backgroundWork.begin(
      () => background.call("XADD", args),
      (error) => {
        this.#noteLoss(error);
      },
    );
  }

  #noteLoss(error: unknown): void {
    this.#lost++;
    const now = performance.now();
    if (now - this.#warnedAt < WARN_EVERY_MS) return;
    this.#warnedAt = now;
    this.#storage.events.warn(
      "audit_failed",
      `The audit trail lacks ${String(this.#lost)} of this process's events: ${String(error)}`,
    );
  }
}

/** A process that does not know the app's bound deletes no entries. */
function boundsOf(bounds: AuditBounds | null): string[] {
  return typeof bounds?.maxEntries === "number" ? ["MAXLEN", "~", String(bounds.maxEntries)] : [];
}
