import type { Storage } from "../../state/storage.js";
import type { TracedOperation } from "../../telemetry.js";

/** Runs an operation, and traces it if the app has given the option `telemetry`. */
export function traced<Result>(
  { telemetry }: Storage,
  operation: TracedOperation,
  work: () => Promise<Result>,
): Promise<Result> {
  return telemetry ? telemetry.trace(operation, work) : work();
}
