/** Operations of programs: their login, their calls, their logout, and Auth0's routes. */
import { ADMIN_KEY, CANARY, CLIENT_SECRET } from "../../battery/support/guarded-app.js";
import { Browser } from "../../harness/browser.js";
import {
  ask,
  save,
  sessionsOf,
  signedIn,
  stands,
  unless,
  type Answered,
  type Operation,
} from "./operation.js";
import type { FaultSite } from "./site.js";

const LOGIN = "/api/4.0/login";
const bearer = (token: string): Readonly<Record<string, string>> => ({ authorization: `Bearer ${token}` });
const credentials = (userId: string): object => ({ client_id: userId, client_secret: CLIENT_SECRET });
const tokenIn = ({ value }: Pick<Answered, "value">): string =>
  (value as { access_token?: string } | undefined)?.access_token ?? "";

/** Returns a token without a fault. */
async function loggedIn(site: FaultSite, userId: string): Promise<string> {
  const { json } = await new Browser().at(site.cleanPort).send(LOGIN, { form: credentials(userId) });
  return tokenIn({ value: json });
}

/** Returns a line unless a token passes, or is refused, without a fault. */
async function passes(site: FaultSite, token: string, isRight = true): Promise<string[]> {
  const { status, text } = await new Browser().at(site.cleanPort).get("/api/token", bearer(token));
  const hasPassed = status === 200 && text.includes(CANARY);
  return unless(hasPassed === isRight, `a call with the token was answered ${status}`);
}

/** An operation of a program that has a token. */
function withToken(
  name: string,
  act: (site: FaultSite, token: string) => Promise<Answered>,
  more: Partial<Operation> & { readonly endsIt?: boolean; readonly hasEnded?: boolean } = {},
): Operation {
  const { endsIt = false, hasEnded = false, ...operation } = more;
  return {
    name,
    done: 200,
    ...operation,
    async begin(site) {
      await save(site, {});
      const userId = site.newUser();
      const token = await loggedIn(site, userId);
      if (hasEnded) await site.clean.sessions.endAll({ userId });
      return {
        act: () => act(site, token),
        whenDone: () => passes(site, token, !(endsIt || hasEnded)),
        ...(endsIt ? {} : { whenRefused: () => passes(site, token, !hasEnded) }),
      };
    },
  };
}

const adminHeaders = { authorization: ADMIN_KEY };
const ofUser = (userId: string): string => `/api/v2/users/${userId}/sessions`;

const PROGRAMS: readonly Operation[] = [
  {
    name: "a program's login",
    done: 200,
    async begin(site) {
      await save(site, {});
      const userId = site.newUser();
      const count = async () => (await sessionsOf(site, userId)).length;
      return {
        act: () => ask(site, new Browser(), LOGIN, { form: credentials(userId) }),
        whenDone: async (answered) => [
          ...(await passes(site, tokenIn(answered))),
          ...unless((await count()) >= 1, "the token's session is not listed"),
        ],
        end: async () => {
          await site.clean.sessions.endAll({ userId });
        },
      };
    },
  },
  withToken(
    "a call with a token",
    (site, token) => ask(site, new Browser(), "/api/token", { headers: bearer(token) }),
    { isGuarded: true },
  ),
  withToken(
    "a call with an ended token",
    (site, token) => ask(site, new Browser(), "/api/token", { headers: bearer(token) }),
    { done: 401, hasEnded: true },
  ),
  withToken(
    "a program's logout",
    (site, token) =>
      ask(site, new Browser(), "/api/4.0/logout", { method: "DELETE", headers: bearer(token) }),
    { done: 204, again: [401], endsIt: true },
  ),
];

const SESSIONS: readonly Operation[] = [
  {
    name: "GET a user's sessions in Auth0's format",
    done: 200,
    async begin(site) {
      await save(site, {});
      const userId = site.newUser();
      await signedIn(site, userId);
      return {
        act: () => ask(site, new Browser(), ofUser(userId), { headers: adminHeaders }),
        whenDone: ({ value }) =>
          Promise.resolve(
            unless((value as { sessions: unknown[] }).sessions.length === 1, "the session is not listed"),
          ),
      };
    },
  },
  {
    name: "DELETE a user's sessions in Auth0's format",
    done: 204,
    async begin(site) {
      await save(site, {});
      const userId = site.newUser();
      const browser = await signedIn(site, userId);
      return {
        act: () => ask(site, new Browser(), ofUser(userId), { method: "DELETE", headers: adminHeaders }),
        whenDone: () => stands(site, browser, "revoked_by_admin"),
      };
    },
  },
];

/** All operations of programs. */
export const API_TOKENS: readonly Operation[] = [...PROGRAMS, ...SESSIONS];
