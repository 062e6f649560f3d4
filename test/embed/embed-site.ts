/** An app with embedded pages, as a portal's server and frame see it. */
import type { Server } from "node:http";
import express from "express";
import helmet from "helmet";
import request, { type Response } from "supertest";
import { onTestFinished } from "vitest";
import { createCurfew, type Curfew, type CurfewOptions, type EmbedUrlOptions } from "../../src/index.js";
import { createTestClock, type TestClock } from "../../src/testing/index.js";
import { listen } from "../harness/app.js";
import { requireDescribed } from "../harness/described-answers.js";
import { T } from "../harness/policy-fixtures.js";
import { appRedis, freshPrefix } from "../harness/redis.js";

export const PORTAL = "https://portal.example";
export const OTHER = "https://other.example";
export const SECRET = "a secret for embedded pages alone, long enough";
export const COOKIE = "__Host-curfew.embed";
/** Headers of a frame that another site opens, and of a frame's own form, behind a TLS proxy. */
const FRAME = {
  Accept: "text/html,*/*;q=0.8",
  "Sec-Fetch-Dest": "iframe",
  "Sec-Fetch-Mode": "navigate",
  "Sec-Fetch-Site": "cross-site",
  "X-Forwarded-Proto": "https",
};
export const OWN_FORM = { ...FRAME, "Sec-Fetch-Site": "same-origin" };

export class EmbedSite {
  private constructor(
    readonly curfew: Curfew,
    readonly server: Server,
    readonly clock: TestClock,
  ) {}

  static async start(options: Partial<CurfewOptions> = {}): Promise<EmbedSite> {
    const clock = createTestClock(T);
    const prefix = freshPrefix("curfew");
    const redis = options.redis ?? (await appRedis());
    const log = (): void => undefined;
    const curfew = createCurfew({ prefix, sessionPrefix: `${prefix}sess:`, clock, log, ...options, redis });
    onTestFinished(() => curfew.close());
    const app = express();
    app.set("trust proxy", 1);
    app.use(helmet(), requireDescribed());
    app.use("/embed", curfew.embed({ secret: SECRET, ancestors: [PORTAL, OTHER] }));
    app.use(curfew.session({ secret: SECRET }));
    app.get("/embed/open", (_request, response) => {
      response.send("open to all");
    });
    app.post("/login", express.json(), (who, response, next) => {
      curfew.signIn(who, who.body as { userId: string }).then(() => response.sendStatus(204), next);
    });
    app.use(curfew.requireSignIn(), (who, response) => {
      response.json(who.curfew);
    });
    return new EmbedSite(curfew, await listen(app), clock);
  }

  link(options: Partial<EmbedUrlOptions> = {}): string {
    return this.curfew.embedUrl({ userId: "ann", path: "/embed/report", ...options });
  }

  async get(path: string, cookie = ""): Promise<Response> {
    return request(this.server)
      .get(path)
      .set({ ...FRAME, Cookie: cookie })
      .redirects(0);
  }

  /** Posts a link's token, as the entrance page does. */
  async post(link: string, headers: Record<string, string> = OWN_FORM): Promise<Response> {
    const { pathname, searchParams } = new URL(link, "https://app.example");
    const token = searchParams.get("token") ?? "";
    return request(this.server).post(pathname).set(headers).type("form").send({ token }).redirects(0);
  }

  /** Opens a page. @returns the cookie */
  async enter(options: Partial<EmbedUrlOptions> = {}): Promise<string> {
    const answer = await this.post(this.link(options));
    if (answer.status !== 303)
      throw new Error(`the way in answered ${String(answer.status)}: ${answer.text}`);
    return cookiesOf(answer)[COOKIE] ?? "";
  }
}

/** Returns the pairs of an answer's cookies by name. */
export function cookiesOf(answer: Response): Record<string, string> {
  const lines = [answer.get("Set-Cookie") ?? []].flat();
  return Object.fromEntries(
    lines.map((line): [string, string] => [line.split("=", 1)[0] ?? "", line.split(";", 1)[0] ?? ""]),
  );
}

export const framesOf = (answer: Response): string | undefined =>
  /frame-ancestors [^;,]*/.exec(answer.get("Content-Security-Policy") ?? "")?.[0];
