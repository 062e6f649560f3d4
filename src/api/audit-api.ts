import {
  checkArguments,
  isText,
  isTime,
  isWhole,
  requiringUser,
  unknownName,
  type Check,
  type OptionsSpec,
} from "../check-options.js";
import { AUDIT_TYPES } from "../events.js";
import type { AuditEntry } from "../state/audit/audit-entry.js";
import type { AuditTrail } from "../state/audit/audit-trail.js";
import {
  followAudit,
  isCursor,
  isPosition,
  listAudit,
  MAX_AUDIT_LIMIT,
  type AuditFilter,
  type AuditListOptions,
  type AuditPage,
} from "../state/audit/read-audit.js";
import type { Storage } from "../state/storage.js";

/** Options of `audit.follow`. */
export interface AuditFollowOptions extends AuditFilter {
  /** `position` of the last known entry. @default the newest entry at the time of the call */
  readonly after?: string;
  /** Ends the iteration. @default none */
  readonly signal?: AbortSignal;
}

/** `curfew.audit`: reads the audit trail. */
export interface AuditApi {
  /**
   * Returns a page of the trail, newest first.
   *
   * @example const { entries } = await curfew.audit.list({ userId: "ann", types: ["ended"] })
   * @throws CurfewError `invalid_argument`, `redis_unavailable`
   */
  list(options?: AuditListOptions): Promise<AuditPage>;
  /**
   * Yields each new entry within a second, of all processes, until `signal` aborts or the loop ends.
   *
   * @example for await (const entry of curfew.audit.follow()) process.stdout.write(`${JSON.stringify(entry)}\n`)
   * @throws CurfewError `invalid_argument`, `redis_unavailable`
   */
  follow(options?: AuditFollowOptions): AsyncIterableIterator<AuditEntry>;
  /** Number of events of this process that Redis did not take. Each outage also causes the warning `audit_failed`. */
  readonly lost: number;
}

const isTypes: Check = (value) => {
  if (!Array.isArray(value)) return 'must be an array of types, such as ["ended"]';
  const wrong = value.filter((each) => !(AUDIT_TYPES as readonly unknown[]).includes(each)).map(String);
  const [first] = wrong;
  return first === undefined ? null : `has "${first}", which ${unknownName(first, AUDIT_TYPES, "type")}`;
};

const FILTER: Readonly<Record<keyof AuditFilter, Check>> = {
  userId: (value) => isText(value) && "must be the user's id, a string that is not empty",
  since: isTime,
  types: isTypes,
};

const LIST: OptionsSpec<AuditListOptions> = {
  by: "audit.list",
  usage: 'curfew.audit.list({ userId, since: Date.now() - 3_600_000, types: ["ended"] })',
  checks: {
    ...FILTER,
    limit: isWhole(1, MAX_AUDIT_LIMIT),
    cursor: (value) => (isCursor(value) ? null : "must be a nextCursor that audit.list returned"),
  },
};

const FOLLOW: OptionsSpec<AuditFollowOptions> = {
  by: "audit.follow",
  usage: "for await (const entry of curfew.audit.follow({ after, signal }))",
  checks: {
    ...FILTER,
    after: (value) => (isPosition(value) ? null : "must be the position of an entry"),
    signal: (value) => (value instanceof AbortSignal ? null : "must be an AbortSignal"),
  },
};

/** Creates `curfew.audit`. */
export function createAuditApi(storage: Storage, trail: AuditTrail): AuditApi {
  return {
    list: async (options = {}) => {
      checkArguments(requiringUser(LIST, options), options);
      return listAudit(storage, options);
    },
    follow: (options = {}) => {
      checkArguments(requiringUser(FOLLOW, options), options);
      return followAudit(storage, options);
    },
    get lost() {
      return trail.lost;
    },
  };
}
