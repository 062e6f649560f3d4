/**
 * Session enforcement for Express: one middleware that reads the live session settings from Redis on every
 * request and decides, before the handler runs, whether this session may go on.
 *
 * @packageDocumentation
 */
export { createCurfew, type Curfew } from "./create-curfew.js";
export { CurfewError, ERROR_CODES, type ErrorCode } from "./errors.js";
export {
  formatLogEntry,
  type CurfewEvents,
  type EventName,
  type Listener,
  type Log,
  type LogEntry,
  type SessionEvent,
  type WarningCode,
} from "./events.js";
export type { RequireFreshOptions, RequireSignInOptions } from "./http/guards.js";
export type { Locate } from "./http/locate.js";
export type {
  ActiveSession,
  ActiveState,
  AnonymousState,
  EndedState,
  RequestCurfew,
} from "./http/request-state.js";
export type { RoutesOptions } from "./http/routes.js";
export type { CurfewSessionOptions } from "./http/session-middleware.js";
export type { SignInOptions } from "./http/sign-in.js";
export type { Status } from "./http/status.js";
export type { ActivityOption, CurfewOptions } from "./options.js";
export {
  DEFAULT_LIMITS,
  DEFAULT_SETTINGS,
  END_REASONS,
  SESSION_KINDS,
  safeReturnTo,
  type Agent,
  type Coercion,
  type EndReason,
  type EvictedBy,
  type LimitAction,
  type Place,
  type SessionKind,
  type Settings,
  type SettingsPatch,
  type SystemLimits,
  type WarningAction,
} from "./policy/index.js";
export type { RedisOption } from "./redis/connect.js";
export type { Argument } from "./redis/port.js";
export type { Slots } from "./redis/fuse.js";
export type { RedisClient } from "./redis/guarded-redis.js";
export type { ListOptions, SessionPage, SessionView } from "./redis/list-sessions.js";
export type { SettingsPreview } from "./redis/preview-settings.js";
export type { SettingsChange } from "./redis/settings-codec.js";
export type { SettingsUpdate, UpdateOptions, VersionedSettings } from "./redis/settings-store.js";
export type { Durability, ReplicaWaitOptions } from "./redis/replica-wait.js";
export type { EndAllResult } from "./redis/revoke-sessions.js";
export type {
  EndAllOptions,
  EndOptions,
  EndResult,
  ForgetOptions,
  SessionsApi,
} from "./redis/sessions-api.js";
export type { SettingsApi } from "./redis/settings-api.js";
