import { invalidArgument } from "../check-options.js";

/** A user that a search found. */
export interface FoundUser {
  readonly userId: string;
  /** Name that the page shows beside the id. */
  readonly name?: string;
}

/** Finds users by a text that an administrator typed. */
export type FindUsers = (query: string) => readonly FoundUser[] | Promise<readonly FoundUser[]>;

/** Number of found users on a page. */
const MOST = 50;

/** Longest text that the app's function gets. */
const MAX_QUERY = 255;

/** Asks the app. @throws CurfewError `invalid_argument` if the app returns another value than users */
export async function findUsersIn(findUsers: FindUsers, query: string): Promise<readonly FoundUser[]> {
  const users: unknown = await findUsers(query.slice(0, MAX_QUERY));
  if (!Array.isArray(users) || !users.every(isUser))
    throw invalidArgument("adminPages", "findUsers must return an array of { userId, name }");
  return users.slice(0, MOST);
}

function isUser(value: unknown): value is FoundUser {
  if (typeof value !== "object" || value === null) return false;
  const { userId, name } = value as Readonly<Record<string, unknown>>;
  return typeof userId === "string" && userId !== "" && (name === undefined || typeof name === "string");
}
