/** A browser as a server sees it: cookies, and the headers of navigations and of a page's own requests. */
import type { Server } from "node:http";
import request, { type Response, type Test } from "supertest";
import type { RequestCurfew, SignInOptions, Status } from "../../src/index.js";
import { FETCH_HEADERS, NAVIGATION_HEADERS } from "../../src/testing/index.js";

/** Password of every user. */
export const PASSWORD = "open sesame";

const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";
export const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0";

/** One cookie as the server last sent it. */
export interface SentCookie {
  readonly value: string;
  /** Attribute names in lower case. An attribute without a value is `""`. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** One browser with its cookies. It follows no redirects. */
export class Browser {
  /** Cookies that the browser keeps, by name. */
  readonly cookies = new Map<string, SentCookie>();

  constructor(
    /** Server that receives the requests. A test may change it, as a load balancer does. */
    public server: Server,
    private readonly userAgent: string = CHROME,
  ) {}

  /** Sends a request as a page's script does: not activity (rule M2). */
  async fetch(method: "get" | "post" | "patch" | "delete", path: string, body?: object): Promise<Response> {
    return this.send(request(this.server)[method](path).set(FETCH_HEADERS), body);
  }

  /** Opens a page: activity. */
  async visit(path = "/account"): Promise<Response> {
    return this.send(request(this.server).get(path).set(NAVIGATION_HEADERS));
  }

  /** Sends a form: activity. */
  async submit(path: string, fields: object): Promise<Response> {
    return this.send(request(this.server).post(path).set(NAVIGATION_HEADERS).type("form"), fields);
  }

  /** Sends a request with this browser's User-Agent and cookies, and keeps the cookies of the answer. */
  async send(test: Test, body?: object): Promise<Response> {
    return this.exchange(test.set("User-Agent", this.userAgent), body);
  }

  /** Sends a request with exactly these headers and this browser's cookies. */
  async sendAs(
    headers: Readonly<Record<string, string>>,
    method: "GET" | "POST",
    path: string,
    body?: object,
  ): Promise<Response> {
    const test = method === "GET" ? request(this.server).get(path) : request(this.server).post(path);
    return this.exchange(test.set(headers), body);
  }

  private async exchange(test: Test, body?: object): Promise<Response> {
    const sent = test.redirects(0);
    if (this.cookies.size > 0) sent.set("Cookie", this.cookieHeader);
    const response = await (body === undefined ? sent : sent.send(body));
    for (const line of setCookiesOf(response)) this.keep(line);
    return response;
  }

  get cookieHeader(): string {
    return [...this.cookies].map(([name, { value }]) => `${name}=${value}`).join("; ");
  }

  /** The session cookie, under any of its names. */
  get sessionCookie(): SentCookie | undefined {
    return this.cookies.get("curfew.sid") ?? this.cookies.get("__Host-curfew.sid");
  }

  /** Signs in. @throws Error if the answer is not a redirect to the account page */
  async signIn(userId: string, options: Partial<SignInOptions> = {}): Promise<Response> {
    const response = await this.fetch("post", "/login", { userId, password: PASSWORD, ...options });
    if (response.status !== 303) throw new Error(`login answered ${response.status}: ${response.text}`);
    return response;
  }

  /** Signs in with only the browser's token left. @returns the new session cookie */
  async signInAnew(userId: string, options: Partial<SignInOptions> = {}): Promise<SentCookie> {
    this.cookies.delete("curfew.sid");
    await this.signIn(userId, options);
    const { sessionCookie } = this;
    if (!sessionCookie) throw new Error("no session cookie");
    return sessionCookie;
  }

  /** Returns the standing with another session cookie. The browser keeps that cookie. */
  async standingWith(cookie: SentCookie): Promise<string> {
    this.cookies.set("curfew.sid", cookie);
    return this.standing();
  }

  /** Returns the answer of a guarded page to a script: `in`, the reason of the end, or `anonymous`. Not activity. */
  async standing(): Promise<string> {
    const response = await this.fetch("get", "/account");
    if (response.status === 200) return "in";
    if (response.status !== 401) throw new Error(`unexpected ${response.status}: ${response.text}`);
    const { reason = "anonymous" } = response.body as { reason?: string };
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
  async act(idleMs = 0): Promise<Response> {
    return this.fetch("post", "/curfew/activity", { idleMs });
  }

  async extend(): Promise<Response> {
    return this.fetch("post", "/curfew/extend", {});
  }

  async reauthenticate(password = PASSWORD): Promise<Response> {
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
    const attributes = rest.map((part): [string, string] => {
      const [name = "", value = ""] = part.split("=");
      return [name.toLowerCase(), value];
    });
    if (attributes.some(([name, value]) => name === "max-age" && value === "0")) {
      this.cookies.delete(pair.slice(0, separator));
      return;
    }
    this.cookies.set(pair.slice(0, separator), {
      value: pair.slice(separator + 1),
      attributes: Object.fromEntries(attributes),
    });
  }
}

/** Returns all `Set-Cookie` lines of an answer. */
export function setCookiesOf(response: Response): string[] {
  return ([] as string[]).concat(response.get("Set-Cookie") ?? []);
}
