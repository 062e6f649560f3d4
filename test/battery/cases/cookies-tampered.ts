/** Cases F3, F5, F6: cookies that this app did not send, or sent with another secret. */
import { randomBytes } from "node:crypto";
import { startTcpProxy } from "../../harness/tcp-proxy.js";
import { inParallel, range, Tally, type BatteryCase } from "../support/battery-case.js";
import { Browser, SESSION_COOKIE } from "../../harness/browser.js";
import { send } from "../../harness/http.js";
import { signedId } from "../../harness/signed-id.js";
import { warningsOf } from "../support/settings-client.js";

const SECRET = "battery-secret-battery-secret-battery";

const pick = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)] as T;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Replaces one character of the id or the signature. */
function flip(value: string): string {
  const at = 2 + Math.floor(Math.random() * (value.length - 2));
  return (
    value.slice(0, at) + pick(Array.from(ALPHABET).filter((char) => char !== value[at])) + value.slice(at + 1)
  );
}

const signatureAt = (value: string): number => value.lastIndexOf(".");

/** Builds a header from two good cookies that must not be accepted. */
const TAMPERINGS: Readonly<Record<string, (good: string, other: string) => string>> = {
  flip: (good) => encodeURIComponent(flip(good)),
  truncate: (good) => encodeURIComponent(good.slice(0, 2 + Math.floor(Math.random() * (good.length - 2)))),
  "swap ids": (good, other) =>
    encodeURIComponent(good.slice(0, signatureAt(good)) + other.slice(signatureAt(other))),
  unsigned: (good) => good.slice(2, signatureAt(good)),
  "no prefix": (good) => encodeURIComponent(good.slice(2)),
  "signed with another secret": (good) =>
    encodeURIComponent(signedId(good.slice(2, signatureAt(good)), "guess")),
  "8 kB": (good) => encodeURIComponent(good + "x".repeat(8_192 - good.length)),
  "two cookies": (good) =>
    `${encodeURIComponent(flip(good))}; ${SESSION_COOKIE}=${encodeURIComponent(flip(good))}`,
  "bad escapes": (good) => `%E0%A4%A${good}%zz%`,
  NUL: (good) => `${encodeURIComponent(good)}%00`,
  "id of another form": () => encodeURIComponent(`s:${"..".repeat(20)}.${"A".repeat(43)}`),
  empty: () => "",
};

/** F3. */
export const tamperedCookies: BatteryCase = {
  id: "F3",
  title: "Tampered cookies",
  passesAt: "10,000 cookies: 0 accepted, 0 responses 500, at most 1 Redis command each, 0 new keys",
  async run(stage) {
    const proxy = await startTcpProxy({ target: stage.server.url });
    try {
      const app = await stage.startApp({ redisUrl: proxy.url });
      const good: string[] = [];
      for (const index of range(20)) {
        const browser = new Browser();
        await browser.at(app.port(index)).trySignIn(`f3-${index}`);
        good.push(decodeURIComponent(browser.cookie(SESSION_COOKIE) ?? ""));
      }
      // DBSIZE also counts expired keys, such as the key that `ready()` writes for a millisecond.
      const keysBefore = (await stage.redis.keys("*")).length;
      proxy.seen.length = 0;
      const count = stage.count(10_000);
      const accepted: string[] = [];
      let errors = 0;
      const names = Object.keys(TAMPERINGS);
      await inParallel(count, 20, async (index) => {
        const name = names[index % names.length] ?? "";
        const [one = "", other = ""] = [good[index % 20], good[(index + 1) % 20]];
        const cookie = `${SESSION_COOKIE}=${TAMPERINGS[name]?.(one, other) ?? ""}`;
        const { status } = await send(app.port(index), "/me", { headers: { cookie } });
        if (status === 200) accepted.push(name);
        else if (status !== 401) errors += 1;
      });
      const commands = proxy.seen.length;
      const keysAfter = (await stage.redis.keys("*")).length;
      const stillIn = await send(app.port(0), "/me", {
        headers: { cookie: `${SESSION_COOKIE}=${encodeURIComponent(good[0] ?? "")}` },
      });
      return new Tally()
        .figure("accepted", accepted.length === 0 ? 0 : [...new Set(accepted)].join(), accepted.length === 0)
        .none("neither 200 nor 401", errors)
        .figure("Redis commands", `${commands} for ${count} cookies`, commands <= count)
        .none("additional keys", keysAfter - keysBefore)
        .exactly("answer to an untouched cookie", stillIn.status, 200).outcome;
    } finally {
      await proxy.close();
    }
  },
};

/** F5. */
export const unknownIds: BatteryCase = {
  id: "F5",
  title: "Well-signed cookies of sessions that never existed",
  passesAt: "each request is anonymous, gets a new id and causes one event",
  async run(stage) {
    const app = await stage.startApp();
    const count = stage.count(400);
    let [letIn, kept, told] = [0, 0, 0];
    for (const index of range(count)) {
      const port = app.port(index);
      const random = randomBytes(24).toString("base64url");
      const id = index % 2 === 0 ? random : `${random}.${randomBytes(12).toString("base64url")}`;
      const planted = encodeURIComponent(signedId(id, SECRET));
      const browser = new Browser();
      browser.plant(SESSION_COOKIE, planted);
      await warningsOf(port, ".");
      if ((await browser.at(port).get("/me")).status !== 401) letIn += 1;
      told += Math.min(1, await warningsOf(port, "unknown_session"));
      await browser.at(port).get("/cart");
      if (browser.cookie(SESSION_COOKIE) === planted) kept += 1;
    }
    const stored = (await stage.redis.keys("sess:*")).length;
    return new Tally()
      .none("let in", letIn)
      .none("planted ids kept", kept)
      .exactly("events", told, count)
      .exactly("new sessions stored", stored, count).outcome;
  },
};

/** F6. */
export const secretRotation: BatteryCase = {
  id: "F6",
  title: "The secret is changed: [old], then [new, old], then [new]",
  passesAt: "old cookies work and are signed again; under a removed secret they are anonymous",
  async run(stage) {
    const [old, fresh] = [
      "an-old-secret-an-old-secret-an-old-secret",
      "a-new-secret-a-new-secret-a-new-secret",
    ];
    const before = await stage.startApp({ secrets: [old] });
    const during = await stage.startApp({ secrets: [fresh, old] });
    const after = await stage.startApp({ secrets: [fresh] });
    const count = stage.count(200);
    let [worked, renewed, carried, refused, settled, sameLife] = [0, 0, 0, 0, 0, 0];
    for (const index of range(count)) {
      const browser = new Browser();
      const isPersistent = index % 2 === 0;
      await browser.at(before.port(index)).trySignIn(`f6-${index}`, { persistent: isPersistent });
      const oldCookie = browser.clone();
      const answer = await browser.at(during.port(index)).get("/me");
      if (answer.status === 200) worked += 1;
      const [line = ""] = (answer.headers["set-cookie"] ?? []).filter((text) =>
        text.startsWith(SESSION_COOKIE),
      );
      if (line !== "") renewed += 1;
      if (/max-age/i.test(line) === isPersistent) sameLife += 1;
      if (!(await browser.at(during.port(index + 1)).get("/me")).headers["set-cookie"]) settled += 1;
      if ((await browser.at(after.port(index)).get("/me")).status === 200) carried += 1;
      if ((await oldCookie.at(after.port(index)).get("/me")).json["error"] === "not_signed_in") refused += 1;
    }
    return new Tally()
      .exactly("old cookies that work", worked, count)
      .exactly("signed again", renewed, count)
      .exactly("with the same life", sameLife, count)
      .exactly("once only", settled, count)
      .exactly("work when the old secret is gone", carried, count)
      .exactly("not signed again, so anonymous", refused, count).outcome;
  },
};
