import { invalidOption } from "../errors.js";

/**
 * Returns the user id for a value that `serializeUser` gives: a string, a number or an ObjectId, or an object with one
 * of these as its `id` or `_id`.
 *
 * @throws CurfewError `invalid_option`; names the option that says it otherwise
 */
export function userIdOf(serialized: unknown): string {
  const id = idText(serialized) ?? idText(fieldOf(serialized, "id")) ?? idText(fieldOf(serialized, "_id"));
  if (id !== null) return id;
  throw invalidOption(
    "passport.userId",
    "is needed, because serializeUser gives neither a string, a number nor an ObjectId, nor an object with an id or " +
      "_id; write curfew.passport({ userId: (user) => user.email })",
  );
}

/** Returns the user id that the app's own `userId` function gives. @throws CurfewError `invalid_option` */
export function givenUserId(given: unknown): string {
  const id = idText(given);
  if (id !== null) return id;
  throw invalidOption(
    "passport.userId",
    "must return a string, a number or an ObjectId that is the user's id",
  );
}

/** Returns an id as text; `null` for a value that is not an id. */
function idText(value: unknown): string | null {
  if (typeof value === "string") return value === "" ? null : value;
  if (typeof value === "bigint" || (typeof value === "number" && Number.isFinite(value)))
    return String(value);
  // Recognized by its shape: the app may have several copies of the package `bson`.
  const toHex = fieldOf(value, "toHexString");
  return typeof toHex === "function" ? idText(Reflect.apply(toHex, value, [])) : null;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (Reflect.get(value, name) as unknown) : undefined;
}
