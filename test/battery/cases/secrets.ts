/** Cases H1 and H2: places where ids, cookies and tokens must not occur. */
import { inParallel, Tally, type AppPair, type BatteryCase } from "../support/battery-case.js";
import { Browser, SESSION_COOKIE } from "../../harness/browser.js";
import type { Answer } from "../../harness/http.js";
import { dumpOf } from "../support/dump.js";
import { ADMIN_KEY } from "../support/guarded-app.js";
import { CONFIG_PATH } from "../support/settings-client.js";

/** Returns the secrets of a browser's cookies: the cookie, the id, its random part, its signature and the token. */
function secretsOf(browser: Browser): string[] {
  const cookie = browser.cookie(SESSION_COOKIE) ?? "";
  const signed = decodeURIComponent(cookie);
  const id = signed.slice(2, signed.lastIndexOf("."));
  // The first part of a signed-in session's id is its public ref, the second its user's tag.
  const random = id.split(".").at(-1) ?? "";
  const signature = signed.slice(signed.lastIndexOf(".") + 1);
  const signedToken = decodeURIComponent(browser.cookie("curfew.browser") ?? "");
  const token = /browser-([\w-]{22})/.exec(signedToken)?.[1] ?? "";
  return [cookie, signed, id, random, signature, signedToken, token].filter((secret) => secret.length >= 16);
}

/** Creates sessions in every state. @returns the secrets of all */
async function liveAndDie(app: AppPair, count: number): Promise<Set<string>> {
  const secrets = new Set<string>();
  await inParallel(count, 10, async (index) => {
    const port = app.port(index);
    const browser = new Browser();
    const keep = (): void => {
      for (const secret of secretsOf(browser)) secrets.add(secret);
    };
    await browser.at(port).get("/cart");
    keep();
    await browser.at(port).trySignIn(`h1-${index % 50}`, { persistent: index % 2 === 0 });
    keep();
    await browser.at(port).post("/write", { key: "note" });
    if (index % 3 === 0) await browser.at(port).post("/curfew/reauth", { password: "right" });
    keep();
    if (index % 5 === 0) await browser.at(port).post("/logout");
    keep();
  });
  return secrets;
}

const countIn = (text: string, secrets: Iterable<string>): number =>
  [...secrets].filter((secret) => text.includes(secret)).length;

/** H1. */
export const secretsInRedis: BatteryCase = {
  id: "H1",
  title: "A dump of every Redis key and value after 1,000 sessions",
  passesAt: "0 session ids, 0 values that work as a cookie",
  async run(stage) {
    const sessions = stage.count(1_000);
    const app = await stage.startApp();
    const secrets = await liveAndDie(app, sessions);
    const dump = await dumpOf(stage.redis);
    const tally = new Tally()
      .figure("secrets looked for", secrets.size, secrets.size >= sessions * 5)
      .figure("characters looked at", dump.length, dump.length > sessions * 200)
      .none("found", countIn(dump, secrets));

    await stage.redis.flushall();
    const naive = await stage.startApp({ kind: "naive" });
    const ids = new Set<string>();
    await inParallel(stage.count(200), 10, async (index) => {
      const browser = new Browser();
      await browser.at(naive.port(index)).trySignIn(`naive-${index}`);
      const signed = decodeURIComponent(browser.cookie(SESSION_COOKIE) ?? "");
      ids.add(signed.slice(2, signed.lastIndexOf(".")));
    });
    return tally.naiveFails("raw ids", countIn(await dumpOf(stage.redis), ids), ids.size, 0.9);
  },
};

/** Collects everything that a browser, an administrator and a reader of logs see, without the cookies themselves. */
class Collector {
  readonly texts: string[] = [];
  readonly secrets = new Set<string>();

  async keep(browser: Browser, answer: Promise<Answer>): Promise<Answer> {
    // Earlier cookies count too: an ended id is as secret as a living id.
    for (const secret of secretsOf(browser)) this.secrets.add(secret);
    const { headers, text } = await answer;
    for (const secret of secretsOf(browser)) this.secrets.add(secret);
    this.texts.push(text, JSON.stringify({ ...headers, "set-cookie": undefined }));
    return answer;
  }
}

async function showEverything(app: AppPair, index: number, seen: Collector): Promise<void> {
  const [port, other] = [app.port(index), app.port(index + 1)];
  const user = `h2-${index % 20}`;
  const browser = new Browser();
  const admin = { authorization: ADMIN_KEY };
  const ask = (answer: Promise<Answer>): Promise<Answer> => seen.keep(browser, answer);
  await ask(browser.at(port).get("/login"));
  await ask(browser.at(port).get("/cart"));
  await ask(browser.at(port).trySignIn(user));
  const me = await ask(browser.at(other).get("/me"));
  const { ref } = (me.json["session"] ?? {}) as { ref?: string };
  await ask(browser.at(port).get("/page", { accept: "text/html" }));
  await ask(browser.at(port).get("/curfew/status"));
  await ask(browser.at(port).post("/curfew/extend"));
  await ask(browser.at(port).post("/curfew/activity", { idleMs: "x" }));
  await ask(browser.at(port).post("/curfew/reauth", { password: "wrong" }));
  await ask(browser.at(port).post("/curfew/reauth", { password: "right" }));
  await ask(browser.at(port).post("/login", { userId: "" }));
  await ask(browser.at(port).post("/login", "nonsense"));
  await ask(browser.at(port).get(CONFIG_PATH, admin));
  await ask(browser.at(other).get(`/control/sessions?user=${user}`));
  await ask(browser.at(other).get("/control/sessions"));
  await ask(browser.at(port).get("/nowhere"));
  await ask(browser.at(port).get("/me", { cookie: `${browser.cookieHeader}x` }));
  if (index % 2 === 0) await ask(browser.at(other).post("/control/revoke-all", { user }));
  else await ask(browser.at(other).post("/control/revoke", { ref }));
  await ask(browser.at(port).get("/me"));
  await ask(browser.at(port).get("/page", { accept: "text/html" }));
  await ask(browser.at(port).post("/logout"));
}

/** H2. */
export const secretsInAnswers: BatteryCase = {
  id: "H2",
  title: "Logs, events, lists, error responses and pages",
  passesAt: "0 ids, cookies or browser tokens of living or ended sessions",
  async run(stage) {
    const app = await stage.startApp({ hasFailingListener: true });
    const seen = new Collector();
    const runs = stage.count(300);
    await inParallel(runs, 4, (index) => showEverything(app, index, seen));
    // Errors are logged too: damaged records, a lost list, unreadable settings.
    const [record = ""] = await stage.redis.keys("curfew:s:*");
    await stage.redis.del(record);
    await stage.redis.set(record, "x");
    await stage.redis.set("curfew:settings", "{bad");
    await showEverything(app, 0, seen);
    const heard = await Promise.all(app.ports.map((port) => new Browser().at(port).get("/control/heard")));
    const logs = heard.map(({ text }) => text).join("\n");
    const text = seen.texts.join("\n");
    return new Tally()
      .figure("secrets looked for", seen.secrets.size, seen.secrets.size >= runs * 5)
      .figure(
        "characters of logs and events",
        logs.length,
        logs.includes("signedIn") && logs.includes("warn"),
      )
      .none("found in logs and events", countIn(logs, seen.secrets))
      .none("found in answers", countIn(text, seen.secrets)).outcome;
  },
};
