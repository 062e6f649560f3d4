/** Access tokens of an identity provider: JWTs, checked against the provider's keys. */
import type { Request } from "express";
import type * as JoseModule from "jose";
import { checkOptions, isText, type Check, type OptionsSpec } from "../../check-options.js";
import { invalidOption } from "../../errors.js";
import { bearerTokenOf } from "../../policy/activity.js";
import { DialectError } from "../dialect-router.js";
import type { Grant } from "./grant.js";

/** Options of {@link verifyJwt}. */
export interface VerifyJwtOptions {
  /** Issuer of the tokens, exactly as in `iss`. @example "https://tenant.eu.auth0.com/" */
  readonly issuer: string;
  /** Name of this API, exactly as in `aud`. @example "https://app.example/api/v2/" */
  readonly audience: string;
  /** The issuer's keys: the HTTPS address of its JWKS, or the JWKS. @example "https://tenant.eu.auth0.com/.well-known/jwks.json" */
  readonly jwks: string | { readonly keys: readonly object[] };
}

/** Over plain HTTP an attacker in the network could replace the keys, and then sign valid tokens. */
function isSafeAddress(value: unknown): boolean {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return (
    protocol === "https:" || (protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname))
  );
}

const isJwks: Check = (value) =>
  isSafeAddress(value) || Array.isArray((value as { readonly keys?: unknown } | null)?.keys)
    ? null
    : "must be the https:// URL of a JWKS (http:// only on localhost), or an object with keys";

const OPTIONS: OptionsSpec<VerifyJwtOptions> = {
  by: "verifyJwt",
  usage: "verifyJwt({ issuer, audience, jwks: `${issuer}.well-known/jwks.json` })",
  checks: { issuer: isText, audience: isText, jwks: isJwks },
  required: ["issuer", "audience", "jwks"],
};

/** Signatures by a private key. A symmetric algorithm would let a public key sign. */
const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

/**
 * Returns a function for `authorize` that checks JWTs with the package jose, an optional peer. A grant's scopes are the
 * words of `scope` and the list `permissions`. Tokens without `exp` or `sub` are invalid. While the keys can't be fetched,
 * requests are answered 503.
 *
 * @throws CurfewError `invalid_option`
 * @example auth0Api(curfew, { authorize: verifyJwt({ issuer, audience, jwks }) })
 */
export function verifyJwt(options: VerifyJwtOptions): (request: Request) => Promise<Grant | null> {
  checkOptions(OPTIONS, (options as VerifyJwtOptions | undefined) ?? {});
  const { issuer, audience, jwks } = options;
  let opened: Promise<Jose> | undefined;
  return async (request) => {
    const token = bearerTokenOf(request);
    if (token === null) return null;
    const { jwtVerify, keys } = await (opened ??= open(jwks));
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ["exp", "sub"],
      });
      const { sub = "", scope, permissions } = payload;
      return { userId: sub, scopes: [...wordsIn(scope), ...textsIn(permissions)] };
    } catch (error) {
      if (isAboutToken(error)) return null;
      throw new DialectError(503, "The keys of access tokens can't be fetched right now.");
    }
  };
}

interface Jose {
  readonly jwtVerify: typeof JoseModule.jwtVerify;
  readonly keys: JoseModule.JWTVerifyGetKey;
}

async function open(jwks: VerifyJwtOptions["jwks"]): Promise<Jose> {
  let jose: typeof JoseModule;
  try {
    jose = await import("jose");
  } catch {
    throw invalidOption("verifyJwt", "needs the package jose: npm i jose");
  }
  const { jwtVerify, createRemoteJWKSet, createLocalJWKSet } = jose;
  const keys =
    typeof jwks === "string"
      ? createRemoteJWKSet(new URL(jwks))
      : createLocalJWKSet(jwks as Parameters<typeof createLocalJWKSet>[0]);
  return { jwtVerify, keys };
}

/** Codes of jose's errors that a token causes. All others are about fetching the keys. */
const TOKEN_ERRORS =
  /^ERR_(?:JWT|JWS|JWE|JOSE_ALG_NOT_ALLOWED|JOSE_NOT_SUPPORTED|JWKS_NO_MATCHING_KEY|JWKS_MULTIPLE_MATCHING_KEYS)/;

function isAboutToken(error: unknown): boolean {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "string" && TOKEN_ERRORS.test(code);
}

const wordsIn = (scope: unknown): string[] =>
  typeof scope === "string" ? scope.split(" ").filter((word) => word !== "") : [];

const textsIn = (list: unknown): string[] =>
  Array.isArray(list) ? list.filter((each) => typeof each === "string") : [];
