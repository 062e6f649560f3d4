/** Looker's login of programs: an access token for a client id and a client secret. */
import type { Request, RequestHandler, Router } from "express";
import { checkOptions, isFunction, isObject, isWhole, type OptionsSpec } from "../../check-options.js";
import type { BearerTokens } from "../../http/bearer/bearer-options.js";
import { readForm } from "../../read-body.js";
import { asHandler, DialectError } from "../dialect-router.js";
import { sendValidationError } from "./errors.js";

/** Credentials of a program, as the program sends them. */
export interface ApiClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Options of Looker's login. */
export interface LookerLoginOptions {
  /** Tokens of `curfew.bearer()`. Their lifetime becomes `expires_in`. */
  readonly tokens: BearerTokens;
  /**
   * Checks a program's credentials. Returns the user id of the program's owner, or `null`. Compare secrets in constant
   * time.
   */
  readonly verifyClient: (client: ApiClient, request: Request) => string | null | Promise<string | null>;
  /** Most logins a minute from one address, counted in Redis over all processes; more get 429. @default 60 */
  readonly loginsPerMinute?: number;
}

const OPTIONS: OptionsSpec<LookerLoginOptions> = {
  by: "lookerApi.login",
  usage:
    "login: { tokens: curfew.bearer(), verifyClient: ({ clientId, clientSecret }) => ownerOf(clientId) }",
  checks: {
    tokens: isObject,
    verifyClient: isFunction,
    loginsPerMinute: isWhole(1, Infinity),
  },
  required: ["tokens", "verifyClient"],
};

/** Looker 4.0's `AccessToken`. */
export interface LookerAccessToken {
  readonly access_token: string;
  readonly token_type: "Bearer";
  /** Whole seconds until the token ends. */
  readonly expires_in: number;
  readonly refresh_token: null;
}

const MAX_BODY = "4kb";
const FIELDS = ["client_id", "client_secret"] as const;

/** @throws CurfewError `invalid_option` */
export function checkLogin(login: LookerLoginOptions): void {
  checkOptions(OPTIONS, login);
}

/** Returns the most logins a minute from one address. */
export const loginsPerMinuteOf = ({ loginsPerMinute = 60 }: LookerLoginOptions): number => loginsPerMinute;

/** Adds `login` and `logout`. Wrong credentials are 404, as with Looker. */
export function addLoginRoutes(
  router: Router,
  { tokens, verifyClient }: LookerLoginOptions,
  limit: RequestHandler,
): void {
  router.post(
    "/login",
    limit,
    readForm(MAX_BODY),
    asHandler(async (request, response) => {
      const fields = (request.body ?? {}) as Readonly<Record<string, unknown>>;
      const missing = FIELDS.filter((name) => typeof fields[name] !== "string" || fields[name] === "");
      if (missing.length > 0) {
        const errors = missing.map((field) => ({
          field,
          code: "missing_field",
          message: `${field} is missing`,
        }));
        sendValidationError(request, response, errors);
        return;
      }
      const client = { clientId: String(fields["client_id"]), clientSecret: String(fields["client_secret"]) };
      const userId: unknown = await verifyClient(client, request);
      if (typeof userId !== "string" || userId === "") throw new DialectError(404, "Not found");
      // Sessions that are ended while the app checks the credentials stay ended (rule M35).
      const arrival = (request.curfew as Request["curfew"] | undefined)?.receivedAt;
      const { token, expiresInSeconds } = await tokens.issue(request, {
        userId,
        ...(arrival === undefined ? {} : { authenticatedAt: arrival }),
      });
      const answer: LookerAccessToken = {
        access_token: token,
        token_type: "Bearer",
        expires_in: expiresInSeconds,
        refresh_token: null,
      };
      response.json(answer);
    }),
  );
  router.delete(
    "/logout",
    asHandler(async (request, response) => {
      const { ended } = await tokens.end(request);
      if (!ended) throw new DialectError(401, "Requires authentication.");
      response.status(204).end();
    }),
  );
}
