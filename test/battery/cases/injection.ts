/** Cases G4, G5, G12: hostile text. */
import {
  inParallel,
  range,
  Tally,
  type AppPair,
  type BatteryCase,
  type Stage,
} from "../support/battery-case.js";
import { formatLogEntry } from "../../../src/index.js";
import { Browser, SESSION_COOKIE } from "../../harness/browser.js";
import { send } from "../../harness/http.js";
import { hear, patchConfigRaw } from "../support/settings-client.js";
import { returnToPayloads } from "../support/return-to-payloads.js";

const OWN_ORIGIN = "http://app.example";

/** Returns true if a browser on the app's own site stays there, even if a proxy has decoded the address. */
function staysHere(location: string): boolean {
  let address = location;
  for (let pass = 0; pass < 3; pass += 1) {
    if (!resolvesHere(address)) return false;
    try {
      address = decodeURIComponent(address);
    } catch {
      return true;
    }
  }
  return true;
}

function resolvesHere(address: string): boolean {
  try {
    return new URL(address, `${OWN_ORIGIN}/login`).origin === OWN_ORIGIN;
  } catch {
    return true; // not an address: a browser stays on the page
  }
}

/** An address cannot contain half a character. A browser sends a replacement character. */
const wellFormed = (text: string): string => Buffer.from(text, "utf8").toString("utf8");

/** G4. */
export const openRedirects: BatteryCase = {
  id: "G4",
  title: "return_to with addresses of other sites",
  passesAt: "300 payloads: 0 leave the origin; good paths are kept",
  async run(stage) {
    const app = await stage.startApp();
    const payloads = returnToPayloads();
    const left: string[] = [];
    await inParallel(payloads.length, 8, async (index) => {
      const payload = payloads[index] ?? "";
      const browser = new Browser();
      const { headers } = await browser.at(app.port(index)).trySignIn(`g4-${index}`, { returnTo: payload });
      if (headers.location === undefined || !staysHere(headers.location)) left.push(payload);
      // The long way: the path is requested without a session, kept in return_to, then used.
      const path = `/guarded/${encodeURI(wellFormed(payload)).replaceAll("#", "%23")}`;
      const guarded = await new Browser().at(app.port(index)).get(path, { accept: "text/html" });
      const stored =
        new URL(guarded.headers.location ?? "/", OWN_ORIGIN).searchParams.get("return_to") ?? "/";
      const used = await browser.at(app.port(index)).trySignIn(`g4-${index}`, { returnTo: stored });
      if (guarded.status !== 303 || !staysHere(used.headers.location ?? "//none"))
        left.push(`stored ${payload}`);
    });
    const good = ["/account", "/a/b?c=d&e=%2F#f", "/search?q=https%3A%2F%2Fother.example", "/%C3%A4"];
    let kept = 0;
    for (const returnTo of good) {
      const { headers } = await new Browser().at(app.port(0)).trySignIn("g4-good", { returnTo });
      if (headers.location === returnTo) kept += 1;
    }
    return new Tally()
      .figure("payloads", payloads.length, payloads.length >= 300)
      .figure("leave the origin", left.length === 0 ? 0 : left.slice(0, 5).join("; "), left.length === 0)
      .exactly("good paths kept", kept, good.length).outcome;
  },
};

const POLLUTIONS = ["__proto__", "constructor.prototype", "prototype"] as const;

function nested(path: string, value: unknown): string {
  return path
    .split(".")
    .reduceRight((inner, name) => `{${JSON.stringify(name)}:${inner}}`, JSON.stringify(value));
}

interface Hurdle {
  readonly stage: Stage;
  readonly app: AppPair;
  readonly index: number;
  readonly payload: string;
}

const WAYS_IN: readonly ((hurdle: Hurdle) => Promise<number>)[] = [
  async ({ app, index, payload }) =>
    (await patchConfigRaw(app.port(index), payload, { "content-type": "application/json" })).status,
  async ({ app, index, payload }) => {
    const path = `/me?${new URLSearchParams({ __proto__: payload }).toString()}&__proto__[polluted]=1&constructor[prototype][polluted]=1`;
    return (await send(app.port(index), path)).status;
  },
  async ({ app, index }) =>
    (
      await send(app.port(index), "/me", {
        headers: { cookie: `__proto__=polluted; ${SESSION_COOKIE}=__proto__` },
      })
    ).status,
  async ({ stage, app, index, payload }) => {
    const browser = new Browser();
    await browser.at(app.port(index)).trySignIn(`g5-${index}`);
    const { ref } = (await browser.at(app.port(index)).get("/me")).json["session"] as { ref: string };
    const data = JSON.parse((await stage.redis.get(`sess:${ref}`)) ?? "{}") as Record<string, unknown>;
    const text = JSON.stringify(data).replace(
      /^\{/,
      `{"__proto__":${payload},"constructor":{"prototype":${payload}},`,
    );
    await stage.redis.set(`sess:${ref}`, text, "KEEPTTL");
    await stage.redis.append(`curfew:s:${ref}`, `\u001f__proto__\u001f${payload}`);
    await browser.at(app.port(index)).post("/write", { key: "__proto__" });
    return (await browser.at(app.port(index + 1)).trySignIn(`g5-${index}`)).status;
  },
  async ({ app, index, payload }) =>
    (
      await send(app.port(index), "/login", {
        rawBody: payload,
        headers: { "content-type": "application/json" },
      })
    ).status === 200
      ? 200
      : 401,
];

/** G5. */
export const prototypePollution: BatteryCase = {
  id: "G5",
  title: "Prototype pollution by PATCH, record, cookie, query and sign-in",
  passesAt: "500 payloads: `Object.prototype` is unchanged, without an effect",
  async run(stage) {
    const app = await stage.startApp();
    const looks = async (): Promise<string> =>
      (await Promise.all(app.ports.map((port) => send(port, "/control/prototype"))))
        .map(({ text }) => text)
        .join();
    const before = await looks();
    const count = stage.count(500);
    let errors = 0;
    await inParallel(count, 4, async (index) => {
      const name = POLLUTIONS[index % POLLUTIONS.length] ?? "__proto__";
      const payload = nested(name, { polluted: index, update: true, userId: "admin" });
      const status = await WAYS_IN[index % WAYS_IN.length]?.({ stage, app, index, payload });
      if (status === undefined || status >= 500) errors += 1;
    });
    const after = await looks();
    return new Tally()
      .figure(
        "Object.prototype",
        after === before ? "unchanged" : after,
        after === before && after.includes('"polluted":null'),
      )
      .none("5xx", errors).outcome;
  },
};

const NASTY = [
  ...[
    "\r\n",
    "\n",
    "\r",
    "\u0085",
    "\u2028",
    "\u2029",
    "\u001b[2J",
    "\u009b31m",
    "\u0000",
    "\u0007",
    "\ufeff",
    "\u007f",
  ],
  ...['"}\n{"level":"error","code":"forged"', "%0d%0a", "\\n", "\u202e", "<script>", "${jndi:ldap://x}"],
];

/** Characters that a terminal or a log reader could take for a line break or a command. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/; // eslint-disable-line no-control-regex -- looked for

const isOneLine = (line: string): boolean => {
  if (UNPRINTABLE.test(line)) return false;
  const { source } = JSON.parse(line) as { source?: unknown };
  return source === "express-curfew";
};

/** G12. */
export const logInjection: BatteryCase = {
  id: "G12",
  title: "Line breaks and terminal commands in User-Agent and user name",
  passesAt: "500 payloads: one event is one line",
  async run(stage) {
    const app = await stage.startApp({ hasFailingListener: true });
    const count = stage.count(500);
    let [written, forged, sent] = [0, 0, 0];
    for (const index of range(count)) {
      const nasty = `${NASTY[index % NASTY.length] ?? ""}${index}${NASTY[(index * 7) % NASTY.length] ?? ""}`;
      const port = app.port(index);
      // Node refuses to send some characters in a header. The others go as latin-1.
      const header = Buffer.from(nasty, "utf8")
        .toString("latin1")
        .replace(/[^\t\x20-\x7e\x80-\xff]/g, "?");
      // A user name with control characters is refused, so the other half of the names has none.
      const name = index % 2 === 0 ? nasty : nasty.replace(/[\u0000-\u001f\u007f-\u009f]/g, ""); // eslint-disable-line no-control-regex -- removed
      const body = { userId: `g12${name}` };
      const { status } = await new Browser().at(port).send("/login", {
        body,
        headers: { "user-agent": `Mozilla ${header}` },
      });
      if (status === 200) sent += 1;
      const { lines } = await hear(port);
      written += lines.length;
      const own = formatLogEntry({ level: "warn", code: "write_failed", message: nasty });
      forged += [...lines, own].filter((line) => !isOneLine(line)).length;
      if ((JSON.parse(own) as { message: string }).message !== nasty) forged += 1;
    }
    return new Tally()
      .figure("sign-ins and lines logged", `${sent}, ${written}`, sent > 0 && written === sent)
      .none("lines that are not one line", forged).outcome;
  },
};
