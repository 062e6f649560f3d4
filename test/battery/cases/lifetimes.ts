/** Cases D6 and D9: lifetimes of keys and cookies. */
import { range, Tally, type AppPair, type BatteryCase, type Stage } from "../support/battery-case.js";
import { Browser, SESSION_COOKIE } from "../../harness/browser.js";

const DAY_MS = 86_400_000;
const TOLERANCE_MS = 1_000;
/** Keys without an end. */
const KEPT_FOR_EVER = ["curfew:settings", "curfew:history", "curfew:tags", "curfew:audit", "curfew:app"];

/** Creates sessions of every kind: signed in, extended and ended, and visitors who never signed in. */
async function liveThroughEverything(app: AppPair, count: number): Promise<Map<string, number>> {
  const endsInMs = new Map<string, number>();
  for (const index of range(count)) {
    const port = app.port(index);
    await new Browser().at(port).get("/cart");
    const browser = new Browser();
    await browser.at(port).get("/cart");
    await browser.at(port).trySignIn(`d6-${index % 10}`, { persistent: index % 3 === 0 });
    if (index % 4 === 0) await browser.at(port).post("/curfew/extend");
    if (index % 5 === 0) await browser.at(port).post("/curfew/reauth", { password: "right" });
    const { json } = await browser.at(port).get("/me");
    const { ref } = json["session"] as { ref: string };
    endsInMs.set(ref, Number(json["absoluteRemainingMs"]));
    if (index % 6 === 0) {
      await browser.at(port).post("/logout");
      endsInMs.set(ref, 0);
    }
    if (index % 7 === 0) {
      await browser.at(port).post("/control/revoke", { ref });
      endsInMs.set(ref, 0);
    }
  }
  return endsInMs;
}

/** Returns the longest allowed lifetime of a key. */
function allowedMs(key: string, endsInMs: ReadonlyMap<string, number>): number {
  const longest = Math.max(...endsInMs.values());
  const [, kind = "", ref = ""] = /^(sess:|curfew:s:)(.+)$/.exec(key) ?? [];
  // An unknown ref is an id that a re-authentication left behind, or a visitor's.
  if (kind === "curfew:s:") return (endsInMs.get(ref) ?? 0) + DAY_MS;
  if (kind === "sess:") return endsInMs.get(ref) ?? DAY_MS;
  if (key.startsWith("curfew:l:")) return longest;
  if (key === "curfew:swept" || key === "curfew:sweeper") return DAY_MS;
  // The mark of a cookie that a sign-in has replaced.
  if (key.startsWith("curfew:m:")) return 20_000;
  // The longest window of a counter is a day.
  if (key.startsWith("curfew:n:")) return DAY_MS;
  // The end is written half an hour ahead, so that most sign-ins can skip the write.
  if (key === "curfew:sessions") return longest + 1_800_000;
  return /^curfew:[uad]:/.test(key) ? longest + DAY_MS : 0;
}

async function lifetimes(stage: Stage): Promise<{ key: string; ttlMs: number }[]> {
  const keys = await stage.redis.keys("*");
  return Promise.all(keys.map(async (key) => ({ key, ttlMs: await stage.redis.pttl(key) })));
}

/** D6. */
export const keyLifetimes: BatteryCase = {
  id: "D6",
  title: "The TTL of every key",
  passesAt:
    "only the settings, their history, the tag key, the audit trail and the app's configuration have no TTL; every other TTL ends at most 24 h after the session",
  async run(stage) {
    const app = await stage.startApp({ allowEarlyExtension: true });
    await new Browser().at(app.port(0)).post("/control/settings", { sessionMinutes: 60 });
    const endsInMs = await liveThroughEverything(app, stage.count(400));
    const keys = await lifetimes(stage);
    const endless = keys.filter(({ key, ttlMs }) => ttlMs === -1 && !KEPT_FOR_EVER.includes(key));
    const tooLong = keys.filter(
      ({ key, ttlMs }) => ttlMs !== -1 && ttlMs > allowedMs(key, endsInMs) + TOLERANCE_MS,
    );
    return new Tally()
      .figure("keys looked at", keys.length, keys.length > endsInMs.size)
      .none("keys without a TTL", endless.length)
      .figure(
        "keys that live too long",
        [tooLong.length, ...tooLong.slice(0, 3).map(({ key }) => key)].join(" "),
        tooLong.length === 0,
      ).outcome;
  },
};

/** Returns a cookie line's lifetime from now in milliseconds, by each of its two attributes. */
function lifeOf(line: string): { maxAgeMs: number | null; expiresMs: number | null } {
  const maxAge = /; Max-Age=(\d+)/i.exec(line)?.[1];
  const expires = /; Expires=([^;]+)/i.exec(line)?.[1];
  return {
    maxAgeMs: maxAge === undefined ? null : Number(maxAge) * 1_000,
    expiresMs: expires === undefined ? null : Date.parse(expires) - Date.now(),
  };
}

/** D9. */
export const cookieLifetimes: BatteryCase = {
  id: "D9",
  title: "Max-Age and Expires of the cookie, compared with the end on the server",
  passesAt: "equal within 1 s; session cookies have neither",
  async run(stage) {
    const app = await stage.startApp();
    const count = stage.count(100);
    let [wrong, endless, worstMs] = [0, 0, 0];
    for (const index of range(count)) {
      const isPersistent = index % 2 === 0;
      const browser = new Browser();
      const signedIn = await browser
        .at(app.port(index))
        .trySignIn(`d9-${index}`, { persistent: isPersistent });
      const line = signedIn.headers["set-cookie"]?.find((text) => text.startsWith(SESSION_COOKIE)) ?? "";
      const { maxAgeMs, expiresMs } = lifeOf(line);
      const { json } = await browser.at(app.port(index + 1)).get("/me");
      const endsInMs = Number(json["absoluteRemainingMs"]);
      if (isPersistent) {
        const apartMs = [maxAgeMs, expiresMs].map((ms) => Math.abs((ms ?? 0) - endsInMs));
        worstMs = Math.max(worstMs, ...apartMs);
        // Expires has whole seconds only, and time passes between the two compared answers.
        if (apartMs.some((ms) => ms > TOLERANCE_MS + 100)) wrong += 1;
      } else if (maxAgeMs !== null || expiresMs !== null || line === "") endless += 1;
    }
    return new Tally()
      .figure("furthest apart, ms", Math.round(worstMs), wrong === 0)
      .none("session cookies with a date", endless).outcome;
  },
};
