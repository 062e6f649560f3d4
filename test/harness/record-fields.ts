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
  const fields = ((await redis.get(key)) ?? "").split(SEPARATOR);
  while (fields.length < fieldNumber(name)) fields.push("");
  fields[fieldNumber(name) - 1] = String(value);
  await redis.set(key, fields.join(SEPARATOR), "KEEPTTL");
}
