import type { Request } from "express";
import { checkOptions, isFunction, type OptionsSpec } from "../check-options.js";
import { isKeepData, type KeepData } from "../http/sign-in/carried-data.js";
import type { SessionLabels } from "../state/values/session-labels.js";

/** Options of `curfew.passport()`. */
export interface PassportOptions {
  /**
   * Returns the user's id. Set it if `serializeUser` gives an object without `id` and `_id`.
   * @default the value that `serializeUser` gives, or its `id` or `_id`
   * @example (user) => user.email
   */
  userId?(user: unknown, request: Request): string | number;
  /**
   * Returns true if the user ticked "Stay logged in".
   * @default false
   * @example (req) => req.body.stay === "on"
   */
  persistent?(request: Request): boolean;
  /**
   * Returns the labels of the session, such as tenant and roles.
   * @default no labels
   * @example (user) => ({ tenant: user.company, roles: user.roles })
   */
  labels?(user: unknown, request: Request): SessionLabels;
  /**
   * Data of the anonymous session for the new session: all, none, or the named fields. Fields that the request has
   * written, such as flash messages, always stay.
   * @default passport's own choice: all with passport 0.5, none from 0.6 without `keepSessionInfo`
   * @example ["cart"]
   */
  readonly keepData?: KeepData;
}

const OPTIONS: OptionsSpec<PassportOptions> = {
  by: "passport",
  usage: "app.use(curfew.passport())",
  checks: { userId: isFunction, persistent: isFunction, labels: isFunction, keepData: isKeepData },
};

/** Checks the options. @throws CurfewError `invalid_option` */
export function checkPassportOptions(options: PassportOptions): void {
  checkOptions(OPTIONS, options);
}
