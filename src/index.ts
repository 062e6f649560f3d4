/**
 * Session enforcement for Express: one middleware reads the current settings from Redis on every request. It decides,
 * before the handler runs, if the session continues.
 *
 * @packageDocumentation
 */
export { createCurfew } from "./create-curfew.js";
export type { Curfew } from "./curfew.js";
export {
  CurfewError,
  ERROR_CODES,
  type CurfewErrorConstructor,
  type CurfewErrorOf,
  type ErrorCode,
  type ErrorDetails,
  type FurtherArguments,
  type NoDetails,
} from "./errors.js";
export {
  AUDIT_TYPES,
  formatLogEntry,
  type AuditType,
  type CurfewEvents,
  type EventName,
  type Listener,
  type Log,
  type LogEntry,
  type SessionEvent,
  type WarningCode,
} from "./events.js";
export type {
  BearerOptions,
  BearerTokens,
  IssuedToken,
  IssueOptions,
  RequireTokenOptions,
  TokenSession,
} from "./http/bearer/bearer-options.js";
export type { RequireFreshOptions, RequireSignInOptions } from "./http/guards/guards.js";
export type { LimitRequestsOptions } from "./http/guards/limit-requests.js";
export type { LoginHint, LoginHintOptions } from "./http/login/login-hint.js";
export type { LoginWords } from "./http/login/login-words.js";
export type {
  ActiveSession,
  ActiveState,
  AnonymousState,
  EndedState,
  RequestCurfew,
} from "./http/request/request-state.js";
export type { ReauthAttempt, RoutesOptions } from "./http/routes/routes-options.js";
export type { AnswerEndedOptions } from "./http/session/answer-ended.js";
export type { TakeOverOptions } from "./http/session/take-over-options.js";
export type { CurfewSessionOptions } from "./http/session/session-options.js";
export type { SignInOptions } from "./http/sign-in/sign-in-options.js";
export type { SudoOptions } from "./http/sign-in/sudo.js";
export type { SessionLabels } from "./state/values/session-labels.js";
export type {
  EndedAnswer,
  EvictedByAnswer,
  RevokedAnswer,
  SessionRow,
  SessionsAnswer,
  SessionView,
  Status,
} from "./wire.js";
export type { ActivityOption, AuditOptions, CurfewOptions, Locate } from "./options.js";
export type { EmbedOptions, EmbedUrlOptions } from "./embed/embed-options.js";
export { locateByMmdb, type LocateByMmdbOptions } from "./places/locate-by-mmdb.js";
export type { AccountPagesOptions } from "./pages/account-pages.js";
export type { AdminPagesOptions } from "./pages/admin-pages.js";
export type { Authorization } from "./authorize.js";
export type { FindUsers, FoundUser } from "./pages/find-users.js";
export { html, Html, type HtmlContent } from "./pages/html.js";
export type { PagesOptions } from "./pages/mount.js";
export type { RenderedPage, RenderPage } from "./pages/page.js";
export type { PassportOptions } from "./passport/passport-options.js";
export {
  DEFAULT_LIMITS,
  DEFAULT_SETTINGS,
  END_REASONS,
  DEVICE_CLASSES,
  SESSION_KINDS,
  safeReturnTo,
  type Agent,
  type BrowserLimitName,
  type ClassLimits,
  type Coercion,
  type DeviceClass,
  type EndReason,
  type EndTarget,
  type EvictedBy,
  type LimitAction,
  type Place,
  type Rule,
  type RuleChange,
  type RuleSettings,
  type RuleTarget,
  type SessionKind,
  type Settings,
  type SettingsPatch,
  type SettingsProblem,
  type SystemLimits,
  type ValueSource,
  type WarningAction,
} from "./policy/index.js";
export type { RedisOption } from "./redis/connect.js";
export type { Argument } from "./redis/port.js";
export type { NodeConnection, Slots } from "./redis/nodes.js";
export type { RedisClient } from "./redis/redis-client.js";
export type { ListOptions, SessionPage } from "./state/sessions/list-sessions.js";
export type { AuditApi, AuditFollowOptions } from "./api/audit-api.js";
export type { AuditEntry, AuditEntryOf } from "./state/audit/audit-entry.js";
export type { AuditFilter, AuditListOptions, AuditPage } from "./state/audit/read-audit.js";
export type { LongWorkOptions } from "./api/long-work.js";
export type { PurgeProgress } from "./state/sessions/purge-locations.js";
export type { SettingsPreview } from "./state/sessions/preview-settings.js";
export type { SettingsChange } from "./state/settings/settings-history.js";
export type { ExtraValues } from "./state/values/settings-codec.js";
export type { SettingsUpdate, UpdateOptions, VersionedSettings } from "./state/settings/settings-store.js";
export type { ExplainedSession, RuleUpdate, SavedRule, SharedRuleList } from "./state/rules/change-rules.js";
export type { SavedRules } from "./state/rules/shared-rules.js";
export type { ReadyOptions } from "./state/open-storage.js";
export type { SocketServer } from "./http/request/close-sockets.js";
export type { OnEnd } from "./state/ends/end-watch.js";
export type { WatchedEnd } from "./state/ends/judge-watched.js";
export type { Durability, ReplicaWaitOptions } from "./state/replica-wait.js";
export type { EndAllResult } from "./state/sessions/revoke-sessions.js";
export type {
  EndAllOptions,
  EndOneOptions,
  EndOptions,
  EndResult,
  ForgetOptions,
  SessionsApi,
} from "./api/sessions-api.js";
export type { EndWhereOptions, EndWhereResult } from "./api/end-where-arguments.js";
export type { EndWherePreview } from "./state/rules/end-where.js";
export type { ResetOptions, RuleOptions, RulesApi } from "./api/rules-api.js";
export type { CurrentSettings, SettingsInForce, ObserveOptions, SettingsApi } from "./api/settings-api.js";
export type { ObservedEnds, ObservedSettings } from "./state/observe/observe-settings.js";
export type { Telemetry } from "./telemetry.js";
