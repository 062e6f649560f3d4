/** A browser as far as a server can tell: cookies, the headers of navigations and of a page's own requests. */
import type { Server } from "node:http";
import request, { type Response, type Test } from "supertest";
import type { RequestCurfew, SignInOptions, Status } from "../../src/index.js";
import { FETCH_HEADERS, NAVIGATION_HEADERS } from "../../src/testing/index.js";

/** The one right password of everybody. */
export const PASSWORD = "open sesame";

const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";
export const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0";

/** One cookie as it was sent last. */
export interface SentCookie {
  readonly value: string;
  /** Attribute names in lower case; those without a value are `""`. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** One browser with its cookies. It follows no redirects. */
export class Browser {
  /** Name and cookie of everything that the server has had kept. */
  readonly cookies = new Map<string, SentCookie>();

  constructor(
    /** Where its requests go; may be changed, as for a site behind a load balancer. */
    public server: Server,
    private readonly userAgent: string = CHROME,
  ) {}

  /** Sends a request as a page's script does: no activity (rule M2). */
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

  /** Sends any request with this browser's User-Agent and cookies, and keeps the cookies of the answer. */
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

  /** The session cookie, under whichever of its names. */
  get sessionCookie(): SentCookie | undefined {
    return this.cookies.get("curfew.sid") ?? this.cookies.get("__Host-curfew.sid");
  }

  /** @throws if the login is not answered with a redirect to the account page */
  async signIn(userId: string, options: Partial<SignInOptions> = {}): Promise<Response> {
    const response = await this.fetch("post", "/login", { userId, password: PASSWORD, ...options });
    if (response.status !== 303) throw new Error(`login answered ${response.status}: ${response.text}`);
    return response;
  }

  /** Signs in where only the browser's token is left. @returns the session cookie that it got */
  async signInAnew(userId: string, options: Partial<SignInOptions> = {}): Promise<SentCookie> {
    this.cookies.delete("curfew.sid");
    await this.signIn(userId, options);
    const { sessionCookie } = this;
    if (!sessionCookie) throw new Error("no session cookie");
    return sessionCookie;
  }

  /** Returns the standing with another session cookie, which the browser keeps from then on. */
  async standingWith(cookie: SentCookie): Promise<string> {
    this.cookies.set("curfew.sid", cookie);
    return this.standing();
  }

  /** What a guarded page says to a script: `in`, why the session ended, or `anonymous`. No activity. */
  async standing(): Promise<string> {
    const response = await this.fetch("get", "/account");
    if (response.status === 200) return "in";
    if (response.status !== 401) throw new Error(`unexpected ${response.status}: ${response.text}`);
    const { reason = "anonymous" } = response.body as { reason?: string };
    return reason;
  }

  /** `req.curfew`, as the app sees it. No activity. */
  async state(): Promise<RequestCurfew> {
    return (await this.fetch("get", "/state")).body as RequestCurfew;
  }

  /** What the browser side is told: a status, or a problem that says why there is none. */
  async status(): Promise<Status & { readonly reason?: string }> {
    return (await this.fetch("get", "/curfew/status")).body as Status & { reason?: string };
  }

  /** Reports input that was so many milliseconds ago. */
  async act(idleMs = 0): Promise<Response> {
    return this.fetch("post", "/curfew/activity", { idleMs });
  }

  async extend(): Promise<Response> {
    return this.fetch("post", "/curfew/extend", {});
  }

  async reauthenticate(password = PASSWORD): Promise<Response> {
    return this.fetch("post", "/curfew/reauth", { password });
  }

  /** Closes all windows: cookies without a life of their own are gone. */
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
    this.cookies.set(pair.slice(0, separator), {
      value: pair.slice(separator + 1),
      attributes: Object.fromEntries(attributes),
    });
  }
}

/** All `Set-Cookie` lines of an answer. */
export function setCookiesOf(response: Response): string[] {
  return ([] as string[]).concat(response.get("Set-Cookie") ?? []);
}
