/** Questions about a session in which an administrator may be signed in as the user. */
import { CurfewError } from "../../errors.js";
import type { SessionCore } from "../../policy/index.js";

/** Returns the person who acts in a session: its user, or the administrator of a sudo session (rule U7). */
export function actorIn({ userId, administrator }: SessionCore): string {
  return administrator?.userId ?? userId;
}

/** @throws CurfewError `sudo_refused`: an administrator does not know the user's password, and must not guess it (rule U4) */
export function refuseSudo({ kind }: SessionCore): void {
  if (kind === "sudo")
    throw new CurfewError(
      "sudo_refused",
      "reauthenticate: an administrator who is signed in as a user can't authenticate as the user.",
    );
}
