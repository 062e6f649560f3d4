import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Express } from "express";
import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../bench/contestants/app.js";
import type { ContestantId } from "../../bench/processes/messages.js";
import { signIn } from "../../bench/processes/sign-ins.js";
import { startRedis, type RedisServer } from "../harness/redis-server.js";

const GUARDED: readonly ContestantId[] = ["byHand", "betterAuth", "iron", "curfew"];
const WITH_SESSIONS: readonly ContestantId[] = ["bare", ...GUARDED];
const packageEntry = new URL("../../src/index.ts", import.meta.url).href;

const SPEC = { packageEntry, payloadBytes: 300, maxSessionsPerUser: 1 } as const;

let server: RedisServer;
const apps = new Map<ContestantId, Promise<Express>>();

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());

function appOf(contestant: ContestantId): Promise<Express> {
  const redisUrl = `${server.url}/${WITH_SESSIONS.indexOf(contestant)}`;
  const app = apps.get(contestant) ?? createApp({ ...SPEC, contestant, redisUrl });
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
  it("answers 401 without a cookie and with a forged cookie", async () => {
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

describe("many sign-ins", () => {
  const many = { kind: "browser", user: "user-", isOneUser: false, first: 7 } as const;

  async function withApp(contestant: ContestantId, play: (origin: string) => Promise<void>): Promise<void> {
    const listening = (await appOf(contestant)).listen(0, "127.0.0.1");
    await once(listening, "listening");
    try {
      await play(`http://127.0.0.1:${(listening.address() as AddressInfo).port}`);
    } finally {
      listening.close();
    }
  }

  const readAs = (origin: string, cookie: string): Promise<Response> =>
    fetch(`${origin}/read`, { headers: { cookie } });

  it("sign each user in, and return cookies of the last sign-ins", async () => {
    await withApp("curfew", async (origin) => {
      const keep = { cookies: 5, last: 50 };
      const cookies = await signIn({ ...many, origins: [origin], count: 100, keep });
      expect(cookies).toHaveLength(5);
      const names = await Promise.all(
        cookies.map(async (cookie) => {
          const { displayName } = (await (await readAs(origin, cookie)).json()) as { displayName: string };
          return displayName;
        }),
      );
      expect(names.toSorted()).toEqual(["user-106", "user-66", "user-76", "user-86", "user-96"]);
    });
  });

  it("leave API sessions of one user alive where the user's browsers are limited", async () => {
    await withApp("curfew", async (origin) => {
      const busy = {
        ...many,
        origins: [origin],
        user: "busy",
        isOneUser: true,
        keep: { cookies: 10, last: 10 },
      };
      const api = await signIn({ ...busy, kind: "api", count: 10 });
      const browsers = await signIn({ ...busy, count: 10 });
      const alive = async (cookies: readonly string[]): Promise<number> => {
        const answers = await Promise.all(cookies.map((cookie) => readAs(origin, cookie)));
        return answers.filter(({ status }) => status === 200).length;
      };
      expect(await alive(api)).toBe(10);
      expect(await alive(browsers)).toBe(1);
    });
  });

  it("fail with the answer of an app that refuses one", async () => {
    await withApp("curfew", async (origin) => {
      const wrong = {
        ...many,
        origins: [origin],
        user: "no/such/path-",
        count: 1,
        keep: { cookies: 0, last: 0 },
      };
      await expect(signIn(wrong)).rejects.toThrow("expected 200, got HTTP/1.1 404");
    });
  });
});
