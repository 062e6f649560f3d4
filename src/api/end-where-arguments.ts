/** Arguments of `sessions.endWhere`. */
import { isActor, isTime, requireOneName, type Check, type OptionsSpec } from "../check-options.js";
import type { EndTarget } from "../policy/index.js";
import type { EndWherePreview } from "../state/rules/end-where.js";
import type { SavedRules } from "../state/rules/shared-rules.js";
import { isLabel, isStorable } from "../state/values/session-labels.js";
import { MAX_DETAIL_LENGTH } from "../state/sessions/record-format.js";
import { longWorkSpec } from "./long-work.js";
import { isAddress } from "./rules-api.js";

/** Options of `sessions.endWhere`. */
export interface EndWhereOptions {
  /**
   * User id of the person who ends the sessions; kept in the history. The reason is `revoked` for this user's own sessions,
   * and `revoked_by_admin` for all other sessions.
   */
  readonly actor?: string;
  /** Place from which the actor ends the sessions, such as `req.ip`; kept in the history. @default no place is kept */
  readonly from?: string;
}

/** Result of `sessions.endWhere`. `version` is the version of the settings, which name the end. */
export type EndWhereResult = SavedRules;

const USAGE = 'curfew.sessions.endWhere({ tenant: "acme" }, { actor: userId })';

/** The options of `sessions.endWhere` and their checks. */
export const END_WHERE: OptionsSpec<EndWhereOptions> = {
  by: "sessions.endWhere",
  usage: USAGE,
  checks: { actor: isActor, from: isAddress },
};

/** The options of `sessions.previewEndWhere` and their checks. */
export const PREVIEW_END_WHERE = longWorkSpec<EndWherePreview>(
  "sessions.previewEndWhere",
  'curfew.sessions.previewEndWhere({ tenant: "acme" }, { onProgress, signal })',
);

interface TargetNames {
  readonly all: true;
  readonly tenant: string;
  readonly role: string;
  readonly credentialsType: string;
  readonly signedInBefore: number | Date;
}

const isTrue: Check = (value) => (value === true ? null : "must be true");

/** Returns a target with its own name only. @throws CurfewError `invalid_argument` unless it names one kind of sessions */
export function requireEndTarget(by: string, where: unknown): EndTarget {
  const spec: OptionsSpec<TargetNames> = {
    by,
    usage: USAGE,
    what: "target",
    checks: {
      all: isTrue,
      tenant: isLabel,
      role: isLabel,
      credentialsType: isStorable(MAX_DETAIL_LENGTH),
      signedInBefore: isTime,
    },
  };
  const target = requireOneName(spec, where);
  const { signedInBefore } = target;
  return (signedInBefore === undefined ? target : { signedInBefore: Number(signedInBefore) }) as EndTarget;
}
