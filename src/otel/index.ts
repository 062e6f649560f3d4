/**
 * Spans and metrics by OpenTelemetry. Needs the package `@opentelemetry/api`.
 *
 * @packageDocumentation
 */
export { openTelemetry, type OpenTelemetryOptions } from "./open-telemetry.js";
export type { EndReason } from "../policy/index.js";
export type {
  Credential,
  RedisCommand,
  RedisServers,
  RequestVerdict,
  Telemetry,
  TracedOperation,
} from "../telemetry.js";
