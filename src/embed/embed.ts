import { createHmac } from "node:crypto";
import express, { type Request, type RequestHandler, type Response, type Router } from "express";
import onHeaders from "on-headers";
import { invalidArgument } from "../check-options.js";
import { CurfewError, invalidOption } from "../errors.js";
import { sendEndedFrame, sendUnavailable } from "../http/request/answers.js";
import { findContext, requireContext } from "../http/request/context.js";
import { CookieSigner } from "../http/request/signed-cookie.js";
import {
  createSessionMiddleware,
  warnOfShortSecrets,
  type MiddlewareDependencies,
} from "../http/session/session-middleware.js";
import { signIn, type SignInDependencies } from "../http/sign-in/sign-in.js";
import { EMBED_SESSION_MINUTES, MINUTE_MS, SECOND_MS } from "../policy/index.js";
import { readForm } from "../read-body.js";
import { sendDescription } from "../serve-openapi.js";
import { estimatedNow, type Storage } from "../state/storage.js";
import { EMBED_API } from "./embed-openapi.js";
import { sendEnterPage } from "./enter-page.js";
import {
  checkEmbedUrl,
  parseEmbedOptions,
  type EmbedOptions,
  type EmbedUrlOptions,
  type ParsedEmbedOptions,
} from "./embed-options.js";
import { grantIn, signGrant, type EmbedGrant } from "./embed-token.js";
import { setFrameAncestors } from "./frame-ancestors.js";

/** Functions that embedded pages need. `createCurfew` provides them. */
export interface EmbedDependencies extends MiddlewareDependencies, SignInDependencies {
  readonly refuseCrossSite: RequestHandler;
}

/** The name of the embedded pages' cookie, which no other page of the app reads. */
const COOKIE = "__Host-curfew.embed";
/** Path of the first step, below the mount. */
const ENTER = "/curfew-enter";
const DEFAULT_VALID_SECONDS = 60;
/** Name of the session's sites in its data. The app must not change it. */
const SITES = "embeddedBy";
const BODY_LIMIT = "16kb";
/** Half of the bytes that Node accepts as a request's address and headers. */
const MAX_TOKEN_LENGTH = 8_192;

const isUnavailable = (error: unknown): boolean =>
  error instanceof CurfewError && error.code === "redis_unavailable";

/** True if the user's sessions were ended since the address was made (rule M35), or while the session was opened. */
const isEndedMeanwhile = (error: unknown): boolean =>
  error instanceof CurfewError && (error.code === "authentication_expired" || error.code === "session_ended");

/** Under one secret, the app refuses cookies of embedded pages, and embedded pages refuse cookies of the app. */
const embedSecret = (secret: string): string =>
  createHmac("sha256", secret).update("express-curfew.embed").digest("base64url");

/** Embedded pages: their middleware, and the URLs that open them. */
export class Embed {
  readonly router: Router;
  readonly #storage: Storage;
  readonly #options: ParsedEmbedOptions;
  readonly #signer: CookieSigner;

  /** @throws CurfewError `invalid_option` */
  constructor(
    private readonly dependencies: EmbedDependencies,
    options: EmbedOptions,
  ) {
    this.#options = parseEmbedOptions(options);
    this.#storage = dependencies.storage;
    const { proxy, strippedPrefix } = options;
    const secrets = [options.secret].flat();
    warnOfShortSecrets(this.#storage, "embed", secrets);
    const secret = secrets.map(embedSecret);
    const session = createSessionMiddleware(dependencies, {
      secret,
      name: COOKIE,
      // Frames of other sites send and keep no other cookie, and each site that shows the page has its own (CHIPS).
      cookie: { sameSite: "none", secure: true, partitioned: true },
      ...(proxy === undefined ? {} : { proxy }),
      ...(strippedPrefix === undefined ? {} : { strippedPrefix }),
    });
    this.#signer = new CookieSigner(secret);
    this.router = express.Router();
    this.router.use(this.#checkMount);
    if (options.openApi === true) this.router.get("/openapi.json", sendDescription(EMBED_API));
    this.router.get(ENTER, this.#showEntrance);
    // The cookie is SameSite=None, so only this check keeps other sites' forms away (rule M41).
    this.router.use(session, this.#limitFrames, dependencies.refuseCrossSite);
    this.router.post(ENTER, readForm(BODY_LIMIT), this.#enter);
  }

  /** Returns the address, on this site, that opens a page as a user. @throws CurfewError `invalid_argument` */
  url(options: EmbedUrlOptions): string {
    checkEmbedUrl(options, this.#options);
    const { path, strippedPrefix } = this.#options;
    const {
      ancestors = this.#options.ancestors,
      lifetimeMinutes = EMBED_SESSION_MINUTES,
      credentialsType = "embed",
      validSeconds = DEFAULT_VALID_SECONDS,
      ...named
    } = options;
    const now = this.#now();
    const token = signGrant(this.#signer, {
      ...named,
      ancestors,
      lifetimeMinutes,
      credentialsType,
      authenticatedAt: now,
      expiresAt: now + validSeconds * SECOND_MS,
    });
    if (token.length > MAX_TOKEN_LENGTH)
      throw invalidArgument("embedUrl", "the address is too long for a request; shorten metadata");
    return `${strippedPrefix}${path}${ENTER}?${new URLSearchParams({ token }).toString()}`;
  }

  #now(): number {
    return estimatedNow(this.#storage) ?? Date.now();
  }

  readonly #checkMount: RequestHandler = (request, _response, next) => {
    const { path } = this.#options;
    if (request.baseUrl.toLowerCase() !== path.toLowerCase())
      next(
        invalidOption(
          "embed.path",
          `is "${path}" but curfew.embed() is mounted at "${request.baseUrl}"; give embed({ path: "${request.baseUrl}" })`,
        ),
      );
    else if (findContext(request))
      next(
        invalidOption("embed", "is behind curfew.session(); mount curfew.embed() before curfew.session()"),
      );
    else next();
  };

  /** A GET uses no token up, because link previews, scanners and browsers' predictions send it too. */
  readonly #showEntrance: RequestHandler = (request, response) => {
    const { token } = request.query;
    const grant = this.#validGrant(token);
    if (grant && typeof token === "string") sendEnterPage(response, token, grant.ancestors);
    else this.#refuse(response);
  };

  readonly #enter: RequestHandler = (request, response, next) => {
    const { token } = (request.body ?? {}) as { readonly token?: unknown };
    const grant = this.#validGrant(token);
    const opened = grant ? this.#open(request, grant) : Promise.resolve(false);
    opened
      .then(
        (isOpen) => {
          if (grant && isOpen) response.redirect(303, this.#options.strippedPrefix + grant.path);
          else this.#refuse(response);
        },
        (error: unknown) => {
          if (isEndedMeanwhile(error)) this.#refuse(response);
          else if (isUnavailable(error)) sendUnavailable(request, response);
          else next(error);
        },
      )
      .catch(next);
  };

  #validGrant(token: unknown): EmbedGrant | null {
    const grant = grantIn(this.#signer, token);
    return grant && grant.expiresAt > this.#now() ? grant : null;
  }

  /** Uses a token up, then signs its user in. @returns false if the token was used before */
  async #open(request: Request, grant: EmbedGrant): Promise<boolean> {
    const { keys, redis } = this.#storage;
    const { nonce, expiresAt, ancestors, userId, path: _path, ...signInOptions } = grant;
    // Longer than the token is valid by any process's estimate of the time.
    const keptMs = Math.ceil(expiresAt - this.#now()) + MINUTE_MS;
    const used = redis.call("SET", [keys.used(nonce), "", "PX", keptMs, "NX"]);
    if ((await used) === null) return false;
    await signIn(this.dependencies, request, { ...signInOptions, userId, kind: "embed" }, () => ({
      [SITES]: ancestors,
    }));
    return true;
  }

  /** Names the sites that may show an answer, when its headers are sent: after the app's own policies. */
  readonly #limitFrames: RequestHandler = (request, response, next) => {
    requireContext(request).isEmbedded = true;
    onHeaders(response, () => {
      setFrameAncestors(response, this.#ancestorsOf(request));
    });
    next();
  };

  #ancestorsOf(request: Request): readonly string[] {
    if (!findContext(request)?.live) return this.#options.ancestors;
    const sites = (request.session as { readonly [SITES]?: unknown } | null)?.[SITES];
    const isKnown = (site: unknown): site is string =>
      typeof site === "string" && this.#options.ancestors.includes(site);
    return Array.isArray(sites) ? sites.filter(isKnown) : [];
  }

  #refuse(response: Response): void {
    setFrameAncestors(response, this.#options.ancestors);
    sendEndedFrame(response, 403, "This link was used before, or is not valid any more.");
  }
}
