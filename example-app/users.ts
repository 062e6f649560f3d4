import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** An account to begin with, its password in plain text. */
export interface Account {
  readonly userId: string;
  readonly password: string;
  readonly isAdmin: boolean;
}

/** The accounts of the example. A real app has none in its source. */
export const DEMO_ACCOUNTS: readonly Account[] = [
  { userId: "ana", password: "ana-likes-tea", isAdmin: false },
  { userId: "bob", password: "bob-likes-coffee", isAdmin: false },
  { userId: "admin", password: "admin-likes-rules", isAdmin: true },
];

/** The users of the app. */
export interface Users {
  /** Whether there is such a user and this is the password; takes as long either way. */
  verify(userId: string, password: string): Promise<boolean>;
  isAdmin(userId: string): boolean;
}

interface StoredUser {
  readonly isAdmin: boolean;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

const deriveKey = promisify<string, Buffer, number, Buffer>(scrypt);
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Stores accounts with salted scrypt hashes in place of their passwords. */
export async function createUsers(accounts: readonly Account[] = DEMO_ACCOUNTS): Promise<Users> {
  const stored = new Map<string, StoredUser>();
  for (const { userId, password, isAdmin } of accounts)
    stored.set(userId, { isAdmin, ...(await hash(password)) });
  // Somebody's guess at a user name must not show in the time the answer takes.
  const nobody = await hash(randomBytes(SALT_BYTES).toString("hex"));
  return {
    verify: async (userId, password) => {
      const user = stored.get(userId);
      const against = user ?? nobody;
      const derived = await deriveKey(password, against.salt, HASH_BYTES);
      return timingSafeEqual(derived, against.hash) && user !== undefined;
    },
    isAdmin: (userId) => stored.get(userId)?.isAdmin === true,
  };
}

async function hash(password: string): Promise<{ salt: Buffer; hash: Buffer }> {
  const salt = randomBytes(SALT_BYTES);
  return { salt, hash: await deriveKey(password, salt, HASH_BYTES) };
}
