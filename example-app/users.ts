import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** An account with its password in plain text. */
export interface Account {
  readonly userId: string;
  readonly password: string;
  readonly isAdmin: boolean;
}

/** The example's accounts. A real app has no accounts in its source. */
export const DEMO_ACCOUNTS: readonly Account[] = [
  { userId: "ana", password: "ana-likes-tea", isAdmin: false },
  { userId: "bob", password: "bob-likes-coffee", isAdmin: false },
  { userId: "admin", password: "admin-likes-rules", isAdmin: true },
];

/** The users of the app. */
export interface Users {
  /** Returns true if the password is this user's. An unknown user takes as long as a wrong password. */
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

/** Creates the users. Each password is stored as a salted scrypt hash. */
export async function createUsers(accounts: readonly Account[] = DEMO_ACCOUNTS): Promise<Users> {
  const stored = new Map<string, StoredUser>();
  for (const { userId, password, isAdmin } of accounts)
    stored.set(userId, { isAdmin, ...(await hash(password)) });
  // An unknown user name gets a hash too. Otherwise the time of the answer would show which names exist.
  const unknown = await hash(randomBytes(SALT_BYTES).toString("hex"));
  return {
    verify: async (userId, password) => {
      const user = stored.get(userId);
      const against = user ?? unknown;
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
