/** Rule M44 in separate processes: a rolling deployment, and a race for one old session. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, describe, it, onTestFinished } from "vitest";
import { Browser } from "../harness/browser.js";
import { MOVE_CONFIG, type MoveConfig, type MoveKind } from "../harness/move-process.js";
import { OLD_STORES, type OldStore } from "../harness/old-app.js";
import { freshPrefix, testRedisUrl } from "../harness/redis.js";

const PROCESS = fileURLToPath(new URL("../harness/move-process.ts", import.meta.url));
const REQUESTS = 200;
/** Starting three processes takes seconds on a busy machine. */
const LIMIT_MS = 90_000;

/** Starts a process. It ends with the test. @returns its port */
async function start(config: MoveConfig): Promise<number> {
  const child = fork(PROCESS, {
    execArgv: ["--import", "tsx"],
    env: { ...process.env, [MOVE_CONFIG]: JSON.stringify(config) },
  });
  onTestFinished(() => void child.kill());
  const [port] = (await once(child, "message")) as [number];
  return port;
}

/** Starts an old process and two new processes over one Redis. */
async function startSite(kind: MoveKind, store: OldStore): Promise<readonly [number, number, number]> {
  const shared = { store, url: await testRedisUrl(), prefix: freshPrefix("move") };
  const kinds: readonly MoveKind[] = ["old", kind, kind];
  const [old = 0, one = 0, two = 0] = await Promise.all(
    kinds.map((each) => start({ ...shared, kind: each })),
  );
  return [old, one, two];
}

const me = async (browser: Browser, port: number): Promise<{ userId: string | null; ref?: string }> =>
  (await browser.at(port).get("/me")).body as { userId: string | null; ref?: string };

describe.each(OLD_STORES)("M44: a rolling deployment from %s", { timeout: LIMIT_MS }, (store) => {
  it("serves one browser from old and new processes in turn, and signs it out everywhere", async () => {
    const [old, one, two] = await startSite("taking over", store);
    const browser = new Browser();
    await browser.at(old).post("/login", { userId: "ann" });
    const refs = new Set<string | undefined>();
    for (let turn = 0; turn < 5; turn++) {
      for (const process of [one, old, two]) {
        const { userId, ref } = await me(browser, process);
        expect(userId).toBe("ann");
        if (process !== old) refs.add(ref);
      }
    }
    expect(refs.size).toBe(1);
    await browser.at(old).post("/logout");
    for (const process of [two, old, one]) expect((await me(browser, process)).userId).toBeNull();
    await browser.at(old).post("/login", { userId: "ann" });
    for (const process of [one, two]) expect((await me(browser, process)).userId).toBe("ann");
    await browser.at(two).post("/logout");
    for (const process of [old, one, two]) expect((await me(browser, process)).userId).toBeNull();
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
  const browser = new Browser();
  await browser.at(old).post("/login", { userId: "ann" });
  const before = browser.clone();
  const users = await Promise.all(
    Array.from({ length: REQUESTS }, async (_, index) => {
      const { userId } = await me(before.clone(), index % 2 === 0 ? one : two);
      return userId;
    }),
  );
  const sessions = Number((await browser.at(one).get("/count")).body);
  await me(browser, one);
  await browser.at(one).post("/logout");
  for (const name of browser.cookies.keys()) if (name !== "connect.sid") browser.cookies.delete(name);
  const answered = users.filter((userId) => userId === "ann").length;
  return { answered, sessions, isBack: (await me(browser, two)).userId !== null };
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
