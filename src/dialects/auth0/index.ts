/**
 * Auth0's Management API (version 2) over the settings and sessions of express-curfew.
 *
 * @packageDocumentation
 */
import type { Request, RequestHandler, Response, Router } from "express";
import { askPermission } from "../../authorize.js";
import { checkOptions, isBoolean, isFunction, isWhole, type OptionsSpec } from "../../check-options.js";
import { invalidOption } from "../../errors.js";
import { createDialectRouter, DialectError, type DialectCurfew } from "../dialect-router.js";
import { addSettingsRoutes, type ShownSettings } from "../settings-router.js";
import { AUTH0_API } from "./auth0-openapi.js";
import { failureSender, invalidQuery } from "./errors.js";
import { grantIn, type Grant, type Scope } from "./grant.js";
import type { JsonObject } from "./schema.js";
import { addSessionRoutes } from "./sessions.js";
import { toSettings, toTenantSettings, type TenantSettings } from "./tenant-settings.js";

export type { SessionsApi } from "../../api/sessions-api.js";
export type { SettingsApi } from "../../api/settings-api.js";
export type { LimitRequestsOptions } from "../../http/guards/limit-requests.js";
export type { DialectCurfew } from "../dialect-router.js";
export type { Auth0Error } from "./errors.js";
export { SCOPES, type Grant, type Scope } from "./grant.js";
export type { Auth0Session, Auth0SessionPage } from "./sessions.js";
export type { CookieMode, TenantSettings } from "./tenant-settings.js";
export { verifyJwt, type VerifyJwtOptions } from "./verify-jwt.js";

/** Options of {@link auth0Api}. */
export interface Auth0ApiOptions {
  /**
   * Returns the grant of a request's access token; `null` for a missing or invalid token. `verify` of `curfew.bearer()`
   * fits, and so does {@link verifyJwt}. The scopes permit everything that they name, for all users. Required.
   *
   * @example const tokens = curfew.bearer(); auth0Api(curfew, { authorize: (req) => tokens.verify(req) })
   */
  readonly authorize: (request: Request) => Grant | null | Promise<Grant | null>;
  /** Most requests a minute from one address, counted in Redis over all processes; more get 429. @default 600 */
  readonly requestsPerMinute?: number;
  /** True serves the description of the API at `GET /openapi.json`, to every visitor. @default false */
  readonly openApi?: boolean;
}

const OPTIONS: OptionsSpec<Auth0ApiOptions> = {
  by: "auth0Api",
  usage: "auth0Api(curfew, { authorize: (req) => tokens.verify(req) })",
  checks: {
    authorize: (value) =>
      isFunction(value) && "must be a function that returns { userId, scopes } of the access token, or null",
    requestsPerMinute: isWhole(1, Infinity),
    openApi: isBoolean,
  },
  required: ["authorize"],
};

/**
 * Creates Auth0's API of tenant settings and sessions. Mount the router at `/api/v2`. The limits of a plan are
 * `createCurfew({ limits })`: the defaults are Auth0's self-service limits, and `{ absoluteMinutes: 525600, idleMinutes:
 * 144000 }` are its enterprise limits. A higher value is saved and does not apply (rules A3, A4).
 *
 * - `GET` and `PATCH /tenants/settings`, the members about sessions
 * - `GET`, `PATCH` and `DELETE /sessions/:id`, and `POST /sessions/:id/revoke`
 * - `GET` and `DELETE /users/:user_id/sessions`
 *
 * @throws CurfewError `invalid_option`, for example without an `authorize` function
 */
export function auth0Api(curfew: DialectCurfew, options: Auth0ApiOptions): Router {
  if (typeof (curfew as Partial<DialectCurfew> | undefined)?.requireSameSite !== "function")
    throw invalidOption("auth0Api", `the first argument must be a curfew: ${OPTIONS.usage}`);
  checkOptions(OPTIONS, (options as Auth0ApiOptions | undefined) ?? {});
  const { requestsPerMinute = 600 } = options;
  const guard = (scope: Scope): RequestHandler => permit(options, scope);
  const format = {
    path: "/tenants/settings",
    // Auth0 couples no settings with each other (rule Q22).
    updateOptions: { coupled: false },
    translate: (body: JsonObject, request: Request) => {
      // After the change, a wrong query could only make the change look refused.
      namedMembers(request);
      return toSettings(body);
    },
    send: (request: Request, response: Response, current: ShownSettings) => {
      const { tenant, clamped } = toTenantSettings(current);
      if (clamped.length > 0) response.setHeader("X-Curfew-Clamped", clamped.join(", "));
      response.status(200).json(pick(request, tenant));
    },
  };
  return createDialectRouter(curfew, {
    name: "auth0",
    requestsPerMinute,
    sendFailure: failureSender(requestsPerMinute),
    ...(options.openApi === true ? { description: AUTH0_API } : {}),
    addRoutes: (router) => {
      addSettingsRoutes(router, curfew, format, {
        read: guard("read:tenant_settings"),
        update: guard("update:tenant_settings"),
      });
      addSessionRoutes(router, curfew, {
        read: guard("read:sessions"),
        update: guard("update:sessions"),
        delete: guard("delete:sessions"),
      });
    },
  });
}

/** Passes requests whose token has the scope. All others get 401 or 403 (rule A1). */
function permit({ authorize }: Auth0ApiOptions, scope: Scope): RequestHandler {
  return askPermission(
    async (request) => {
      const grant = grantIn(await authorize(request));
      if (!grant) return false;
      if (!grant.scopes.includes(scope))
        throw new DialectError(403, `Insufficient scope, expected any of: ${scope}`, "insufficient_scope");
      return { actor: grant.userId };
    },
    (_request, _response, next) => {
      next(new DialectError(401, "Missing or invalid access token", "invalid_token"));
    },
  );
}

/** Members that a query names, and whether the answer has these members or all others. */
interface NamedMembers {
  /** `null` without names: the answer has all members. */
  readonly names: ReadonlySet<string> | null;
  readonly isIncluded: boolean;
}

/** Reads `?fields=` and `?include_fields=`. @throws DialectError 400 */
function namedMembers({ query }: Request): NamedMembers {
  const { fields, include_fields: include = "true" } = query;
  if (include !== "true" && include !== "false")
    throw invalidQuery("'Expected type boolean' on property include_fields");
  const isNamed = typeof fields === "string" && fields.trim() !== "";
  const names = isNamed ? new Set(fields.split(",").map((field) => field.trim())) : null;
  return { names, isIncluded: include === "true" };
}

/** Keeps the members that a query asks for. @throws DialectError 400 */
function pick(request: Request, tenant: TenantSettings): Partial<TenantSettings> {
  const { names, isIncluded } = namedMembers(request);
  if (names === null) return tenant;
  return Object.fromEntries(Object.entries(tenant).filter(([name]) => names.has(name) === isIncluded));
}
