/**
 * Looker's session settings API (version 4.0) over the settings of express-curfew.
 *
 * @packageDocumentation
 */
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from "express";
import { rateLimit } from "express-rate-limit";
import { checkOptions, isFunction, isOneOf, isWhole, type OptionsSpec } from "../../check-options.js";
import { bodyErrorStatus, CurfewError, invalidOption } from "../../errors.js";
import type { SettingsApi } from "../../api/settings-api.js";
import type { VersionedSettings } from "../../state/settings/settings-store.js";
import { sendError, sendValidationError } from "./errors.js";
import { toSessionConfig, toSettings, type Can } from "./session-config.js";

export type { SettingsApi } from "../../api/settings-api.js";
export type { Can, SessionConfig, SessionConfigFields } from "./session-config.js";

/** What a caller wants to do with the session settings. */
export type Operation = "show" | "update";

/** Options of {@link lookerApi}. */
export interface LookerApiOptions {
  /** Says whether the caller of a request may show, or update, the settings. Required. */
  readonly authorize: (request: Request, operation: Operation) => boolean | Promise<boolean>;
  /** The status for somebody signed in who may not; Looker's own is 404. @default 404 */
  readonly deniedStatus?: 403 | 404;
  /** Requests a minute from one address, after which 429 is answered. @default 600 */
  readonly requestsPerMinute?: number;
}

/** What of a curfew this API uses. */
export interface LookerCurfew {
  readonly settings: Pick<SettingsApi, "get" | "update">;
  requireSameSite(): RequestHandler;
}

const MAX_BODY = "16kb";

/**
 * Looker's `GET` and `PATCH /session_config`, to be mounted at `/api/4.0`. Answers carry an `ETag`; a `PATCH`
 * with `If-Match` is refused with 412 if the settings have been changed meanwhile. Changes hold from
 * everybody's next request on.
 *
 * @throws CurfewError `invalid_option`, as without an `authorize` function
 */
export function lookerApi(curfew: LookerCurfew, options: LookerApiOptions): Router {
  if (typeof (curfew as Partial<LookerCurfew> | undefined)?.requireSameSite !== "function")
    throw invalidOption("lookerApi", `needs the curfew first: ${OPTIONS.usage}`);
  checkOptions(OPTIONS, (options as LookerApiOptions | undefined) ?? {});
  const router = express.Router();
  router.use(noStore, limitRequests(options.requestsPerMinute ?? 600));
  router.use(curfew.requireSameSite());
  router.get("/session_config", permit(options, "show"), (request, response, next) => {
    curfew.settings
      .get()
      .then(async (current) => {
        sendConfig(request, response, current, await canOf(options, request));
      })
      .catch(next);
  });
  router.patch(
    "/session_config",
    permit(options, "update"),
    express.json({ limit: MAX_BODY }),
    (request, response, next) => {
      update(curfew, request, response, options).catch(next);
    },
  );
  router.use((request, response) => {
    sendError(request, response, 404, "Not found");
  });
  router.use(answerErrors);
  return router;
}

const OPTIONS: OptionsSpec<LookerApiOptions> = {
  by: "lookerApi",
  usage: "lookerApi(curfew, { authorize: (req) => isAdmin(req) })",
  checks: {
    authorize: (value) =>
      isFunction(value) &&
      "is missing; give a function that says who may see and change the session settings",
    deniedStatus: isOneOf([403, 404]),
    requestsPerMinute: isWhole(1, Infinity),
  },
  required: ["authorize"],
};

const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader("Cache-Control", "no-store");
  response.vary("Cookie").vary("Authorization");
  next();
};

function limitRequests(limit: number): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    handler: (request, response) => {
      sendError(request, response, 429, "Too many requests");
    },
  });
}

async function canOf({ authorize }: LookerApiOptions, request: Request): Promise<Can> {
  return { show: true, update: ((await authorize(request, "update")) as unknown) === true };
}

/** Answers whoever may not as if there were nothing, as Looker does (rules L10, Q6). */
function permit({ authorize, deniedStatus = 404 }: LookerApiOptions, operation: Operation): RequestHandler {
  return (request, response, next) => {
    Promise.resolve(authorize(request, operation)).then((permitted) => {
      // Only `true` opens: a function that answers with a user, or with nothing, has not been asked this.
      if ((permitted as unknown) === true) next();
      else if (!isSignedIn(request)) sendError(request, response, 401, "Requires authentication.");
      else sendError(request, response, deniedStatus, deniedStatus === 404 ? "Not found" : "Forbidden");
    }, next);
  };
}

function isSignedIn(request: Request): boolean {
  return (request.curfew as Request["curfew"] | undefined)?.state === "active";
}

async function update(
  curfew: LookerCurfew,
  request: Request,
  response: Response,
  options: LookerApiOptions,
): Promise<void> {
  const body: unknown = request.body;
  if (!request.is("application/json")) {
    sendError(request, response, 415, "Send the settings as application/json.");
    return;
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    sendError(request, response, 400, "The body must be a JSON object.");
    return;
  }
  const ifVersion = versionOf(request.get("if-match"));
  if (ifVersion === null) {
    sendError(request, response, 412, "If-Match must be an ETag of these settings.");
    return;
  }
  const updated = await curfew.settings.update(toSettings(body as Record<string, unknown>), {
    ...(ifVersion === undefined ? {} : { ifVersion }),
    ...actorOf(request),
  });
  sendConfig(request, response, updated, await canOf(options, request));
}

function actorOf(request: Request): { actor?: string } {
  const curfew = request.curfew as Request["curfew"] | undefined;
  return curfew?.state === "active" ? { actor: curfew.session.userId } : {};
}

/** The version an `If-Match` names: `undefined` for none or any, `null` for what can't match. */
function versionOf(ifMatch: string | undefined): number | null | undefined {
  if (ifMatch === undefined || ifMatch.trim() === "*") return undefined;
  const match = /^"(\d{1,15})"$/.exec(ifMatch.trim());
  return match ? Number(match[1]) : null;
}

function sendConfig(request: Request, response: Response, current: VersionedSettings, can: Can): void {
  const { config, clamped } = toSessionConfig(current.settings, can);
  if (clamped.length > 0) response.setHeader("X-Curfew-Clamped", clamped.join(", "));
  response.setHeader("ETag", `"${String(current.version)}"`);
  response.status(200).json(config);
}

const answerErrors: ErrorRequestHandler = (error: unknown, request, response, next) => {
  if (error instanceof CurfewError) {
    for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
    if (error.code === "invalid_settings") sendValidationError(request, response, error.details.fields);
    else if (error.status !== 500)
      sendError(
        request,
        response,
        error.status,
        error.status === 503 ? "Sessions can't be reached right now." : error.shortMessage,
      );
    else next(error);
    return;
  }
  const status = bodyErrorStatus(error);
  if (status === null) next(error);
  else
    sendError(
      request,
      response,
      status,
      status === 400 ? "The body is not valid JSON." : "The body can't be read.",
    );
};
