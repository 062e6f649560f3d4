/** Reads and changes single fields of a record in Redis, as a test or a damaged disk would. */
import type { Redis } from "ioredis";
import { SEPARATOR } from "../../src/redis/reply.js";
import { fieldNumber, type RecordField } from "../../src/state/sessions/record-fields.js";

/** Returns one field of the record at a key; "" if the record or the field is missing. */
export async function recordField(redis: Redis, key: string, name: RecordField): Promise<string> {
  return ((await redis.get(key)) ?? "").split(SEPARATOR)[fieldNumber(name) - 1] ?? "";
}

/** Sets one field of the record at a key, and leaves the end of the key as it is. */
export async function setRecordField(
  redis: Redis,
  key: string,
  name: RecordField,
  value: string | number,
): Promise<void> {
  await redis.set(key, withRecordField((await redis.get(key)) ?? "", name, value), "KEEPTTL");
}

/** Returns a record with a field changed. */
export function withRecordField(record: string, name: RecordField, value: string | number): string {
  const fields = record.split(SEPARATOR);
  while (fields.length < fieldNumber(name)) fields.push("");
  fields[fieldNumber(name) - 1] = String(value);
  return fields.join(SEPARATOR);
}
