import fc from "fast-check";
import { SESSION_COOKIE } from "../harness/browser.js";
import { send } from "../harness/http.js";
import { CANARY } from "../battery/support/guarded-app.js";
import { anyText, headerText } from "./arbitraries.js";
import { sendRaw, type Ground } from "./ground.js";
import { must, property, type Property } from "./property.js";

/** A change of a cookie's value. Some changes keep its meaning. */
type Change = (value: string) => string;

const at = (value: string, share: number): number => Math.floor(share * value.length);
const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

const anyChange: fc.Arbitrary<Change> = fc.oneof(
  share.map(
    (s): Change =>
      (v) =>
        v.slice(0, at(v, s)),
  ),
  share.map(
    (s): Change =>
      (v) =>
        v.slice(at(v, s)),
  ),
  fc.tuple(share, headerText(anyText)).map(
    ([s, text]): Change =>
      (v) =>
        v.slice(0, at(v, s)) + text + v.slice(at(v, s)),
  ),
  fc.tuple(share, fc.integer({ min: 0x21, max: 0xff })).map(
    ([s, code]): Change =>
      (v) =>
        v.slice(0, at(v, s)) + String.fromCharCode(code) + v.slice(at(v, s) + 1),
  ),
  fc.constantFrom<Change>(
    (v) => v,
    (v) => decodeURIComponent(v),
    (v) => encodeURIComponent(v),
    (v) => `"${v}"`,
    (v) => ` ${v} `,
    (v) => v.toLowerCase(),
    (v) => v.split(".").reverse().join("."),
    (v) => v.replace("s%3A", "s:"),
    (v) => v.replace("s%3A", ""),
    (v) => v.replace(/=*$/, "="),
    (v) => v.replaceAll("%2B", "+"),
    (v) => Array.from(v, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`).join(""),
  ),
);

interface Attack {
  readonly changes: readonly Change[];
  /** Other cookies before and after the session cookie. */
  readonly before: readonly (readonly [string, string])[];
  readonly after: readonly (readonly [string, string])[];
  readonly name: string;
}

const otherCookies = fc.array(
  fc.tuple(
    fc.constantFrom(SESSION_COOKIE, "__Host-curfew.sid", "curfew.browser", "__proto__", "x", ""),
    headerText(anyText),
  ),
  { maxLength: 3 },
);

const anyAttack: fc.Arbitrary<Attack> = fc.record({
  changes: fc.array(anyChange, { maxLength: 3 }),
  before: otherCookies,
  after: otherCookies,
  name: fc.oneof(
    { weight: 9, arbitrary: fc.constant(SESSION_COOKIE) },
    fc.constantFrom("CURFEW.SID", "curfew%2Esid", "__Host-curfew.sid"),
  ),
});

/** Returns all values that some reader of cookies could see. */
function readingsOf(value: string): string[] {
  const bare = value.trim().replace(/^"(.*)"$/, "$1");
  try {
    return [bare, decodeURIComponent(bare)];
  } catch {
    return [bare];
  }
}

async function check(ground: Ground, attack: Attack): Promise<void> {
  const { browser, user } = await goodOne(ground);
  const good = browser.cookie(SESSION_COOKIE) ?? "";
  const changed = attack.changes.reduce((value, change) => {
    try {
      return change(value);
    } catch {
      return value;
    }
  }, good);
  const cookies = [...attack.before, [attack.name, changed] as const, ...attack.after];
  const header = cookies.map(([name, value]) => `${name}=${value}`).join("; ");
  const answer = await sendRaw(ground.port, { method: "GET", target: "/me", headers: [["Cookie", header]] });
  must(answer.status < 500, `answered ${answer.status}: ${answer.body}`);
  if (answer.isNodes) return;
  const isIn = answer.body.includes(CANARY);
  must(isIn === (answer.status === 200), `${answer.status} and canary ${String(isIn)}`);
  if (!isIn) {
    must(answer.status === 401, `answered ${answer.status}`);
    const isUntouched = header === `${SESSION_COOKIE}=${good}`;
    must(!isUntouched, "an untouched cookie was refused");
    return;
  }
  must(answer.body.includes(`"userId":"${user}"`), "let in as somebody else");
  const isThere = header
    .split(";")
    .map((pair) => pair.trimStart())
    .filter((pair) => pair.startsWith(`${SESSION_COOKIE}=`))
    .some((pair) => readingsOf(pair.slice(SESSION_COOKIE.length + 1)).includes(decodeURIComponent(good)));
  must(isThere, `let in by ${header}`);
}

const goodOnes = new WeakMap<Ground, ReturnType<Ground["signedIn"]>>();

/** Returns one session for all inputs, because no input may change the session. */
async function goodOne(ground: Ground): ReturnType<Ground["signedIn"]> {
  const known = goodOnes.get(ground) ?? ground.signedIn();
  goodOnes.set(ground, known);
  const one = await known;
  ground.clock.set(Date.now());
  const headers = { cookie: one.browser.cookieHeader };
  if ((await send(ground.port, "/me", { headers })).status === 200) return one;
  goodOnes.delete(ground);
  return goodOne(ground);
}

/** F3. */
export const cookies: Property = property(
  "F3: a session is let in by its untouched cookie, and by nothing made of it",
  10_000,
  anyAttack,
  check,
);
