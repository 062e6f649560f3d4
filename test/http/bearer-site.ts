/** An app with bearer tokens, for the tests of `curfew.bearer`. */
import request from "supertest";
import type { BearerOptions, BearerTokens, IssuedToken, IssueOptions } from "../../src/index.js";
import { startApp, type TestApp, type TestAppOptions } from "../harness/app.js";

/** An app that issues tokens, and routes that need them. */
export interface TokenSite extends TestApp {
  readonly tokens: BearerTokens;
  /** Issues a token of the user `ann`. @throws Error with the `answer` of a refusal */
  issue(options?: Partial<IssueOptions>): Promise<IssuedToken>;
  /** Returns the status of a call with a token. */
  call(token: string, path?: string): Promise<number>;
}

/** Starts the app. */
export async function startTokenSite(
  options: TestAppOptions = {},
  bearer?: BearerOptions,
): Promise<TokenSite> {
  let issued: Promise<IssuedToken> | undefined;
  let next: IssueOptions = { userId: "ann" };
  const made: BearerTokens[] = [];
  const site = await startApp({
    ...options,
    configure: (app, curfew) => {
      const tokens = curfew.bearer(bearer);
      made.push(tokens);
      app.post("/token", (who, response, fail) => {
        issued = tokens.issue(who, next);
        issued.then((token) => response.json(token), fail);
      });
      app.get("/api/me", tokens.requireToken(), (who, response, fail) => {
        tokens.verify(who).then((session) => response.json(session), fail);
      });
      app.get("/api/read", tokens.requireToken({ scopes: ["read:x"] }), (_who, response) => {
        response.json({});
      });
      app.all("/api/all", tokens.requireToken(), (_who, response) => {
        response.json({ secret: "page" });
      });
      app.delete("/token", (who, response, fail) => {
        tokens.end(who).then((result) => response.json(result), fail);
      });
    },
  });
  const [tokens] = made;
  if (!tokens) throw new Error("no tokens");
  return {
    ...site,
    tokens,
    issue: async (more = {}) => {
      next = { userId: "ann", ...more };
      const answer = await request(site.server).post("/token").set("User-Agent", "robot/1.0");
      if (answer.status !== 200) throw Object.assign(new Error(answer.text), { answer });
      return answer.body as IssuedToken;
    },
    call: async (token, path = "/api/me") =>
      (await request(site.server).get(path).set("Authorization", `Bearer ${token}`)).status,
  };
}
