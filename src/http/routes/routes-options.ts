import type { Request } from "express";
import {
  checkOptions,
  isBoolean,
  isFunction,
  isPath,
  isWhole,
  type OptionsSpec,
} from "../../check-options.js";

/** An attempt to authenticate again. */
export interface ReauthAttempt {
  /** The user of the session. */
  readonly userId: string;
  /** The fields that the page has sent as a JSON object, unchecked. `{}` if it has sent none. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly req: Request;
}

/** Options of `curfew.routes()`. */
export interface RoutesOptions {
  /**
   * Checks a user's authentication, for signing in again without leaving the page: a password, a one-time code or a
   * passkey. `body` has the fields that the page has sent, in at most 8 KB of JSON: check their types. Only `true` counts.
   * Without `verify`, `POST /reauth` answers 404, and the warning leads to the login page.
   *
   * @example verify: ({ userId, body }) => isPassword(userId, String(body.password))
   */
  readonly verify?: (attempt: ReauthAttempt) => Promise<boolean> | boolean;
  /**
   * Page on this site at which a user signs in again in another tab, such as the start of a single sign-on. The warning
   * leads to it if there is no `verify`. The page gets `return_to`: redirect there after `curfew.reauthenticate`.
   *
   * @default the login page with `reauth=1`
   * @example reauthUrl: "/sso/start?prompt=login"
   */
  readonly reauthUrl?:
    string | ((attempt: Pick<ReauthAttempt, "userId" | "req">) => Promise<string> | string);
  /**
   * Wrong tries of a session per minute at `POST /reauth`, 1 to 1,000, counted in Redis over all processes. A session has
   * 20 times as many a day. All sessions of a user together have 4 times as many a minute.
   *
   * @default 5
   */
  readonly reauthTriesPerMinute?: number;
  /**
   * Most event streams (`GET /events`) that are open in this process at once, 0 to 1,000,000. Each visible tab holds one.
   * Above the limit the answer is 503, and the tab polls.
   *
   * @default 10000
   */
  readonly maxEventStreams?: number;
  /** True serves the description of the routes at `GET /openapi.json`, to every visitor. @default false */
  readonly openApi?: boolean;
}

const ROUTES_OPTIONS: OptionsSpec<RoutesOptions> = {
  by: "routes",
  usage: 'app.use("/curfew", curfew.routes({ verify }))',
  checks: {
    verify: isFunction,
    reauthUrl: (value) =>
      typeof value === "function" || isPath(value) === null
        ? null
        : 'must be a path on this site, such as "/sso/start", or a function that returns one',
    reauthTriesPerMinute: isWhole(1, 1_000),
    maxEventStreams: isWhole(0, 1_000_000),
    openApi: isBoolean,
  },
  refused: { verifyPassword: "is now verify: ({ userId, body }) => isPassword(userId, body.password)" },
};

/** Checks the options. @throws CurfewError `invalid_option` */
export function checkRoutesOptions(options: RoutesOptions): void {
  checkOptions(ROUTES_OPTIONS, options);
}
