/** The checks of Auth0's strict schemas, with the words of Auth0's errors. */
import { invalidBody } from "./errors.js";

/** An object of a JSON body. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A body's member in an error: its name, and its description. */
export interface Member {
  readonly name: string;
  readonly description: string;
}

/** Returns the JSON type of a value. */
function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

const placeOf = ({ name, description }: Member): string => `on property ${name} (${description})`;

/** Refuses unknown names, and a body without any. @throws DialectError 400 */
export function requireKnown(body: JsonObject, known: readonly string[]): void {
  const names = Object.keys(body);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalidBody(`'Additional properties not allowed: ${unknown}'`);
  if (names.length === 0) throw invalidBody("'Too few properties defined (0), minimum 1'");
}

/** Returns a value as a whole number in a range. @throws DialectError 400 */
export function requireInteger(value: unknown, max: number, member: Member): number {
  if (typeof value !== "number" || !Number.isInteger(value)) throw wrongType("integer", value, member);
  if (value < 1) throw invalidBody(`'Value ${String(value)} is less than minimum 1' ${placeOf(member)}`);
  if (value > max)
    throw invalidBody(`'Value ${String(value)} is greater than maximum ${String(max)}' ${placeOf(member)}`);
  return value;
}

/** Returns a value as an object. @throws DialectError 400 */
export function requireMap(value: unknown, member: Member): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrongType("object", value, member);
  return value as JsonObject;
}

/** Returns a value as a boolean. @throws DialectError 400 */
export function requireBoolean(value: unknown, member: Member): boolean {
  if (typeof value !== "boolean") throw wrongType("boolean", value, member);
  return value;
}

function wrongType(expected: string, value: unknown, member: Member): Error {
  return invalidBody(`'Expected type ${expected} but found type ${typeOf(value)}' ${placeOf(member)}`);
}
