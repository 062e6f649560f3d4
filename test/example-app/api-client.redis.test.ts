import request from "supertest";
import { describe, expect, it } from "vitest";
import { DEMO_CLIENT } from "../../example-app/api-client.js";
import { startExample } from "./support.js";

const { clientId: client_id, clientSecret: client_secret } = DEMO_CLIENT;
const RIGHT = { grant_type: "client_credentials", client_id, client_secret };

describe("the API client", () => {
  it("gets a token of each vendor's login, and both change the same settings", async () => {
    const { app, curfew } = await startExample();
    const looker = await request(app).post("/api/4.0/login").type("form").send(RIGHT);
    const auth0 = await request(app).post("/oauth/token").type("form").send(RIGHT);
    const bearer = ({ body }: { body: unknown }): string =>
      `Bearer ${(body as { access_token: string }).access_token}`;
    expect(auth0.body).toMatchObject({ token_type: "Bearer", expires_in: 3_600 });
    await request(app)
      .patch("/api/v2/tenants/settings")
      .set("Authorization", bearer(auth0))
      .send({ session_lifetime: 2 })
      .expect(200);
    const config = await request(app).get("/api/4.0/session_config").set("Authorization", bearer(looker));
    expect(config.body).toMatchObject({ session_minutes: 120, can: { update: true } });
    expect(await curfew.settings.history()).toMatchObject([{ actor: "admin" }]);
  });

  it("takes the body of /oauth/token as JSON too, and forbids caches to keep the token", async () => {
    const { app } = await startExample();
    const answer = await request(app).post("/oauth/token").send(RIGHT);
    expect([answer.status, answer.get("Cache-Control")]).toEqual([200, "no-store"]);
  });

  it.each([
    [{ ...RIGHT, client_secret: "guess" }, 401, "invalid_client"],
    [{ ...RIGHT, client_id: "other" }, 401, "invalid_client"],
    [{ ...RIGHT, grant_type: "password" }, 400, "unsupported_grant_type"],
    [{}, 400, "unsupported_grant_type"],
  ])("%j gets no token", async (body, status, error) => {
    const { app, curfew } = await startExample();
    const answer = await request(app).post("/oauth/token").type("form").send(body);
    expect([answer.status, answer.body]).toEqual([status, { error }]);
    expect((await curfew.sessions.list()).sessions).toEqual([]);
  });

  it("limits wrong secrets together with wrong passwords", async () => {
    const { app } = await startExample();
    const statuses: number[] = [];
    for (let n = 0; n < 6; n++) {
      const guess = { ...RIGHT, client_secret: `guess-${String(n)}` };
      statuses.push((await request(app).post("/oauth/token").type("form").send(guess)).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
  });
});
