import type { SignedInId } from "../session-id.js";
import { nowOf, type Storage } from "../storage.js";
import { endWithOwn } from "./end-session.js";
import { fieldsOf, parseCore } from "./record-format.js";
import { secretsOf, shownSecret } from "./record-secrets.js";

/** Signs a session out for a caller with its whole id. Returns false if the secret is worthless: then nothing ends. */
export async function signOutById(storage: Storage, { ref, secretHash }: SignedInId): Promise<boolean> {
  const { values, serverTime } = await storage.redis.readTogether([storage.keys.record(ref)]);
  const fields = fieldsOf(values[0] ?? "");
  const secrets = secretsOf(fields);
  const now = nowOf(storage, serverTime);
  if (!secrets || shownSecret(secrets, secretHash, now) === "none") return false;
  const ending = { reason: "signed_out", at: now } as const;
  await endWithOwn(storage, ref, parseCore(fields)?.administrator?.ref, ending);
  return true;
}
