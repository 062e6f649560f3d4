/** An app with both vendors' APIs, for the tests of Auth0's. */
import request, { type Response } from "supertest";
import { auth0Api, SCOPES, type Auth0ApiOptions, type Grant } from "../../../src/dialects/auth0/index.js";
import { lookerApi } from "../../../src/dialects/looker/index.js";
import { startApp, type TestApp, type TestAppOptions } from "../../harness/app.js";

/** The access token of `root`, with every scope. `Bearer only-<scope>` has one scope. */
const ROOT_TOKEN = "all-scopes";

function grantOf(header = ""): Grant | null {
  const token = /^Bearer (.+)$/.exec(header)?.[1];
  if (token === ROOT_TOKEN) return { userId: "root", scopes: SCOPES };
  const scope = /^only-(.+)$/.exec(token ?? "")?.[1];
  return scope === undefined ? null : { userId: "clerk", scopes: [scope] };
}

/** Starts the app. */
export function start(options: Partial<Auth0ApiOptions> = {}, more: TestAppOptions = {}): Promise<TestApp> {
  return startApp({
    ...more,
    configure: (app, curfew) => {
      const authorize: Auth0ApiOptions["authorize"] = (who) => grantOf(who.get("authorization"));
      app.use("/api/v2", auth0Api(curfew, { authorize, ...options }));
      app.use("/api/4.0", lookerApi(curfew, { authorize: () => true }));
    },
  });
}

/** Sends a request with a token. */
export async function ask(
  site: TestApp,
  method: "get" | "patch" | "delete" | "post",
  path: string,
  body?: object,
  token = ROOT_TOKEN,
): Promise<Response> {
  const sent = request(site.server)[method](`/api/v2${path}`).set("Authorization", `Bearer ${token}`);
  return body === undefined ? sent : sent.send(body);
}

/** Path of the settings. */
export const SETTINGS = "/tenants/settings";

/** Returns Looker's view of the settings. */
export const lookerConfig = (site: TestApp): request.Test =>
  request(site.server).get("/api/4.0/session_config");

/** Changes the settings through Looker's API. */
export const patchLooker = (site: TestApp, body: object): request.Test =>
  request(site.server).patch("/api/4.0/session_config").send(body);
