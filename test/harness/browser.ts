/** A browser as a server sees it: cookies, and the headers of navigations and of a page's own requests. */
import type { RequestCurfew, SignInOptions, Status } from "../../src/index.js";
import { FETCH_HEADERS, NAVIGATION_HEADERS } from "../../src/testing/index.js";
import {
  headersOf,
  methodOf,
  type BrowserEngine,
  type RequestKind,
  type RequestOrigin,
} from "./header-sets.js";
import { portOf, send, type Answer, type SendOptions, type Target } from "./http.js";

/** Password of every user. */
export const PASSWORD = "open sesame";
/** Name of the session cookie over plain HTTP. */
export const SESSION_COOKIE = "curfew.sid";

const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";
export const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0";

/** One cookie as the server last sent it. */
export interface SentCookie {
  readonly value: string;
  /** Attribute names in lower case. An attribute without a value is `""`. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Kind of a browser. */
export interface BrowserOptions {
  /** User-Agent of a page's requests. @default Chrome on Windows */
  readonly userAgent?: string;
  /** Engine whose headers {@link Browser.ask} sends. @default chromium */
  readonly engine?: BrowserEngine;
  /** Kind of origin that the engine sees. @default secure */
  readonly origin?: RequestOrigin;
}

/** One browser with its cookies. It follows no redirects. It is cheap, so a test may have thousands. */
export class Browser {
  constructor(
    /** App that receives the requests. A test may change it, as a load balancer does. */
    public server: Target | null = null,
    private readonly options: BrowserOptions = {},
    /** Cookies that the browser keeps, by name. */
    readonly cookies = new Map<string, SentCookie>(),
  ) {}

  /** Returns the same browser, with the same cookies, at another process. */
  at(server: Target): Browser {
    return new Browser(server, this.options, this.cookies);
  }

  /** Returns another browser with a copy of the cookies. */
  clone(): Browser {
    return new Browser(this.server, this.options, new Map(this.cookies));
  }

  /** Sends a request with exactly these headers and this browser's cookies, and keeps the cookies of the answer. */
  async send(path: string, options: SendOptions = {}): Promise<Answer> {
    if (this.server === null) throw new Error("this browser has no server: use browser.at(server)");
    const cookies = this.cookies.size === 0 ? {} : { cookie: this.cookieHeader };
    const answer = await send(this.server, path, { ...options, headers: { ...cookies, ...options.headers } });
    for (const line of answer.headers["set-cookie"] ?? []) this.keep(line);
    return answer;
  }

  /** Sends a GET without a browser's headers, as a program does: activity. */
  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send(path, { headers });
  }

  /** Sends JSON without a browser's headers, as a program does: activity. */
  post(path: string, body: unknown = {}): Promise<Answer> {
    return this.send(path, { body });
  }

  /** Sends a request as a page's script does: not activity (rule M2). */
  fetch(method: "get" | "post" | "patch" | "delete", path: string, body?: object): Promise<Answer> {
    return this.send(path, { method: method.toUpperCase(), headers: this.named(FETCH_HEADERS), body });
  }

  /** Opens a page: activity. */
  visit(path = "/account"): Promise<Answer> {
    return this.send(path, { headers: this.named(NAVIGATION_HEADERS) });
  }

  /** Sends a form: activity. */
  submit(path: string, fields: object): Promise<Answer> {
    return this.send(path, { method: "POST", headers: this.named(NAVIGATION_HEADERS), form: fields });
  }

  /** Sends a request of a kind, with the headers that this browser's engine really sends. */
  ask(kind: RequestKind, path = "/account", body?: object): Promise<Answer> {
    return this.send(path, { method: methodOf(kind), headers: this.headers(kind), body });
  }

  /** Returns headers with this browser's User-Agent. */
  named(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return { "user-agent": this.options.userAgent ?? CHROME, ...headers };
  }

  /** Returns the engine's headers of a kind of request. */
  headers(kind: RequestKind): Readonly<Record<string, string>> {
    const { engine = "chromium", origin = "secure" } = this.options;
    const site = `http://127.0.0.1:${String(portOf(this.server ?? 0))}`;
    return headersOf({ engine, origin, kind, site });
  }

  get cookieHeader(): string {
    return [...this.cookies].map(([name, { value }]) => `${name}=${value}`).join("; ");
  }

  /** Returns a cookie's value. */
  cookie(name: string): string | undefined {
    return this.cookies.get(name)?.value;
  }

  /** The session cookie, under any of its names. */
  get sessionCookie(): SentCookie | undefined {
    return this.cookies.get(SESSION_COOKIE) ?? this.cookies.get(`__Host-${SESSION_COOKIE}`);
  }

  /** Gives the browser a cookie that no answer has set. */
  plant(name: string, value: string): void {
    this.cookies.set(name, { value, attributes: {} });
  }

  /** Asks to sign in. @param more - further fields of the app's login */
  trySignIn(userId: string, more: object = {}): Promise<Answer> {
    return this.fetch("post", "/login", { userId, password: PASSWORD, ...more });
  }

  /** Signs in. @throws Error if the answer is not a redirect to the account page */
  async signIn(userId: string, options: Partial<SignInOptions> = {}): Promise<Answer> {
    const answer = await this.trySignIn(userId, options);
    if (answer.status !== 303) throw new Error(`login answered ${String(answer.status)}: ${answer.text}`);
    return answer;
  }

  /** Signs in with only the browser's token left. @returns the new session cookie */
  async signInAnew(userId: string, options: Partial<SignInOptions> = {}): Promise<SentCookie> {
    this.cookies.delete(SESSION_COOKIE);
    await this.signIn(userId, options);
    const { sessionCookie } = this;
    if (!sessionCookie) throw new Error("no session cookie");
    return sessionCookie;
  }

  /** Returns the standing with another session cookie. The browser keeps that cookie. */
  async standingWith(cookie: SentCookie): Promise<string> {
    this.cookies.set(SESSION_COOKIE, cookie);
    return this.standing();
  }

  /** Returns the answer of a guarded page to a script: `in`, the reason of the end, or `anonymous`. Not activity. */
  async standing(): Promise<string> {
    const answer = await this.fetch("get", "/account");
    if (answer.status === 200) return "in";
    if (answer.status !== 401) throw new Error(`unexpected ${String(answer.status)}: ${answer.text}`);
    const { reason = "anonymous" } = answer.body as { reason?: string };
    return reason;
  }

  /** Returns `req.curfew` as the app sees it. Not activity. */
  async state(): Promise<RequestCurfew> {
    return (await this.fetch("get", "/state")).body as RequestCurfew;
  }

  /** Returns the answer to the browser script: a status, or a problem with its reason. */
  async status(): Promise<Status & { readonly reason?: string }> {
    return (await this.fetch("get", "/curfew/status")).body as Status & { reason?: string };
  }

  /** Reports input that happened `idleMs` milliseconds ago. */
  act(idleMs = 0): Promise<Answer> {
    return this.fetch("post", "/curfew/activity", { idleMs });
  }

  extend(): Promise<Answer> {
    return this.fetch("post", "/curfew/extend", {});
  }

  reauthenticate(password = PASSWORD): Promise<Answer> {
    return this.fetch("post", "/curfew/reauth", { password });
  }

  /** Closes all windows: cookies without their own lifetime are deleted. */
  restart(): void {
    for (const [name, { attributes }] of this.cookies)
      if (!("max-age" in attributes || "expires" in attributes)) this.cookies.delete(name);
  }

  private keep(line: string): void {
    const [pair = "", ...rest] = line.split("; ");
    const separator = pair.indexOf("=");
    const name = pair.slice(0, separator);
    const attributes = Object.fromEntries(
      rest.map((part) => {
        const [key = "", value = ""] = part.split("=");
        return [key.toLowerCase(), value];
      }),
    );
    if (attributes["max-age"] === "0") this.cookies.delete(name);
    else this.cookies.set(name, { value: pair.slice(separator + 1), attributes });
  }
}
