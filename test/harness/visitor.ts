/** A person's browser of one engine. Each request has the headers that the engine really sends. */
import type { Response } from "supertest";
import type { TestApp } from "./app.js";
import { Browser, PASSWORD } from "./browser.js";
import {
  headersOf,
  methodOf,
  type BrowserEngine,
  type RequestKind,
  type RequestOrigin,
} from "./header-sets.js";
import { T } from "./policy-fixtures.js";

const MINUTE_MS = 60_000;

/** One signed-in browser, on one kind of origin. */
export class Visitor {
  private constructor(
    private readonly site: TestApp,
    readonly browser: Browser,
    readonly engine: BrowserEngine,
    readonly origin: RequestOrigin,
  ) {}

  /** Signs in by a form, or by a page's own call. */
  static async signedIn(
    site: TestApp,
    engine: BrowserEngine,
    origin: RequestOrigin = "secure",
    kind: "formpost" | "fetchpost" = "formpost",
  ): Promise<Visitor> {
    const visitor = new Visitor(site, new Browser(site.server), engine, origin);
    const answer = await visitor.send(kind, "/login", { userId: "ann", password: PASSWORD });
    if (answer.status !== 303) throw new Error(`login answered ${answer.status}: ${answer.text}`);
    return visitor;
  }

  /** Sends a request of a kind, with the engine's headers. */
  send(kind: RequestKind, path = "/account", body?: object): Promise<Response> {
    return this.browser.sendAs(this.headers(kind), methodOf(kind), path, body);
  }

  /** Returns the headers of a kind of request. */
  headers(kind: RequestKind): Readonly<Record<string, string>> {
    return headersOf({ engine: this.engine, origin: this.origin, kind, site: this.site.url });
  }

  /** Reports input, as the pages' script does. */
  report(idleMs = 0): Promise<Response> {
    return this.send("fetchpost", "/curfew/activity", { idleMs });
  }

  /**
   * Repeats a step at an interval in minutes.
   *
   * @returns the minute after the sign-in's hours at which the session was over, or "in" after 45 more
   * minutes
   */
  async staysIn(everyMinutes: number, step: () => Promise<unknown>): Promise<number | "in"> {
    const begin = this.minute();
    while (this.minute() < begin + 45) {
      this.site.clock.advance({ minutes: everyMinutes });
      // The step may be a request that no person makes, so the status decides.
      await step();
      if ((await this.browser.standing()) !== "in") return this.minute();
    }
    return "in";
  }

  /** Returns the session's last activity, in minutes after the first sign-in. */
  async lastActivity(): Promise<number> {
    const state = await this.browser.state();
    return state.state === "active" ? (state.session.lastActivityAt - T) / MINUTE_MS : Number.NaN;
  }

  private minute(): number {
    return (this.site.clock() - T) / MINUTE_MS;
  }
}
