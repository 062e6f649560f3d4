/** Cases G7, G9: the client's address behind proxies, and the attributes of cookies. */
import { range, Tally, type BatteryCase } from "../support/battery-case.js";
import type { AppConfig } from "../support/app-config.js";
import { Browser } from "../../harness/browser.js";

const SPOOF = "6.6.6.6";
const PROXY_SAW = "203.0.113.9";

const TRUST: readonly {
  readonly name: string;
  readonly trustProxy?: boolean | number | string[];
  readonly ip: string;
}[] = [
  { name: "off", ip: "127.0.0.1" },
  { name: "one proxy", trustProxy: 1, ip: PROXY_SAW },
  { name: "a list", trustProxy: ["loopback"], ip: PROXY_SAW },
  { name: "a list without us", trustProxy: ["192.0.2.1"], ip: "127.0.0.1" },
];

const OTHER_HEADERS = [
  "x-real-ip",
  "forwarded",
  "true-client-ip",
  "x-client-ip",
  "cf-connecting-ip",
  "x-cluster-client-ip",
];

/** G7. */
export const forwardedFor: BatteryCase = {
  id: "G7",
  title: "A forged X-Forwarded-For, with trust proxy off, 1 and a list",
  passesAt: "the stored IP is Express's req.ip, never the forged IP",
  async run(stage) {
    let [recorded, other, spoofed] = [0, 0, 0];
    for (const { name, trustProxy, ip } of TRUST) {
      const app = await stage.startApp({
        defaults: { trackLocation: true },
        ...(trustProxy === undefined ? {} : { trustProxy }),
      });
      for (const index of range(stage.count(100))) {
        const user = `g7-${name}-${index}`;
        const headers = {
          "x-forwarded-for": `${SPOOF}, ${PROXY_SAW}`,
          ...Object.fromEntries(OTHER_HEADERS.map((header) => [header, SPOOF])),
        };
        const { json } = await new Browser()
          .at(app.port(index))
          .send("/login", { body: { userId: user }, headers });
        const list = await new Browser()
          .at(app.port(index + 1))
          .get(`/control/sessions?user=${encodeURIComponent(user)}`);
        const [session] = list.json["sessions"] as { ip: string | null }[];
        if (session?.ip === json["ip"] && session?.ip === ip) recorded += 1;
        else other += 1;
        if (list.text.includes(SPOOF)) spoofed += 1;
      }
    }
    return new Tally()
      .exactly("req.ip recorded", recorded, TRUST.length * stage.count(100))
      .none("another", other)
      .none("the spoof", spoofed).outcome;
  },
};

interface CookieExpectation {
  readonly name: string;
  readonly config: Partial<AppConfig>;
  readonly isHttps: boolean;
  /** Whole line of the session cookie without its value; `null` if no cookie is expected. */
  readonly line: string | null;
  readonly browserLine: RegExp;
}

const HOST_BROWSER =
  /^__Host-curfew\.browser=s%3Abrowser-[\w-]{22}\.[\w%]+; Max-Age=34560000; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=None$/;
const PLAIN_BROWSER =
  /^curfew\.browser=s%3Abrowser-[\w-]{22}\.[\w%]+; Max-Age=34560000; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/;

const MATRIX: readonly CookieExpectation[] = [
  {
    name: "default, HTTPS",
    config: {},
    isHttps: true,
    line: "__Host-curfew.sid=; Path=/; HttpOnly; Secure; SameSite=Lax",
    browserLine: HOST_BROWSER,
  },
  {
    name: "default, HTTP",
    config: {},
    isHttps: false,
    line: "curfew.sid=; Path=/; HttpOnly; SameSite=Lax",
    browserLine: PLAIN_BROWSER,
  },
  {
    name: "strict, HTTPS",
    config: { cookie: { sameSite: "strict" } },
    isHttps: true,
    line: "__Host-curfew.sid=; Path=/; HttpOnly; Secure; SameSite=Strict",
    browserLine: HOST_BROWSER,
  },
  {
    name: "a domain, HTTPS",
    config: { cookie: { domain: "app.example" } },
    isHttps: true,
    line: "curfew.sid=; Domain=app.example; Path=/; HttpOnly; Secure; SameSite=Lax",
    browserLine: HOST_BROWSER,
  },
  {
    name: "a path, HTTPS",
    config: { cookie: { path: "/login" } },
    isHttps: true,
    line: "curfew.sid=; Path=/login; HttpOnly; Secure; SameSite=Lax",
    browserLine: HOST_BROWSER,
  },
  {
    name: "a name, HTTPS",
    config: { cookieName: "app" },
    isHttps: true,
    line: "app=; Path=/; HttpOnly; Secure; SameSite=Lax",
    browserLine: HOST_BROWSER,
  },
  {
    name: "always secure, HTTP",
    config: { cookie: { secure: true } },
    isHttps: false,
    line: null,
    browserLine: PLAIN_BROWSER,
  },
];

/** G9. */
export const cookieAttributes: BatteryCase = {
  id: "G9",
  title: "Attributes of the cookies",
  passesAt: "`__Host-`, Secure, HttpOnly, SameSite, Path=/, no Domain by default; at most 4,096 bytes",
  async run(stage) {
    const wrong: string[] = [];
    let longest = 0;
    for (const { name, config, isHttps, line, browserLine } of MATRIX) {
      const app = await stage.startApp({ trustProxy: 1, ...config });
      const { headers } = await new Browser().at(app.port(0)).send("/login", {
        // The longest user name that is allowed.
        body: { userId: "\u00fc".repeat(255) },
        headers: isHttps ? { "x-forwarded-proto": "https" } : {},
      });
      const lines = headers["set-cookie"] ?? [];
      longest = Math.max(longest, ...lines.map((text) => Buffer.byteLength(text)));
      const session = lines.filter((text) => !text.includes("curfew.browser="));
      const shown = session.map((text) => text.replace(/=[^;]*/, "=")).join(" + ");
      if (shown !== (line ?? "")) wrong.push(`${name}: ${shown}`);
      const browser = lines.filter((text) => text.includes("curfew.browser="));
      if (browser.length !== 1 || !browserLine.test(browser[0] ?? ""))
        wrong.push(`${name}: ${browser.join(" + ")}`);
    }
    return new Tally()
      .exactly("configurations", MATRIX.length, 7)
      .figure("other than asked for", wrong.length === 0 ? 0 : wrong.join("; "), wrong.length === 0)
      .figure("longest line, bytes", longest, longest > 0 && longest <= 4_096).outcome;
  },
};
