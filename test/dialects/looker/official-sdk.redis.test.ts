/** Uses the vendor's own client, unpatched. */
import { LookerNodeSDK, NodeSettings } from "@looker/sdk-node";
import type { IApiSection } from "@looker/sdk-rtl";
import type { Looker40SDK } from "@looker/sdk";
import type { Request } from "express";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { lookerApi, type ApiClient } from "../../../src/dialects/looker/index.js";
import { startApp, type TestApp } from "../../harness/app.js";
import { minutes } from "../../harness/policy-fixtures.js";

const CREDENTIALS = { client_id: "the-admin", client_secret: "the-secret" };

/** Starts an app whose API client acts for the user `root`. */
function start(requestsPerMinute = 600): Promise<TestApp> {
  return startApp({
    configure: (app, curfew) => {
      const tokens = curfew.bearer();
      const verifyClient = ({ clientId, clientSecret }: ApiClient): string | null =>
        clientId === CREDENTIALS.client_id && clientSecret === CREDENTIALS.client_secret ? "root" : null;
      const authorize = async (request: Request): Promise<boolean> =>
        (await tokens.verify(request))?.userId === "root";
      const login = { tokens, verifyClient };
      app.use("/api/4.0", lookerApi(curfew, { authorize, login, requestsPerMinute }));
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
    const ofRoot = async () => (await site.curfew.sessions.list({ userId: "root" })).sessions;
    expect(await ofRoot()).toMatchObject([{ kind: "api" }]);
    await sdk.authSession.logout();
    expect(sdk.authSession.isAuthenticated()).toBe(false);
    expect(await ofRoot()).toEqual([]);
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
    const sdk = clientOf(await start(2));
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
