/** The parts that all pages of a mount share. */
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from "express";
import { isBoolean, isFunction, type Check } from "../check-options.js";
import { CurfewError } from "../errors.js";
import type { AuditApi } from "../api/audit-api.js";
import type { EndResult, SessionsApi } from "../api/sessions-api.js";
import type { SettingsApi } from "../api/settings-api.js";
import type { RequireFreshOptions, RequireSignInOptions } from "../http/guards/guards.js";
import { forbidStorage, sendUnavailable } from "../http/request/answers.js";
import { requireContext } from "../http/request/context.js";
import type { ApiSpec } from "../openapi.js";
import { readForm } from "../read-body.js";
import { sendDescription } from "../serve-openapi.js";
import { createShow, type field, type RenderPage, type Show } from "./page.js";
import { STYLE_FILE, STYLE_TEXT } from "./styles.js";
import { writeTimes, type WriteTime } from "./words.js";

/** The parts of a curfew that pages use. `createCurfew` gives them. */
export interface PagesCurfew {
  readonly settings: SettingsApi;
  readonly sessions: SessionsApi;
  readonly audit: AuditApi;
  signOut(request: Request): Promise<EndResult>;
  requireSignIn(options?: RequireSignInOptions): RequestHandler;
  requireFresh(options: RequireFreshOptions): RequestHandler;
  requireSameSite(): RequestHandler;
}

/** Options of all pages. */
export interface PagesOptions {
  /**
   * Returns the page in the app's layout: a whole HTML document. The app then sends its own security headers.
   *
   * @default a plain layout of this package with a strict Content-Security-Policy
   * @example ({ title, body, styleUrl }) => layout({ title, head: styleLink(styleUrl), body })
   */
  readonly render?: RenderPage;
  /**
   * Asks for a recent authentication before a person ends another session (OWASP ASVS 5.0, 7.5.2). The login page then
   * gets `reauth=1`, as with `curfew.requireFresh()`.
   *
   * @default no recent authentication is needed
   * @example { withinMinutes: 10 }
   */
  readonly requireFresh?: RequireFreshOptions;
  /** Time zone of exact times, as in `Intl.DateTimeFormat`. @default "UTC" */
  readonly timeZone?: string;
  /** True serves the description of the routes at `GET /openapi.json`, to every visitor. @default false */
  readonly openApi?: boolean;
}

const isTimeZone: Check = (value) => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: String(value) });
    return typeof value === "string" ? null : 'must be a time zone, such as "Europe/Berlin"';
  } catch {
    return 'must be a time zone, such as "Europe/Berlin"';
  }
};

/** The checks of {@link PagesOptions}. `curfew.requireFresh` checks its own options. */
export const PAGES_CHECKS: Readonly<Record<keyof PagesOptions, Check>> = {
  render: isFunction,
  requireFresh: () => null,
  timeZone: isTimeZone,
  openApi: isBoolean,
};

/** Things that the pages of a mount share. */
export interface PagesContext {
  readonly curfew: PagesCurfew;
  readonly show: Show;
  /** Guards the pages on which a person ends several sessions. */
  readonly fresh: RequestHandler;
  /**
   * Guards the pages on which a person ends the session that `read` finds in the request. The own session may be ended as
   * by any other sign-out.
   */
  freshForOthers(read: typeof field): RequestHandler;
  /** Returns the function that writes the times of this request's page. */
  readonly timesOf: (request: Request) => WriteTime;
}

/** Creates what the pages of a mount share. */
export function createContext(curfew: PagesCurfew, options: PagesOptions): PagesContext {
  const { requireFresh, timeZone = "UTC" } = options;
  const timesAt = writeTimes(timeZone);
  const fresh: RequestHandler = requireFresh
    ? curfew.requireFresh(requireFresh)
    : (_request, _response, next) => {
        next();
      };
  return {
    curfew,
    show: createShow(options.render),
    fresh,
    freshForOthers: (read) => (request, response, next) => {
      if (read(request, "ref") === requireContext(request).live?.ref) next();
      else void fresh(request, response, next);
    },
    timesOf: (request) => {
      const { live, receivedAt } = requireContext(request);
      return timesAt(live?.now ?? receivedAt ?? Date.now());
    },
  };
}

const MAX_FORM = "8kb";

/**
 * Creates a router whose unsafe requests come from this site, with the style sheet.
 *
 * @param description - description that `openApi: true` serves
 */
export function createPagesRouter(curfew: PagesCurfew, options: PagesOptions, description: ApiSpec): Router {
  const router = express.Router();
  // The style sheet has no secret and needs no session.
  router.get(`/${STYLE_FILE}`, (_request, response) => {
    sendStyles(response);
  });
  if (options.openApi === true) router.get("/openapi.json", sendDescription(description));
  router.use((_request, response, next) => {
    forbidStorage(response);
    next();
  }, curfew.requireSameSite());
  router.use(readForm(MAX_FORM));
  return router;
}

function sendStyles(response: Response): void {
  response.setHeader("Content-Type", "text/css; charset=utf-8");
  response.setHeader("Cache-Control", "public, max-age=31536000, immutable");
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.send(STYLE_TEXT);
}

/** Answers a request. */
export type Answer = (request: Request, response: Response) => Promise<void>;

/** Turns an async function into a handler. Express 4 needs the `catch`. */
export function handler(answer: Answer): RequestHandler {
  return (request, response, next) => {
    answer(request, response).catch(next);
  };
}

/** Answers while Redis is away. All other errors go to the app. */
export const answerErrors: ErrorRequestHandler = (error: unknown, request, response, next) => {
  // The message has the cause, which names hosts of the app's network.
  if (error instanceof CurfewError && error.code === "redis_unavailable" && !response.headersSent)
    sendUnavailable(request, response);
  else next(error);
};
