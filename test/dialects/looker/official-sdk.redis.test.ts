/** Uses the vendor's own client, unpatched, with an app that only adds its login route. */
import { randomBytes } from "node:crypto";
import { LookerNodeSDK, NodeSettings } from "@looker/sdk-node";
import type { IApiSection } from "@looker/sdk-rtl";
import type { Looker40SDK } from "@looker/sdk";
import express from "express";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { lookerApi } from "../../../src/dialects/looker/index.js";
import { startApp, type TestApp } from "../../harness/app.js";
import { minutes } from "../../harness/policy-fixtures.js";

const CREDENTIALS = { client_id: "the-admin", client_secret: "the-secret" };

/** Starts an app that gives access tokens for the right credentials, as the vendor's client requests them. */
function start(requestsPerMinute = 600): Promise<TestApp> {
  const tokens = new Set<string>();
  const bearer = (header = ""): string => /^Bearer (.+)$/.exec(header)?.[1] ?? "";
  return startApp({
    configure: (app, curfew) => {
      app.post("/api/4.0/login", express.urlencoded({ extended: false }), (request, response) => {
        const { client_id, client_secret } = request.body as typeof CREDENTIALS;
        if (client_id !== CREDENTIALS.client_id || client_secret !== CREDENTIALS.client_secret) {
          response.status(404).json({ message: "Not found" });
          return;
        }
        const access_token = randomBytes(16).toString("hex");
        tokens.add(access_token);
        response.json({ access_token, token_type: "Bearer", expires_in: 3_600 });
      });
      app.delete("/api/4.0/logout", (request, response) => {
        tokens.delete(bearer(request.get("authorization")));
        response.status(204).end();
      });
      const authorize = (request: express.Request): boolean =>
        tokens.has(bearer(request.get("authorization")));
      app.use("/api/4.0", lookerApi(curfew, { authorize, requestsPerMinute }));
    },
  });
}

class Settings extends NodeSettings {
  constructor(
    private readonly url: string,
    private readonly secret = CREDENTIALS.client_secret,
  ) {
    super("", { base_url: url, verify_ssl: true, timeout: 5 } as never);
  }

  override readConfig(): IApiSection {
    return { base_url: this.url, client_id: CREDENTIALS.client_id, client_secret: this.secret };
  }
}

const clientOf = (site: TestApp, secret?: string): Looker40SDK =>
  LookerNodeSDK.init40(new Settings(site.url, secret));

// The client looks for AbortSignal.timeout in the wrong place, and warns at each request.
beforeAll(() => {
  vi.spyOn(console, "debug").mockImplementation(() => undefined);
});

describe("@looker/sdk", () => {
  it("L1, L2, V1: logs in, reads, writes and logs out", async () => {
    const site = await start();
    const sdk = clientOf(site);
    expect(await sdk.ok(sdk.session_config())).toEqual({
      can: { show: true, update: true },
      allow_persistent_sessions: true,
      session_minutes: 30,
      unlimited_sessions_per_user: true,
      use_inactivity_based_logout: false,
      track_session_location: false,
    });
    const updated = await sdk.ok(sdk.update_session_config({ use_inactivity_based_logout: true }));
    expect(updated).toMatchObject({
      use_inactivity_based_logout: true,
      allow_persistent_sessions: false,
      session_minutes: 1_440,
    });
    expect(await sdk.ok(sdk.session_config())).toEqual(updated);
    await sdk.authSession.logout();
    expect(sdk.authSession.isAuthenticated()).toBe(false);
  });

  it("R1 to R4, R6: lists, reads and ends a user's sessions", async () => {
    const site = await start();
    const ann = await site.signedIn("ann");
    const sdk = clientOf(site);
    const [session, ...others] = await sdk.ok(sdk.all_user_sessions("ann", "id,expires_at,can"));
    expect(others).toEqual([]);
    expect(session).toEqual({
      id: expect.stringMatching(/^[\w-]{21}$/) as string,
      expires_at: expect.stringMatching(/Z$/) as string,
      can: { show: true, destroy: true },
    });
    const id = session?.id ?? "";
    expect(await sdk.ok(sdk.user_session("ann", id))).toMatchObject({
      id,
      browser: "Chrome",
      sudo_user_id: null,
    });
    expect(await sdk.ok(sdk.delete_user_session("ann", id))).toBe("");
    expect(await ann.standing()).toBe("revoked_by_admin");
    await expect(sdk.ok(sdk.user_session("ann", id))).rejects.toMatchObject({
      documentation_url:
        "https://cloud.google.com/looker/docs/r/err/4.0/404/get/users/:user_id/sessions/:session_id",
    });
  });

  it("L13: its changes apply at users' next request", async () => {
    const site = await start();
    const browser = await site.signedIn("ann");
    const sdk = clientOf(site);
    await sdk.ok(sdk.update_session_config({ session_minutes: 12 }));
    expect(await browser.status()).toMatchObject({ remainingMs: minutes(12) });
  });

  it("L7: a refused write arrives as its error, with every field", async () => {
    const sdk = clientOf(await start());
    const wrong = { session_minutes: 3, allow_persistent_sessions: "x" as never };
    const refused = sdk.ok(sdk.update_session_config(wrong));
    await expect(refused).rejects.toMatchObject({
      message: expect.stringContaining("Validation Failed") as string,
      documentation_url: "https://cloud.google.com/looker/docs/r/err/4.0/422/patch/session_config",
      errors: [
        { field: "allow_persistent_sessions", code: "invalid" },
        { field: "session_minutes", code: "invalid" },
      ],
    });
  });

  it("L11: too many requests arrive as an error with a message", async () => {
    const sdk = clientOf(await start(1));
    await sdk.ok(sdk.session_config());
    await expect(sdk.ok(sdk.session_config())).rejects.toMatchObject({
      message: expect.stringContaining("Too many requests") as string,
    });
  });

  it("a wrong secret opens nothing", async () => {
    const sdk = clientOf(await start(), "guess");
    await expect(sdk.ok(sdk.session_config())).rejects.toThrow();
  });
});
