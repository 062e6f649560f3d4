/** Cases E1, E2, E8: changed settings meet living sessions. */
import { range, Tally, type AppPair, type BatteryCase } from "../support/battery-case.js";
import { Browser, SESSION_COOKIE } from "../../harness/browser.js";
import type { Answer } from "../../harness/http.js";
import { patchConfig } from "../support/settings-client.js";

const MINUTE_MS = 60_000;

const signIn = async (app: AppPair, user: string, isPersistent = false): Promise<Browser> => {
  const browser = new Browser();
  await browser.at(app.port(0)).trySignIn(user, { persistent: isPersistent });
  return browser;
};

const askAll = (app: AppPair, browsers: readonly Browser[]): Promise<Answer[]> =>
  Promise.all(browsers.map((browser, index) => browser.at(app.port(index)).get("/me")));

const refusedAs = (answers: readonly Answer[], reason: string): number =>
  answers.filter(({ status, json }) => status === 401 && json["reason"] === reason).length;

/** E1. */
export const changeSeenAtOnce: BatteryCase = {
  id: "E1",
  title: "A PATCH in a process, then a request in the other process",
  passesAt: "1,000 of 1,000 requests follow the change",
  async run(stage) {
    const app = await stage.startApp();
    // Two browsers, because a session may ask for its status 600 times a minute.
    const browsers = [await signIn(app, "e1-0"), await signIn(app, "e1-1")] as const;
    const patches = stage.count(1_000);
    let seen = 0;
    for (const index of range(patches)) {
      // An extension adds at most a session's duration, so its length shows the setting in effect.
      const minutes = 10 + (index % 20);
      const patched = await patchConfig(app.port(index), { session_minutes: minutes });
      const browser = index % 4 < 2 ? browsers[0] : browsers[1];
      const { json } = await browser.at(app.port(index + 1)).get("/curfew/status");
      if (patched.status === 200 && json["extendMs"] === minutes * MINUTE_MS) seen += 1;
    }
    return new Tally().exactly("seen by the other process", seen, patches).outcome;
  },
};

/** E2. */
export const shorterAndLonger: BatteryCase = {
  id: "E2",
  title: "A shorter, then a longer duration while sessions live",
  passesAt:
    "sessions above the duration end at their next request; a longer duration revives and extends no session",
  async run(stage) {
    const app = await stage.startApp({ hasTestClock: true, defaults: { sessionMinutes: 60 } });
    const size = stage.count(100);
    const start = Date.now();
    await stage.setClock(start);
    const old = await Promise.all(range(size).map((index) => signIn(app, `old-${index}`)));
    await stage.setClock(start + 15 * MINUTE_MS);
    const young = await Promise.all(range(size).map((index) => signIn(app, `young-${index}`)));
    await stage.setClock(start + 20 * MINUTE_MS);
    await patchConfig(app.port(1), { session_minutes: 10 });
    const tally = new Tally()
      .exactly("over-age sessions ended", refusedAs(await askAll(app, old), "absolute"), size)
      .exactly(
        "younger sessions alive",
        (await askAll(app, young)).filter(({ status }) => status === 200).length,
        size,
      );
    await patchConfig(app.port(0), { session_minutes: 43_200 });
    tally.exactly("still ended under a longer limit", refusedAs(await askAll(app, old), "absolute"), size);
    await stage.setClock(start + 75 * MINUTE_MS - 1);
    tally.exactly(
      "alive to the end fixed at sign-in",
      (await askAll(app, young)).filter(({ status }) => status === 200).length,
      size,
    );
    await stage.setClock(start + 75 * MINUTE_MS);
    return tally.exactly("ended there", refusedAs(await askAll(app, young), "absolute"), size).outcome;
  },
};

/** E8. */
export const persistenceSwitchedOff: BatteryCase = {
  id: "E8",
  title: "Persistent sessions are turned off while users have them",
  passesAt:
    "each next response has a session cookie with the same id; the sessions last session_minutes from the sign-in",
  async run(stage) {
    const app = await stage.startApp({ hasTestClock: true });
    const size = stage.count(100);
    const start = Date.now();
    await stage.setClock(start);
    const longIn = await Promise.all(range(size).map((index) => signIn(app, `long-${index}`, true)));
    await stage.setClock(start + 40 * MINUTE_MS);
    const justIn = await Promise.all(range(size).map((index) => signIn(app, `just-${index}`, true)));
    const ids = justIn.map((browser) => browser.cookie(SESSION_COOKIE));
    await patchConfig(app.port(0), { allow_persistent_sessions: false });
    const answers = await askAll(app, justIn);
    const reissued = answers.filter(({ status, headers }, index) => {
      const [line = ""] = (headers["set-cookie"] ?? []).filter((text) => text.startsWith(SESSION_COOKIE));
      const isSameId = line.startsWith(`${SESSION_COOKIE}=${ids[index] ?? "?"};`);
      return status === 200 && isSameId && !/max-age|expires/i.test(line);
    }).length;
    const tally = new Tally()
      .exactly("session cookies issued", reissued, size)
      .exactly("over session_minutes: ended", refusedAs(await askAll(app, longIn), "absolute"), size);
    const second = await askAll(app, justIn);
    tally.none("issued once more", second.filter(({ headers }) => headers["set-cookie"]).length);
    await stage.setClock(start + 70 * MINUTE_MS - 1);
    tally.exactly(
      "alive until login + 30 min",
      (await askAll(app, justIn)).filter(({ status }) => status === 200).length,
      size,
    );
    await stage.setClock(start + 70 * MINUTE_MS);
    return tally.exactly("ended there", refusedAs(await askAll(app, justIn), "absolute"), size).outcome;
  },
};
