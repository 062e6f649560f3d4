/**
 * Looker's API (version 4.0) over the settings and sessions of express-curfew.
 *
 * @packageDocumentation
 */
import type { Request, RequestHandler, Response, Router } from "express";
import { askPermission, isPermitted, signedInUser, type Authorization } from "../../authorize.js";
import {
  checkOptions,
  isBoolean,
  isFunction,
  isObject,
  isOneOf,
  isWhole,
  type OptionsSpec,
} from "../../check-options.js";
import { invalidOption } from "../../errors.js";
import { DEFAULT_SETTINGS } from "../../policy/index.js";
import { asHandler, createDialectRouter, DialectError, type DialectCurfew } from "../dialect-router.js";
import { addSettingsRoutes, type ShownSettings } from "../settings-router.js";
import { LOOKER_API } from "./looker-openapi.js";
import { sendError, sendFailure } from "./errors.js";
import { addLoginRoutes, checkLogin, loginsPerMinuteOf, type LookerLoginOptions } from "./login.js";
import { toSessionConfig, toSettings, type Can } from "./session-config.js";
import { addSessionRoutes, userIdOf } from "./sessions.js";

export type { LimitRequestsOptions } from "../../http/guards/limit-requests.js";
export type { SessionsApi } from "../../api/sessions-api.js";
export type { SettingsApi } from "../../api/settings-api.js";
export type { Authorization } from "../../authorize.js";
export type { DialectCurfew } from "../dialect-router.js";
export type { Can, SessionConfig, SessionConfigFields } from "./session-config.js";
export type { LookerSession } from "./sessions.js";
export type { ApiClient, LookerAccessToken, LookerLoginOptions } from "./login.js";
export type {
  BearerTokens,
  IssuedToken,
  IssueOptions,
  RequireTokenOptions,
  TokenSession,
} from "../../http/bearer/bearer-options.js";

/** Operation of a request: on the session settings, or on the sessions of one user. */
export type Operation = "show" | "update" | "show_sessions" | "end_session";

/** The user whose sessions a request names. */
export interface Subject {
  /** Null for the session settings. */
  readonly userId: string | null;
}

/** Options of {@link lookerApi}. */
export interface LookerApiOptions {
  /**
   * Returns true if the sender of a request may perform an operation: read (`show`) or change (`update`) the settings,
   * read (`show_sessions`) or end (`end_session`) sessions of `subject.userId`. `{ actor }` also names the sender in the
   * history. With `true` the sender is the user of the session, or of the token of `login`. Required.
   */
  readonly authorize: (
    request: Request,
    operation: Operation,
    subject: Subject,
  ) => Authorization | Promise<Authorization>;
  /**
   * Adds `POST /login` and `DELETE /logout`, with which Looker's SDKs get and end their token. `authorize` finds the token's
   * user with `tokens.verify(request)`. @default neither route
   */
  readonly login?: LookerLoginOptions;
  /** Status if `authorize` refuses a signed-in user. Looker sends 404. @default 404 */
  readonly deniedStatus?: 403 | 404;
  /** Most requests a minute from one address, counted in Redis over all processes; more get 429. @default 600 */
  readonly requestsPerMinute?: number;
  /** True serves the description of the API at `GET /openapi.json`, to every visitor. @default false */
  readonly openApi?: boolean;
}

/**
 * Creates Looker's API of session settings and sessions. Mount the router at `/api/4.0`.
 *
 * - `GET` and `PATCH /session_config`: responses have an `ETag`. A `PATCH` with `If-Match` gets 412 if another change was
 *   saved first. Saved settings apply from every user's next request.
 * - `POST /login` and `DELETE /logout`, with the option `login`.
 * - `GET /users/:user_id/sessions`, and `GET` and `DELETE /users/:user_id/sessions/:session_id`, with `?fields=`.
 *
 * @throws CurfewError `invalid_option`, for example without an `authorize` function
 */
export function lookerApi(curfew: DialectCurfew, options: LookerApiOptions): Router {
  if (typeof (curfew as Partial<DialectCurfew> | undefined)?.requireSameSite !== "function")
    throw invalidOption("lookerApi", `the first argument must be a curfew: ${OPTIONS.usage}`);
  checkOptions(OPTIONS, (options as LookerApiOptions | undefined) ?? {});
  const { login } = options;
  if (login) checkLogin(login);
  const guard = (operation: Operation): RequestHandler => permit(options, operation);
  const format = {
    path: "/session_config",
    // Looker's logout is always after 15 minutes, so turning it on replaces another vendor's time.
    updateOptions: { idleMinutesWhenTurnedOn: DEFAULT_SETTINGS.idleMinutes },
    translate: (body: Readonly<Record<string, unknown>>) => ({ patch: toSettings(body) }),
    send: async (request: Request, response: Response, current: ShownSettings, hasUpdated: boolean) => {
      // An app's answer after the change could only make the change look refused (rule M41).
      sendConfig(response, current, {
        show: true,
        update: hasUpdated || (await may(options, request, "update")),
      });
    },
  };
  return createDialectRouter(curfew, {
    name: "looker",
    requestsPerMinute: options.requestsPerMinute ?? 600,
    sendFailure,
    ...(options.openApi === true ? { description: LOOKER_API } : {}),
    addRoutes: (router) => {
      if (login) {
        const limit = curfew.limitRequests({ name: "looker-login", perMinute: loginsPerMinuteOf(login) });
        addLoginRoutes(router, login, limit);
      }
      addSettingsRoutes(router, curfew, format, { read: guard("show"), update: guard("update") });
      addSessionRoutes(router, curfew, {
        list: guard("show_sessions"),
        end: guard("end_session"),
        mayEnd: (request) => may(options, request, "end_session"),
      });
    },
  });
}

const OPTIONS: OptionsSpec<LookerApiOptions> = {
  by: "lookerApi",
  usage: "lookerApi(curfew, { authorize: (req) => isAdmin(req) })",
  checks: {
    authorize: (value) =>
      isFunction(value) &&
      "must be a function that returns true for users who may read and change the session settings and sessions",
    login: isObject,
    deniedStatus: isOneOf([403, 404]),
    requestsPerMinute: isWhole(1, Infinity),
    openApi: isBoolean,
  },
  required: ["authorize"],
};

async function may(options: LookerApiOptions, request: Request, operation: Operation): Promise<boolean> {
  return isPermitted(await ask(options, request, operation));
}

/**
 * Asks the app. If the app only says yes to a program, the token's user is the actor. If the request also has a session of
 * another user, the app may have permitted either user.
 *
 * @throws DialectError 403 if the actor is not certain
 */
async function ask(
  { authorize, login }: LookerApiOptions,
  request: Request,
  operation: Operation,
): Promise<Authorization> {
  const answer = await authorize(request, operation, subjectOf(request, operation));
  const token = answer === true ? await login?.tokens.verify(request) : null;
  if (!token) return answer;
  const user = signedInUser(request);
  if (user !== undefined && user !== token.userId)
    throw new DialectError(
      403,
      "The request has a token and a session of different users. Send one of them, or let authorize return { actor }.",
    );
  return { actor: token.userId };
}

function subjectOf(request: Request, operation: Operation): Subject {
  const isOfUser = operation === "show_sessions" || operation === "end_session";
  return { userId: isOfUser ? userIdOf(request) : null };
}

/** Passes permitted requests. Other users get 404, as with Looker (rules L10, Q6, R5). */
function permit(options: LookerApiOptions, operation: Operation): RequestHandler {
  const { deniedStatus = 404, login } = options;
  return askPermission(
    (request) => ask(options, request, operation),
    asHandler(async (request, response) => {
      const isKnown = signedInUser(request) !== undefined || Boolean(await login?.tokens.verify(request));
      if (!isKnown) sendError(request, response, 401, "Requires authentication.");
      else sendError(request, response, deniedStatus, deniedStatus === 404 ? "Not found" : "Forbidden");
    }),
  );
}

function sendConfig(response: Response, current: ShownSettings, can: Can): void {
  const { config, clamped } = toSessionConfig(current.settings, can);
  if (clamped.length > 0) response.setHeader("X-Curfew-Clamped", clamped.join(", "));
  response.status(200).json(config);
}
