import request from "supertest";
import { describe, expect, it, onTestFinished } from "vitest";
import { startRedis } from "../harness/redis-server.js";
import { startExample } from "./support.js";

describe("the health route", () => {
  it("B5: says to every visitor, without a cookie, if Redis answers", async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const { app } = await startExample({ redis: server.url });
    const healthy = await request(app).get("/healthz").expect(200);
    expect(healthy.body).toEqual({ redis: "answers" });
    expect(healthy.headers).not.toHaveProperty("set-cookie");
    server.signal("SIGSTOP");
    const ill = await request(app).get("/healthz").expect(503);
    expect(ill.headers["retry-after"]).toBe("1");
    expect(ill.headers["cache-control"]).toBe("no-store");
  });
});
