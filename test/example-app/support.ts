/** Runs the example app on the tests' Redis, and gives tests browsers. */
import type { Express } from "express";
import type { Curfew } from "express-curfew";
import { NAVIGATION_HEADERS } from "express-curfew/testing";
import request, { type Response } from "supertest";
import type TestAgent from "supertest/lib/agent.js";
import { onTestFinished } from "vitest";
import { createExample } from "../../example-app/app.js";
import { createSkippableClock } from "../../example-app/clock.js";
import { createUsers, DEMO_ACCOUNTS, type Account, type Users } from "../../example-app/users.js";
import { appRedis, freshPrefix } from "../harness/redis.js";

export const FIREFOX = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0";
export const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
/** Time at which every example of the tests starts. */
export const START = Date.UTC(2026, 0, 15, 12);

/** An example app whose clock moves only by skips. */
export interface TestExample {
  readonly app: Express;
  readonly curfew: Curfew;
  /** Moves the clock without a request. */
  skip(minutes: number): void;
  /** Returns a browser that is not signed in. */
  browser(userAgent?: string): TestAgent;
  /** Returns a browser in which this user is signed in. */
  signedIn(
    userId: string,
    options?: { readonly userAgent?: string; readonly stay?: boolean },
  ): Promise<TestAgent>;
}

/** Hashing passwords is slow on purpose, so all examples share the hashes. */
let demoUsers: Promise<Users> | undefined;

/** Starts an example app with its own key prefixes. */
export async function startExample(
  options: {
    readonly accounts?: readonly Account[];
    /** URL of a Redis that only this test uses. */
    readonly redis?: string;
  } = {},
): Promise<TestExample> {
  const { accounts = DEMO_ACCOUNTS } = options;
  demoUsers ??= createUsers(DEMO_ACCOUNTS);
  const users = await (options.accounts ? createUsers(options.accounts) : demoUsers);
  const clock = createSkippableClock(() => START);
  const { app, curfew } = await createExample({
    users,
    redis: options.redis ?? (await appRedis()),
    secret: "a secret of the example's tests, long enough",
    clock,
    prefixes: { prefix: freshPrefix("example"), sessionPrefix: freshPrefix("example-data") },
  });
  onTestFinished(() => curfew.close());
  await curfew.ready();
  const browser = (userAgent = CHROME): TestAgent =>
    request.agent(app).set({ ...NAVIGATION_HEADERS, "user-agent": userAgent });
  return {
    app,
    curfew,
    skip: (minutes) => {
      clock.skip(minutes);
    },
    browser,
    signedIn: async (user, { userAgent, stay = false } = {}) => {
      const agent = browser(userAgent);
      const password = accounts.find(({ userId }) => userId === user)?.password;
      await submit(agent, "/login", { user, password, ...(stay ? { stay: "on" } : {}) }).expect(303);
      return agent;
    },
  };
}

/** Posts a form. */
export function submit(
  agent: TestAgent,
  path: string,
  fields: Readonly<Record<string, string | number | undefined>> = {},
): ReturnType<TestAgent["post"]> {
  return agent.post(path).type("form").send(fields);
}

/** Returns the values of a field in all forms of a page. */
export function valuesOf(page: Response, name: string): string[] {
  return [...page.text.matchAll(new RegExp(`name="${name}"\\s+value="([^"]*)"`, "g"))].map(
    ([, value]) => value ?? "",
  );
}

/** Returns a page's text without markup and line breaks. */
export function textOf(page: Response): string {
  return page.text
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replace(/\s+/g, " ")
    .replace(/ ([.,:;])/g, "$1");
}

/** Returns the `Set-Cookie` line of the session cookie, if there is one. */
export function sessionCookieOf(response: Response): string | undefined {
  return [response.headers["set-cookie"] ?? []].flat().find((line: string) => line.startsWith("curfew.sid="));
}
