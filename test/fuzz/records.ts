import fc from "fast-check";
import { Browser, SESSION_COOKIE } from "../harness/browser.js";
import { anyJson, anyNumberText, anyText } from "./arbitraries.js";
import type { Ground } from "./ground.js";
import { must, property, type Property } from "./property.js";

const SEPARATOR = "\u001f";
const MINUTE_MS = 60_000;

/** The keys of one session, and the two keys that all sessions share. */
type Target = "record" | "user key" | "data" | "settings" | "list";

interface Damage {
  readonly target: Target;
  /** Index of a field, modulo the number of fields. */
  readonly field: number;
  readonly how: "set" | "add" | "delete" | "copy" | "whole" | "type" | "gone" | "json";
  readonly value: string;
  readonly path: number;
}

const value = fc.oneof(
  anyNumberText,
  anyText,
  fc.array(fc.oneof(anyNumberText, anyText), { maxLength: 4 }).map((all) => all.join(SEPARATOR)),
  fc
    .array(fc.oneof(anyNumberText, fc.constantFrom("browser", "api", "king")), { maxLength: 5 })
    .map((all) => all.join(" ")),
  anyJson.map((json) => JSON.stringify(json)),
  fc.constantFrom("browser", "api", "embed", "evicted", "revoked", "somebody-1", "1", "0"),
);

const anyDamage: fc.Arbitrary<Damage> = fc.record({
  target: fc.constantFrom<Target>(
    "record",
    "record",
    "user key",
    "user key",
    "data",
    "data",
    "settings",
    "list",
  ),
  field: fc.nat(40),
  how: fc.constantFrom("set", "set", "set", "add", "delete", "copy", "whole", "type", "gone", "json", "json"),
  value,
  path: fc.nat(40),
});

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns the object that an earlier damage has left. */
function readObject(text: string): Record<string, unknown> {
  const value = readJson(text);
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** Puts a value somewhere into a JSON text, under an existing name or a new name. */
function spoil(json: string, { path, value: put }: Damage): string {
  const root = readObject(json);
  const cookie = readObject(JSON.stringify(root["cookie"] ?? {}));
  const names = [
    ...[
      "cookie",
      "data",
      "req",
      "save",
      "id",
      "toJSON",
      "touch",
      "regenerate",
      "hasOwnProperty",
      "__proto__",
    ],
    ...[
      "cookie.path",
      "cookie.secure",
      "cookie.httpOnly",
      "cookie.sameSite",
      "cookie.domain",
      "cookie.partitioned",
    ],
    ...[
      "cookie.expires",
      "cookie.originalMaxAge",
      "cookie.maxAge",
      "cookie.data",
      "cookie.__proto__",
      "cookie.priority",
    ],
    ...[
      "cookie.serialize",
      "cookie.toJSON",
      "cookie.lives",
      "cookie.constructor",
      "cookie.encode",
      "cookie.decode",
    ],
  ];
  const [first = "", second] = (names[path % names.length] ?? "").split(".");
  const parsed = readJson(put) ?? put;
  const define = (object: object, name: string): void => {
    Object.defineProperty(object, name, {
      value: parsed,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  };
  if (second === undefined) define(root, first);
  else define(cookie, second);
  return JSON.stringify(second === undefined ? root : { ...root, cookie });
}

/** Changes characters or the length of a text of fixed places, such as a user's key. */
function spoilPlain(text: string, { how, path, field, value: put }: Damage): string {
  const at = (path * 41 + field) % (text.length + 1);
  if (how === "delete") return text.slice(0, at) + text.slice(at + 1);
  if (how === "add") return text.slice(0, at) + put + text.slice(at);
  if (how === "copy") return text + text.slice(at);
  return text.slice(0, at) + put.slice(0, text.length - at) + text.slice(at + put.length);
}

async function damage({ redis }: Ground, key: string, one: Damage): Promise<void> {
  const type = await redis.type(key);
  const { how, value: put } = one;
  if (how === "gone") await redis.del(key);
  else if (how === "type" || how === "whole" || type === "none") {
    await redis.del(key);
    if (how === "whole" || type === "none") await redis.set(key, put);
    else await redis.rpush(key, put);
  } else if (type === "hash") {
    const names = await redis.hkeys(key);
    const name = names[one.field % names.length] ?? "x";
    if (how === "delete") await redis.hdel(key, name);
    else if (how === "add") await redis.hset(key, put, String(one.path));
    else if (how === "copy")
      await redis.hset(key, name, (await redis.hget(key, names[one.path % names.length] ?? "x")) ?? "");
    else await redis.hset(key, name, put);
  } else if (type === "string") {
    const text = (await redis.get(key)) ?? "{}";
    const spoiled = text.startsWith("{") ? spoil(text, one) : spoilPlain(text, one);
    await redis.set(key, how === "set" ? put : spoiled, "KEEPTTL");
  } else if (type === "stream") await redis.xadd(key, "*", "event", put);
  else if (type === "zset") await redis.zadd(key, one.path, put);
}

async function check(ground: Ground, damages: readonly Damage[]): Promise<void> {
  const { redis, port, clock } = ground;
  await redis.flushdb();
  clock.set(Date.now());
  const { browser, user } = await ground.signedIn();
  const { browser: other, user: otherUser } = await ground.signedIn();
  await browser.at(port).post("/write", { key: "note" });
  const { ref } = (await browser.at(port).get("/me")).json["session"] as { ref: string };
  const id = decodeURIComponent(browser.cookie(SESSION_COOKIE) ?? "");
  const keys = {
    record: `curfew:s:${ref}`,
    "user key": `curfew:u:${/^s:[\w-]{32}\.([\w-]{16})\./.exec(id)?.[1] ?? ""}`,
    data: `sess:${ref}`,
    settings: "curfew:settings",
    list: "curfew:l:0:0",
  };
  await ground.curfew.settings.update({ sessionMinutes: 60 });
  for (const one of damages) await damage(ground, keys[one.target], one);

  const seen = await browser.clone().at(port).get("/me");
  must([200, 401].includes(seen.status), `answered ${seen.status}: ${seen.text}`);
  if (seen.status === 200) {
    must(seen.json["userId"] === user, `signed in as ${String(seen.json["userId"])}`);
    // Some damages leave valid settings. Even then no session outlives the system limit.
    const remainingMs = Number(seen.json["remainingMs"]);
    must(remainingMs > 0 && remainingMs <= 43_200 * MINUTE_MS, `lives for ${remainingMs} ms`);
  }
  for (const path of ["/login", "/curfew/status", "/control/sessions", `/control/sessions?user=${user}`]) {
    const { status, text } = await browser.clone().at(port).get(path);
    must(status < 500, `${path} answered ${status}: ${text}`);
  }
  for (const path of ["/write", "/curfew/activity", "/curfew/extend", "/curfew/reauth", "/logout"]) {
    const { status, text } = await browser
      .clone()
      .at(port)
      .post(path, { key: "x", idleMs: 5, password: "right" });
    must(status < 500, `${path} answered ${status}: ${text}`);
  }
  const again = await browser.at(port).trySignIn(user);
  must(again.status === 200, `signing in again answered ${again.status}: ${again.text}`);
  const back = await browser.at(port).get("/me");
  must(back.status === 200 && back.json["userId"] === user, `then ${back.status}: ${back.text}`);
  const bystander = await other.at(port).get("/me");
  must(
    bystander.status === 200 && bystander.json["userId"] === otherUser,
    `a bystander got ${bystander.status}`,
  );
  const newcomer = await new Browser().at(port).trySignIn("newcomer");
  must(newcomer.status === 200, `a newcomer's sign-in answered ${newcomer.status}`);
}

/** F1, F2. */
export const records: Property = property(
  "F1, F2, E5: whatever stands in Redis, it is never 500, nobody else's rights, and signing in works",
  2_000,
  fc.array(anyDamage, { minLength: 1, maxLength: 3 }),
  check,
);
