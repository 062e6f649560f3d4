import { createHash, timingSafeEqual } from "node:crypto";
import express, { type RequestHandler, type Router } from "express";
import type { BearerTokens } from "express-curfew";
import { SCOPES } from "express-curfew/auth0";
import { field } from "./context.js";

/** The example's API client, for both SDKs. A real app has no secret in its source. */
export const DEMO_CLIENT = {
  clientId: "example-client",
  clientSecret: "example-secret-for-both-sdks",
  /** Owner of the tokens. */
  owner: "admin",
} as const;

/** Returns the client's owner; `null` for wrong credentials. */
export function ownerOf(clientId: string, clientSecret: string): string | null {
  const isRight = isSame(clientId, DEMO_CLIENT.clientId) && isSame(clientSecret, DEMO_CLIENT.clientSecret);
  return isRight ? DEMO_CLIENT.owner : null;
}

/** Compares two texts in a time that does not depend on where they differ. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Serves `POST /oauth/token` (client credentials), from which Auth0's SDKs get their token. */
export function tokenEndpoint(tokens: BearerTokens, limitTries: RequestHandler): Router {
  const router = express.Router();
  router.post(
    "/oauth/token",
    limitTries,
    express.json({ limit: "4kb" }),
    express.urlencoded({ extended: false, limit: "4kb" }),
    async (request, response) => {
      response.setHeader("Cache-Control", "no-store");
      if (field(request, "grant_type") !== "client_credentials") {
        response.status(400).json({ error: "unsupported_grant_type" });
        return;
      }
      const userId = ownerOf(field(request, "client_id"), field(request, "client_secret"));
      if (userId === null) {
        response.status(401).json({ error: "invalid_client" });
        return;
      }
      const { receivedAt: authenticatedAt } = request.curfew;
      const { token, expiresInSeconds } = await tokens.issue(request, {
        userId,
        scopes: SCOPES,
        authenticatedAt,
      });
      response.json({
        access_token: token,
        token_type: "Bearer",
        expires_in: expiresInSeconds,
        scope: SCOPES.join(" "),
      });
    },
  );
  return router;
}
