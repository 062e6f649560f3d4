/**
 * The rules as pure functions: settings, verdicts, extensions and requests. For tests, tools and servers with another
 * session storage. The functions use no I/O and no clock: `now` is always an argument.
 *
 * @packageDocumentation
 */
export {
  API_TOKEN_PREFIX,
  hasApiToken,
  hasUserHeader,
  isActivity,
  isDocumentRequest,
  isForeignSubrequest,
  isNeverActivity,
  type ActivityMarks,
} from "./activity.js";
export { applyPatch, type AppliedPatch, type Coercion, type PatchManner } from "./apply-patch.js";
export {
  deadlines,
  extensionMinutes,
  isAtCeiling,
  isOfPerson,
  isPersistentNow,
  latestEnd,
  limitAt,
  type Deadlines,
} from "./deadlines.js";
export * from "./device-class.js";
export { durationText } from "./duration-text.js";
export * from "./durations.js";
export { extension, type Extension, type ExtensionOptions } from "./extension.js";
export { isCrossSite, safeReturnTo, type RequestFacts } from "./request.js";
export {
  coveredUntil,
  endingOf,
  isCovered,
  isInGroup,
  type EndableSession,
  type EndTarget,
  type GroupEnd,
} from "./group-ends.js";
export {
  applyRule,
  explainSettings,
  RULE_SETTING_NAMES,
  strictest,
  type AppliedRule,
  type ExplainedSettings,
  type Rule,
  type RuleChange,
  type RuleSettings,
  type RuleTarget,
  type ValueSource,
} from "./rules.js";
export * from "./session.js";
export * from "./settings.js";
export {
  ceilingOf,
  reportedActivityAt,
  signInTerms,
  type SignInRequest,
  type SignInTerms,
} from "./sign-in.js";
export { underAdministrator, type AdministratorSession } from "./sudo.js";
export {
  checkPatch,
  parseStoredRule,
  parseStoredSettings,
  SETTING_NAMES,
  storedSettings,
  type PatchCheck,
  type SettingsProblem,
} from "./validate-settings.js";
export {
  verdict,
  type ActiveVerdict,
  type EndedVerdict,
  type Verdict,
  type WarningAction,
} from "./verdict.js";
