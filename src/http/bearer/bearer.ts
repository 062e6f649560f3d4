/** Bearer tokens: sessions of the kind `api`, whose secret a program sends in `Authorization`. */
import type { Request, RequestHandler } from "express";
import { checkArguments, checkOptions } from "../../check-options.js";
import { bearerTokenOf } from "../../policy/activity.js";
import { SECOND_MS } from "../../policy/index.js";
import { browserKeyOf } from "../../state/keys.js";
import { newRef, newSecret } from "../../state/session-id.js";
import { abandonSession, endedFact, endSession } from "../../state/sessions/end-session.js";
import { openedFacts, openSession } from "../../state/sessions/open-session.js";
import { emitSignedIn } from "../../state/sessions/tell-start.js";
import { bounded, isDurable, type Storage } from "../../state/storage.js";
import { forbidStorage, sendProblem } from "../request/answers.js";
import { authenticationOf } from "../sign-in/authentication.js";
import type { SignInDependencies } from "../sign-in/sign-in.js";
import { tokenOf } from "./bearer-token.js";
import {
  BEARER,
  ISSUE,
  REQUIRE_TOKEN,
  type BearerOptions,
  type BearerTokens,
  type IssuedToken,
  type IssueOptions,
  type RequireTokenOptions,
  type TokenSession,
} from "./bearer-options.js";
import { encodeData, judgeToken } from "./judge-token.js";

const DEFAULT_LIFETIME_MINUTES = 60;

/** `curfew.bearer`. @throws CurfewError `invalid_option` */
export function createBearer(
  storage: Storage,
  dependencies: SignInDependencies,
  options: BearerOptions = {},
): BearerTokens {
  checkOptions(BEARER, options);
  const { lifetimeMinutes = DEFAULT_LIFETIME_MINUTES } = options;
  const verified = new WeakMap<Request, Promise<TokenSession | null>>();

  const judge = async (from: Request | string): Promise<TokenSession | null> =>
    (await judgeToken(storage, textOf(from)))?.session ?? null;
  const verify = (from: Request | string): Promise<TokenSession | null> => {
    if (typeof from === "string") return judge(from);
    const known = verified.get(from) ?? judgeRequest(storage, () => judge(from));
    verified.set(from, known);
    return known;
  };
  return {
    issue: async (request, issueOptions) => {
      checkArguments(ISSUE, issueOptions);
      // An undefined option counts as left out.
      const { lifetimeMinutes: own = lifetimeMinutes } = issueOptions;
      return issue(storage, dependencies, request, { ...issueOptions, lifetimeMinutes: own });
    },
    verify,
    end: async (from) => {
      if (typeof from !== "string") verified.delete(from);
      const found = await judgeToken(storage, textOf(from));
      if (!found) return { ended: false, durable: null };
      const { session, now } = found;
      const ended = await endSession(bounded(storage), session.ref, { reason: "signed_out", at: now });
      return { ended, durable: await isDurable(storage, endedFact(storage, session.ref)) };
    },
    requireToken: (guardOptions = {}) => requireToken(verify, guardOptions),
  };
}

function judgeRequest(
  { telemetry }: Storage,
  judge: () => Promise<TokenSession | null>,
): Promise<TokenSession | null> {
  if (!telemetry) return judge();
  return telemetry.check("token", judge, (session) => ({
    verdict: session ? "active" : "refused",
    reason: null,
  }));
}

const textOf = (from: Request | string): string | null =>
  typeof from === "string" ? from : bearerTokenOf(from);

/** Opens a session of the kind `api`. Its secret leaves this process only in the token. */
async function issue(
  storage: Storage,
  { locate, describeAgent }: SignInDependencies,
  request: Request,
  { userId, scopes = [], ...options }: IssueOptions,
): Promise<IssuedToken> {
  const within = bounded(storage);
  const ref = newRef();
  const secret = newSecret();
  const authenticatedAt = await authenticationOf(request, within, options.authenticatedAt);
  try {
    const opened = await openSession(within, {
      ref,
      secretHash: secret.secretHash,
      userId,
      kind: "api",
      persistent: false,
      lifetimeMinutes: options.lifetimeMinutes ?? null,
      authenticatedAt,
      endsAt: options.endsAt === undefined ? null : Number(options.endsAt),
      // No two tokens come from one browser.
      browserKey: browserKeyOf(ref),
      credentialsType: options.credentialsType ?? "api",
      labels: options,
      agent: describeAgent(request.get("user-agent")),
      deviceClass: "other",
      ip: request.ip ?? null,
      sendsUser: false,
      locate,
      data: encodeData(scopes),
    });
    emitSignedIn(storage.events, ref, opened);
    const { tag, now } = opened;
    const { expiresAt } = opened.record;
    const durable = await isDurable(storage, ...openedFacts(storage, tag, "api", ref));
    const expiresInSeconds = Math.floor((expiresAt - now) / SECOND_MS);
    return { token: tokenOf(secret.idOf(ref, tag)), ref, expiresAt, expiresInSeconds, durable };
  } catch (error) {
    abandonSession(storage, userId, ref, Date.now());
    throw error;
  }
}

/** `requireToken`. @throws CurfewError `invalid_option` */
function requireToken(verify: BearerTokens["verify"], options: RequireTokenOptions): RequestHandler {
  checkOptions(REQUIRE_TOKEN, options);
  const { scopes = [] } = options;
  return (request, response, next) => {
    const pass = (session: TokenSession | null): void => {
      response.vary("Authorization");
      if (session === null) {
        const isMissing = bearerTokenOf(request) === null;
        response.setHeader("WWW-Authenticate", isMissing ? "Bearer" : 'Bearer error="invalid_token"');
        const title = isMissing ? "This needs a bearer token." : "The token is unknown, or its time is up.";
        sendProblem(response, { status: 401, error: "invalid_token", title });
      } else if (!scopes.every((scope) => session.scopes.includes(scope))) {
        const scope = scopes.join(" ");
        response.setHeader("WWW-Authenticate", `Bearer error="insufficient_scope", scope="${scope}"`);
        const title = "The token does not permit this.";
        sendProblem(response, { status: 403, error: "insufficient_scope", title, scope });
      } else {
        forbidStorage(response);
        next();
      }
    };
    // Also the error of an answer that the app has sent meanwhile.
    verify(request).then(pass).catch(next);
  };
}
