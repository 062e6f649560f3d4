import type { Express } from "express";
import request from "supertest";
import { afterAll, beforeAll, describe, it } from "vitest";
import { createApp } from "../../bench/contestants/app.js";
import type { ContestantId } from "../../bench/processes/messages.js";
import { startRedis, type RedisServer } from "../support/redis-server.js";

const GUARDED: readonly ContestantId[] = ["byHand", "betterAuth", "iron", "curfew"];
const WITH_SESSIONS: readonly ContestantId[] = ["bare", ...GUARDED];
const packageEntry = new URL("../../src/index.ts", import.meta.url).href;

let server: RedisServer;
const apps = new Map<ContestantId, Promise<Express>>();

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

function appOf(contestant: ContestantId): Promise<Express> {
  const redisUrl = `${server.url}/${WITH_SESSIONS.indexOf(contestant)}`;
  const app = apps.get(contestant) ?? createApp({ contestant, redisUrl, packageEntry, payloadBytes: 300 });
  apps.set(contestant, app);
  return app;
}

describe.each(WITH_SESSIONS)("the benchmark's contestant %s", (contestant) => {
  it("answers each of two users from that user's own session, in the same words", async () => {
    const app = await appOf(contestant);
    const [ann, ben] = [request.agent(app), request.agent(app)];
    await ann.post("/sign-in/ann").expect(200);
    await ben.post("/sign-in/ben").expect(200);
    await ann.get("/read").expect(200, { displayName: "ann", items: 6 });
    await ben.get("/read").expect(200, { displayName: "ben", items: 6 });
  });
});

describe.each(GUARDED)("the benchmark's contestant %s", (contestant) => {
  it("answers 401 to who is not signed in, and to who says so without proof", async () => {
    const app = await appOf(contestant);
    const signedIn = await request(app).post("/sign-in/cleo").expect(200);
    const cookies = signedIn.get("set-cookie") as unknown as string[];
    const pairs = cookies.map((line) => line.split(";", 1)[0] ?? "");
    const forged = pairs.map((pair) => `${pair.split("=", 1)[0] ?? ""}=made-up`);
    await request(app).get("/read").expect(401);
    await request(app).get("/read").set("cookie", forged.join("; ")).expect(401);
    await request(app).get("/read").set("cookie", pairs.join("; ")).expect(200);
  });
});
