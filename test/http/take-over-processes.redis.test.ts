/** Rule M44 in separate processes: a rolling deployment, and a race for one old session. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, describe, it, onTestFinished } from "vitest";
import { MOVE_CONFIG, type MoveConfig, type MoveKind } from "../harness/move-process.js";
import { OLD_STORES, type OldStore } from "../harness/old-app.js";
import { freshPrefix, testRedisUrl } from "../harness/redis.js";

const PROCESS = fileURLToPath(new URL("../harness/move-process.ts", import.meta.url));
const REQUESTS = 200;
/** Starting three processes takes seconds on a busy machine. */
const LIMIT_MS = 90_000;

/** Starts a process. It ends with the test. @returns its address */
async function start(config: MoveConfig): Promise<string> {
  const child = fork(PROCESS, {
    execArgv: ["--import", "tsx"],
    env: { ...process.env, [MOVE_CONFIG]: JSON.stringify(config) },
  });
  onTestFinished(() => void child.kill());
  const [port] = (await once(child, "message")) as [number];
  return `http://127.0.0.1:${String(port)}`;
}

/** Starts an old process and two new processes over one Redis. */
async function startSite(kind: MoveKind, store: OldStore): Promise<readonly [string, string, string]> {
  const shared = { store, url: await testRedisUrl(), prefix: freshPrefix("move") };
  const kinds: readonly MoveKind[] = ["old", kind, kind];
  const [old = "", one = "", two = ""] = await Promise.all(
    kinds.map((each) => start({ ...shared, kind: each })),
  );
  return [old, one, two];
}

interface Me {
  readonly userId: string | null;
  readonly ref?: string;
}

/** One browser. It keeps the cookies of all processes, which share a host behind the load balancer. */
class Client {
  readonly #cookies = new Map<string, string>();

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  async send(url: string, method = "GET", body?: object): Promise<Me> {
    const headers = { cookie: this.cookie, "content-type": "application/json" };
    const response = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.#cookies.set(name, value);
    }
    return (await response.json()) as Me;
  }

  forgetNewCookies(): void {
    for (const name of this.#cookies.keys()) if (name !== "connect.sid") this.#cookies.delete(name);
  }
}

describe.each(OLD_STORES)("M44: a rolling deployment from %s", { timeout: LIMIT_MS }, (store) => {
  it("serves one browser from old and new processes in turn, and signs it out everywhere", async () => {
    const [old, one, two] = await startSite("taking over", store);
    const client = new Client();
    await client.send(`${old}/login`, "POST", { userId: "ann" });
    const refs = new Set<string | undefined>();
    for (let turn = 0; turn < 5; turn++) {
      for (const process of [one, old, two]) {
        const { userId, ref } = await client.send(`${process}/me`);
        expect(userId).toBe("ann");
        if (process !== old) refs.add(ref);
      }
    }
    expect(refs.size).toBe(1);
    await client.send(`${old}/logout`, "POST");
    for (const process of [two, old, one]) expect((await client.send(`${process}/me`)).userId).toBeNull();
    await client.send(`${old}/login`, "POST", { userId: "ann" });
    for (const process of [one, two]) expect((await client.send(`${process}/me`)).userId).toBe("ann");
    await client.send(`${two}/logout`, "POST");
    for (const process of [old, one, two]) expect((await client.send(`${process}/me`)).userId).toBeNull();
  });
});

interface Outcome {
  /** Number of requests that were answered as the user's. */
  readonly answered: number;
  readonly sessions: number;
  /** True if the old cookie signs the user in after the sign-out. */
  readonly isBack: boolean;
}

/** Sends the first requests of one old session to two processes at once, signs out, and returns with the old cookie. */
async function race(kind: MoveKind): Promise<Outcome> {
  const [old, one, two] = await startSite(kind, OLD_STORES[0]);
  const client = new Client();
  await client.send(`${old}/login`, "POST", { userId: "ann" });
  const { cookie } = client;
  const users = await Promise.all(
    Array.from({ length: REQUESTS }, async (_, index) => {
      const response = await fetch(`${index % 2 === 0 ? one : two}/me`, { headers: { cookie } });
      return response.ok ? ((await response.json()) as Me).userId : null;
    }),
  );
  const sessions = Number(await client.send(`${one}/count`));
  await client.send(`${one}/me`);
  await client.send(`${one}/logout`, "POST");
  client.forgetNewCookies();
  const answered = users.filter((userId) => userId === "ann").length;
  return { answered, sessions, isBack: (await client.send(`${two}/me`)).userId !== null };
}

describe("M44: 200 first requests of one old cookie, at two processes at once", { timeout: LIMIT_MS }, () => {
  it("make one session, which stays signed out", async () => {
    expect(await race("taking over")).toEqual({ answered: REQUESTS, sessions: 1, isBack: false });
  });

  it("make many sessions with a takeover by hand, and the old cookie brings the user back", async () => {
    const { sessions, isBack } = await race("naive");
    expect(sessions).toBeGreaterThan(1);
    expect(isBack).toBe(true);
  });
});
