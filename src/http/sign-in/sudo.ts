/** Sign-in of an administrator as another user (rules U1 to U7). */
import type { Request } from "express";
import { checkArguments, isTime, isPositive, type OptionsSpec } from "../../check-options.js";
import { CurfewError } from "../../errors.js";
import type { Durability } from "../../state/replica-wait.js";
import { requireContext, requireCurrent, type CurrentSession } from "../request/context.js";
import { judgeNow, withinTime } from "./current-session.js";
import { SIGN_IN, type SignInOptions } from "./sign-in-options.js";
import { openFor, orUndone, type SignInDependencies } from "./sign-in.js";

/** The user of a sudo session, and options of the session. */
export type SudoOptions = Pick<
  SignInOptions,
  "userId" | "tenant" | "roles" | "tags" | "metadata" | "lifetimeMinutes" | "endsAt" | "keepData"
>;

const { userId, tenant, roles, tags, metadata, keepData } = SIGN_IN.checks;

const SUDO: OptionsSpec<SudoOptions> = {
  by: "sudo",
  usage: "await curfew.sudo(req, { userId: person.id })",
  checks: {
    ...{ userId, tenant, roles, tags, metadata, keepData },
    lifetimeMinutes: isPositive("minutes"),
    endsAt: isTime,
  },
  required: ["userId"],
};

/**
 * Signs the user of this request, an administrator, in as another user. The administrator's own session continues. The
 * new session ends with it, and no later than it (rules U1 to U3).
 *
 * @throws CurfewError `sudo_refused`, `session_ended`, `not_signed_in`, `insecure_connection`, `redis_unavailable`,
 * `invalid_argument`, `session_middleware_missing`
 */
export async function sudo(
  dependencies: SignInDependencies,
  request: Request,
  options: SudoOptions,
): Promise<Durability> {
  const context = requireContext(request);
  return orUndone(context, async () => {
    checkArguments(SUDO, options);
    requireAllowed(requireCurrent(request), options.userId);
    const { ref, tag, record, standing, settings, verdict } = await judgeNow(context, withinTime(context));
    const endsAt = Math.min(Number(options.endsAt ?? Infinity), verdict.absoluteEndsAt);
    return openFor(dependencies, context, { ...options, endsAt, credentialsType: "sudo" }, undefined, {
      administrator: { userId: record.userId, ref },
      session: { ref, tag, record, standing, settings },
    });
  });
}

/** @throws CurfewError `sudo_refused` (rule U1) */
function requireAllowed({ record }: CurrentSession, person: string): void {
  const refused = (why: string): CurfewError => new CurfewError("sudo_refused", `sudo: ${why}`);
  if (record.kind !== "browser")
    throw refused("this session is not an administrator's own browser session; end it first.");
  if (record.userId === person) throw refused("an administrator can't sign in as the same user.");
}
