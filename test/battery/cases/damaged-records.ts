/** Cases F1 and F2: the stored data of a session is damaged. */
import type { RecordField } from "../../../src/state/sessions/record-fields.js";
import { setRecordField } from "../../harness/record-fields.js";
import type { Redis } from "ioredis";
import {
  between,
  inParallel,
  Tally,
  type AppPair,
  type BatteryCase,
  type Stage,
} from "../support/battery-case.js";
import { changeText, withNumber, type UserField } from "../../harness/user-key.js";
import { Browser } from "../../harness/browser.js";
import { warningsOf } from "../support/settings-client.js";

const MINUTE_MS = 60_000;

/** A signed-in browser and the keys of its session. */
interface Victim {
  readonly browser: Browser;
  readonly user: string;
  readonly data: string;
  readonly record: string;
  readonly userKey: string;
}

async function signIn(stage: Stage, app: AppPair, user: string): Promise<Victim> {
  const browser = new Browser();
  await browser.at(app.port(0)).trySignIn(user);
  const { json } = await browser.at(app.port(1)).get("/me");
  const { ref } = json["session"] as { ref: string };
  const cookie = decodeURIComponent(browser.cookie("curfew.sid") ?? "");
  const [, tag = ""] = /^s:[\w-]{21}\.([\w-]{16})\./.exec(cookie) ?? [];
  return { browser, user, data: `sess:${ref}`, record: `curfew:s:${ref}`, userKey: `curfew:u:${tag}` };
}

type Damage = (redis: Redis, victim: Victim) => Promise<unknown>;

const text =
  (key: "data" | "record" | "userKey", value: string): Damage =>
  async (redis, victim) => {
    await redis.del(victim[key]);
    await redis.set(victim[key], value);
  };
const list =
  (key: "data" | "record" | "userKey"): Damage =>
  async (redis, victim) => {
    await redis.del(victim[key]);
    await redis.rpush(victim[key], "x");
  };
const recordWith =
  (name: RecordField, value: string): Damage =>
  (redis, victim) =>
    setRecordField(redis, victim.record, name, value);
const userWith =
  (name: UserField, nine: string): Damage =>
  (redis, victim) =>
    changeText(redis, victim.userKey, (whole) => withNumber(whole, name, nine));

const CORRUPTIONS: Readonly<Record<string, Damage>> = {
  "data {bad": text("data", "{bad"),
  "data {}": text("data", "{}"),
  "data []": text("data", "[]"),
  "data 123": text("data", "123"),
  'data "x"': text("data", '"x"'),
  "data null": text("data", "null"),
  "data empty": text("data", ""),
  "data cookie null": text("data", '{"cookie":null}'),
  "data cookie a text": text("data", '{"cookie":"x"}'),
  "data cookie an array": text("data", '{"cookie":[]}'),
  "data without cookie": text("data", '{"data":{}}'),
  "data a list": list("data"),
  "record a text": text("record", "x"),
  "record a list": list("record"),
  "record without user": recordWith("userId", ""),
  "record of another user": recordWith("userId", "somebody-else"),
  "record of no kind": recordWith("kind", "king"),
  "record of two kinds": recordWith("kind", "browser api"),
  "user key a text": text("userKey", "x"),
  "user key a list": list("userKey"),
  "user key without floor": userWith("floor", ""),
};

/** Damages a session. @returns problems, if the session is not refused or its browser can't sign in with its cookie */
async function bear(stage: Stage, app: AppPair, name: string, damage: Damage): Promise<string[]> {
  const victim = await signIn(stage, app, `f1 ${name}`);
  for (const port of app.ports) await warningsOf(port, ".");
  await damage(stage.redis, victim);
  const problems: string[] = [];
  const refused = await victim.browser.clone().at(app.port(0)).get("/me");
  if (refused.status !== 401) problems.push(`answered ${refused.status}`);
  const login = await victim.browser.at(app.port(1)).get("/login");
  if (login.status !== 200) problems.push(`login page ${login.status}`);
  const again = await victim.browser.at(app.port(1)).trySignIn(victim.user);
  const back = await victim.browser.at(app.port(0)).get("/me");
  if (again.status !== 200 || (back.json["userId"] !== undefined && back.status !== 200))
    problems.push(`sign-in ${again.status}`);
  if (back.status !== 200) problems.push(`then ${back.status}`);
  const told = (await Promise.all(app.ports.map((port) => warningsOf(port, "^corrupt")))).reduce(
    (a, b) => a + b,
    0,
  );
  if (told === 0) problems.push("no event");
  return problems.map((problem) => `${name}: ${problem}`);
}

/** Damages an anonymous visitor's data, and the list of all sessions. */
async function bearOthers(stage: Stage, app: AppPair): Promise<string[]> {
  const problems: string[] = [];
  for (const value of ["{bad", "[]", "123", '{"cookie":null}']) {
    await stage.redis.flushall();
    for (const port of app.ports) await warningsOf(port, ".");
    const visitor = new Browser();
    await visitor.at(app.port(0)).get("/cart");
    const [key = ""] = await stage.redis.keys("sess:*");
    await stage.redis.set(key, value);
    const page = await visitor.at(app.port(1)).get("/login");
    const told = await warningsOf(app.port(1), "^corrupt");
    const signedIn = await visitor.at(app.port(0)).trySignIn("visitor");
    if (page.status !== 200 || signedIn.status !== 200)
      problems.push(`visitor's ${value}: ${page.status}, ${signedIn.status}`);
    if (told === 0) problems.push(`visitor's ${value}: no event`);
  }
  const browser = new Browser();
  await browser.at(app.port(0)).trySignIn("lister");
  await stage.redis.set("curfew:sessions", "x");
  const answers = [
    await browser.at(app.port(0)).get("/me"),
    await new Browser().at(app.port(1)).trySignIn("another"),
    await browser.at(app.port(1)).post("/logout"),
  ].map(({ status }) => status);
  if (answers.some((status) => status !== 200)) problems.push(`list of another type: ${answers.join(", ")}`);
  return problems;
}

function flipBit(bytes: Buffer): Buffer {
  const flipped = Buffer.from(bytes);
  const at = Math.floor(Math.random() * flipped.length);
  flipped[at] = (flipped[at] ?? 0) ^ (1 << Math.floor(Math.random() * 8));
  return flipped;
}

async function flipOneBit(redis: Redis, victim: Victim): Promise<void> {
  const dice = Math.random();
  const key = dice < 0.3 ? victim.data : dice < 0.7 ? victim.record : victim.userKey;
  if ((await redis.type(key)) === "string") {
    const text = (await redis.getBuffer(key)) ?? Buffer.from("x");
    await redis.set(key, flipBit(text), "KEEPTTL");
    return;
  }
  const names = await redis.hkeys(key);
  const name = names[Math.floor(between(0, names.length))] ?? "";
  const value = (await redis.hgetBuffer(key, name)) ?? Buffer.from("x");
  await redis.hset(key, name, flipBit(value.length === 0 ? Buffer.from("x") : value));
}

/** F1. */
export const corruptRecords: BatteryCase = {
  id: "F1",
  title: "Corrupt records, keys of another type and 1,000 random bit flips",
  passesAt: "no 500; no rights of another user; a sign-in with that cookie works; one event each",
  async run(stage) {
    const app = await stage.startApp();
    const problems: string[] = [];
    for (const [name, damage] of Object.entries(CORRUPTIONS))
      problems.push(...(await bear(stage, app, name, damage)));
    problems.push(...(await bearOthers(stage, app)));
    await stage.redis.flushall();

    const flips = stage.count(1_000);
    const count = { error: 0, foreign: 0, lengthened: 0, lockedOut: 0, borne: 0 };
    await inParallel(flips, 10, async (index) => {
      const victim = await signIn(stage, app, `flip-${index}`);
      await flipOneBit(stage.redis, victim);
      const { status, json } = await victim.browser.clone().at(app.port(index)).get("/me");
      if (status !== 200 && status !== 401) count.error += 1;
      if (status === 200 && json["userId"] !== undefined && json["userId"] !== victim.user)
        count.foreign += 1;
      if (status === 200 && Number(json["absoluteRemainingMs"]) > 31 * MINUTE_MS) count.lengthened += 1;
      const again = await victim.browser.at(app.port(index)).trySignIn(victim.user);
      const back = await victim.browser.at(app.port(index + 1)).get("/me");
      if (again.status !== 200 || back.status !== 200) count.lockedOut += 1;
      else count.borne += 1;
    });
    return new Tally()
      .figure(
        "kinds of damage handled wrongly",
        problems.length === 0 ? 0 : problems.join("; "),
        problems.length === 0,
      )
      .exactly("bit flips handled", count.borne, flips)
      .none("neither 200 nor 401", count.error)
      .none("another user's rights", count.foreign)
      .none("lives longer", count.lengthened).outcome;
  },
};

const NOW = (): number => Date.now();
const YEAR_MS = 365 * 86_400_000;
const GARBAGE: readonly (string | null)[] = [null, "", "abc", "NaN", "-5", "1e3", "Infinity", "9".repeat(20)];

/** Returns damages of each stored time and number: meaningless values, and a time of next year. */
function stampDamages(): [name: string, damage: Damage][] {
  const damages: [string, Damage][] = [];
  const addToRecord = (name: RecordField, values: readonly (string | null)[]): void => {
    for (const value of values)
      damages.push([`${name} ${value ?? "missing"}`, recordWith(name, value ?? "")]);
  };
  const addToUser = (name: UserField, values: readonly string[]): void => {
    for (const value of values) damages.push([`${name} ${value}`, userWith(name, value)]);
  };
  const future = String(NOW() + YEAR_MS);
  const nonsense = GARBAGE.filter((value) => value !== null && value !== "");
  // Number and activity are required. A missing sign-in, extension or latest number means the default.
  for (const name of ["number", "lastActivityAt"] as const) addToRecord(name, [...GARBAGE, future]);
  addToRecord("expiresAt", GARBAGE);
  addToRecord("signedInAt", [...nonsense, future]);
  addToRecord("extendedAt", [...nonsense, future]);
  addToRecord("extendedCount", nonsense);
  const nextYear = Number(future).toString(36).padStart(9, "0");
  addToUser("floor", ["", "NaN", "-5", "+00000001", "ABCDEFGHI", "........1", nextYear]);
  addToUser("latest", ["", "NaN", "-5", "+00000001", "ABCDEFGHI", "........1", "000000005"]);
  addToUser("evicted", ["", "NaN", "-5", "+00000001", "ABCDEFGHI", "........1", nextYear]);
  return damages;
}

/** F2. */
export const damagedStamps: BatteryCase = {
  id: "F2",
  title: "Missing, invalid and future times in each field",
  passesAt: "the session ends, in each of at least 30 variants",
  async run(stage) {
    const app = await stage.startApp({ defaults: { inactivityLogout: true, sessionMinutes: 300 } });
    const damages = stampDamages();
    const free: string[] = [];
    for (const [name, damage] of damages) {
      const victim = await signIn(stage, app, `f2 ${name}`);
      await damage(stage.redis, victim);
      const { status } = await victim.browser.at(app.port(0)).get("/me");
      if (status !== 401) free.push(`${name}: ${status}`);
    }
    const victim = await signIn(stage, app, "f2 long-lived");
    await setRecordField(stage.redis, victim.record, "expiresAt", YEAR_MS);
    const { json } = await victim.browser.at(app.port(1)).get("/me");
    const remainingMs = Number(json["absoluteRemainingMs"] ?? 0);
    return new Tally()
      .figure("stamps damaged", damages.length, damages.length >= 30)
      .figure("sessions that continue", free.length === 0 ? 0 : free.join("; "), free.length === 0)
      .figure(
        "an own end of next year adds, ms",
        Math.max(0, remainingMs - 300 * MINUTE_MS),
        remainingMs <= 300 * MINUTE_MS,
      ).outcome;
  },
};
