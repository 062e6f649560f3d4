/** Access tokens of an identity provider, with real keys. */
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWK } from "jose";
import { describe, expect, it, onTestFinished } from "vitest";
import { verifyJwt } from "../../../src/dialects/auth0/index.js";
import { ask, SETTINGS, start } from "./support.js";

const ISSUER = "https://tenant.example/";
const AUDIENCE = "https://app.example/api/v2/";

async function provider(): Promise<{ readonly key: CryptoKey; readonly jwks: { readonly keys: JWK[] } }> {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  return { key: privateKey, jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256" }] } };
}

const claims = (more: object = {}): Record<string, unknown> => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: "client@clients",
  exp: Math.floor(Date.now() / 1_000) + 60,
  scope: "read:tenant_settings update:tenant_settings",
  ...more,
});

const sign = (
  key: CryptoKey | Uint8Array,
  payload: Record<string, unknown>,
  alg = "RS256",
): Promise<string> => new SignJWT(payload).setProtectedHeader({ alg, kid: "k1" }).sign(key);

describe("verifyJwt", () => {
  it("A1: passes a token of the issuer for this audience, with its scopes or permissions", async () => {
    const { key, jwks } = await provider();
    const site = await start({ authorize: verifyJwt({ issuer: ISSUER, audience: AUDIENCE, jwks }) });
    const patch = (token: string) => ask(site, "patch", SETTINGS, { session_lifetime: 2 }, token);
    expect((await patch(await sign(key, claims()))).status).toBe(200);
    expect(await site.curfew.settings.history()).toMatchObject([{ actor: "client@clients" }]);
    const byPermission = claims({ scope: undefined, permissions: ["update:tenant_settings"] });
    expect((await patch(await sign(key, byPermission))).status).toBe(200);
    const refused = await patch(await sign(key, claims({ scope: "read:tenant_settings" })));
    expect([refused.status, refused.body]).toMatchObject([403, { errorCode: "insufficient_scope" }]);
  });

  it("refuses every other token with 401", async () => {
    const { key, jwks } = await provider();
    const stranger = await provider();
    const site = await start({ authorize: verifyJwt({ issuer: ISSUER, audience: AUDIENCE, jwks }) });
    const publicText = new TextEncoder().encode(JSON.stringify(jwks.keys[0]));
    const tokens = [
      await sign(key, claims({ iss: "https://other.example/" })),
      await sign(key, claims({ aud: "https://other.example/" })),
      await sign(key, claims({ exp: Math.floor(Date.now() / 1_000) - 60 })),
      await sign(key, claims({ exp: undefined })),
      await sign(key, claims({ sub: undefined })),
      await sign(stranger.key, claims()),
      await sign(publicText, claims(), "HS256"),
      new UnsecuredJWT(claims()).encode(),
      (await sign(key, claims())).slice(0, -4),
      "no-jwt",
    ];
    for (const token of tokens)
      expect((await ask(site, "get", SETTINGS, undefined, token)).body).toMatchObject({
        statusCode: 401,
        errorCode: "invalid_token",
      });
  });

  it("fetches the keys, and answers 503 while they can't be fetched", async () => {
    const { key, jwks } = await provider();
    let isUp = false;
    const server = createServer((_request, response) => {
      response.statusCode = isUp ? 200 : 500;
      response.setHeader("Content-Type", "application/json").end(JSON.stringify(jwks));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/jwks.json`;
    const site = await start({ authorize: verifyJwt({ issuer: ISSUER, audience: AUDIENCE, jwks: url }) });
    const token = await sign(key, claims());
    expect((await ask(site, "get", SETTINGS, undefined, token)).status).toBe(503);
    isUp = true;
    expect((await ask(site, "get", SETTINGS, undefined, token)).status).toBe(200);
  });

  it.each([
    [{ audience: AUDIENCE, jwks: { keys: [] } }, "verifyJwt.issuer"],
    [{ issuer: ISSUER, jwks: { keys: [] } }, "verifyJwt.audience"],
    [{ issuer: ISSUER, audience: AUDIENCE, jwks: "jwks.json" }, "verifyJwt.jwks"],
    [{ issuer: ISSUER, audience: AUDIENCE, jwks: "http://tenant.example/jwks.json" }, "verifyJwt.jwks"],
    [{ issuer: ISSUER, audience: AUDIENCE, jwks: "file:///jwks.json" }, "verifyJwt.jwks"],
  ])("%j is an error at start", (options, option) => {
    expect(() => verifyJwt(options as never)).toThrow(
      expect.objectContaining({ code: "invalid_option", details: { option } }),
    );
  });
});
