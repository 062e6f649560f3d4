/** Sign-ins of an administrator as another user, and requests of the sudo session (rules U1 to U7). */
import { FETCH_HEADERS } from "../../../src/testing/index.js";
import type { Browser } from "../../harness/browser.js";
import {
  ask,
  eventually,
  save,
  sessionCookie,
  sessionsOf,
  signedIn,
  stands,
  unless,
  type Answered,
  type Operation,
} from "./operation.js";
import { asScript } from "./requests.js";
import type { FaultSite } from "./site.js";

/** An administrator's own session and the user of the sudo session. */
interface Begun {
  readonly site: FaultSite;
  readonly userId: string;
  /** Browser of the administrator. */
  readonly browser: Browser;
  /** Copy of the browser before the sudo session. */
  readonly own: Browser;
  readonly administrator: string;
}

async function administratorOf(site: FaultSite): Promise<Begun> {
  await save(site, {});
  const administrator = `root-${site.newUser()}`;
  const browser = await signedIn(site, administrator);
  return { site, browser, own: browser.clone(), administrator, userId: site.newUser() };
}

/** Signs the administrator in as the user without a fault. */
async function inSudo(site: FaultSite): Promise<Begun> {
  const begun = await administratorOf(site);
  const { browser, userId } = begun;
  const { status, text } = await browser.at(site.cleanPort).send("/sudo", { body: { userId } });
  if (status !== 200) throw new Error(`sudo without any fault was answered ${status}: ${text}`);
  return begun;
}

/** A sudo session whose administrator's keys are damaged has ended for good (rule U2). */
const BELIEVED = { answers: [401] };

const SIGN_IN: Operation = {
  name: "an administrator's sign-in as another user",
  done: 200,
  // A sudo session can't begin another one.
  again: [403],
  ifBelieved: BELIEVED,
  async begin(site) {
    const begun = await administratorOf(site);
    const { browser, own, administrator, userId } = begun;
    return {
      act: () => ask(site, browser, "/sudo", { body: { userId } }),
      whenDone: async () => {
        const sessions = await sessionsOf(site, userId);
        return [
          ...(await stands(site, browser, "in")),
          ...(await stands(site, own, "in")),
          ...unless(sessionCookie(browser) !== sessionCookie(own), "the browser has no session of its own"),
          ...unless(sessions.length >= 1, "the sudo session is not listed"),
          ...unless(
            sessions.every(({ kind, sudoUserId }) => kind === "sudo" && sudoUserId === administrator),
            "a session does not name the administrator",
          ),
        ];
      },
      whenHealed: () =>
        eventually(async () =>
          unless((await sessionsOf(site, userId)).length === 1, "there is another session"),
        ),
      whenRefused: async () => [
        ...unless(sessionCookie(browser) === sessionCookie(own), "a refused sign-in has sent a cookie"),
        ...(await stands(site, own, "in")),
        ...(await eventually(async () =>
          unless((await sessionsOf(site, userId)).length === 0, "the user has a session after a refusal"),
        )),
      ],
    };
  },
};

/** A request that leaves the sudo session and the own session as they are. */
function continuing(
  name: string,
  act: (site: FaultSite, browser: Browser) => Promise<Answered>,
  more: Partial<Operation> = {},
): Operation {
  return {
    name,
    done: 200,
    ifBelieved: BELIEVED,
    ...more,
    async begin(site) {
      const { browser, own } = await inSudo(site);
      const bothStand = async () => [
        ...(await stands(site, browser, "in")),
        ...(await stands(site, own, "in")),
      ];
      return { act: () => act(site, browser), whenDone: bothStand, whenRefused: bothStand };
    },
  };
}

/** A request after which neither the sudo session nor the own session may be open. */
function leaving(
  name: string,
  act: (site: FaultSite, browser: Browser, begun: Begun) => Promise<Answered>,
  { done, again = [done], waits = false }: { done: number; again?: readonly number[]; waits?: boolean },
): Operation {
  return {
    name,
    done,
    again,
    ifBelieved: BELIEVED,
    async begin(site) {
      const begun = await inSudo(site);
      const { browser, own } = begun;
      const copy = browser.clone();
      const bothAreOut = async () => [
        ...(await stands(site, copy, "signed_out")),
        ...(await stands(site, own, "signed_out")),
      ];
      return {
        act: () => act(site, browser, begun),
        whenDone: () => (waits ? Promise.resolve([]) : bothAreOut()),
        ...(waits ? { whenHealed: () => eventually(bothAreOut) } : {}),
        whenRefused: () => stands(site, copy, "in", "signed_out"),
      };
    },
  };
}

/** The first request of a sudo session whose administrator's session is over. */
function over(
  name: string,
  reason: string,
  end: (begun: Begun, site: FaultSite) => Promise<unknown>,
): Operation {
  return {
    name,
    done: 401,
    ifBelieved: BELIEVED,
    async begin(site) {
      const begun = await inSudo(site);
      const { browser } = begun;
      await end(begun, site);
      const isOut = () => stands(site, browser, reason);
      return { act: () => ask(site, browser, "/me", asScript), whenDone: isOut, whenRefused: isOut };
    },
  };
}

const refOf = async (site: FaultSite, userId: string): Promise<string> =>
  (await sessionsOf(site, userId))[0]?.ref ?? "";

/** All operations of sudo sessions. */
export const SUDO: readonly Operation[] = [
  SIGN_IN,
  continuing("a request of a sudo session", (site, browser) => ask(site, browser, "/me", asScript), {
    isGuarded: true,
  }),
  continuing("a page of a sudo session", (site, browser) => ask(site, browser, "/me"), {
    isGuarded: true,
  }),
  leaving(
    "a sign-out of a sudo session",
    (site, browser) => ask(site, browser, "/logout", { headers: FETCH_HEADERS, body: {} }),
    { done: 200 },
  ),
  leaving(
    "req.session.destroy in a sudo session",
    (site, browser) => ask(site, browser, "/destroy", { headers: FETCH_HEADERS, body: {} }),
    { done: 200 },
  ),
  leaving(
    "POST logout of a sudo session",
    (site, browser) => ask(site, browser, "/curfew/logout", { headers: FETCH_HEADERS, body: {} }),
    { done: 204, again: [204, 401] },
  ),
  leaving(
    "a sign-in in a sudo session",
    (site, browser, { administrator }) => ask(site, browser, "/login", { body: { userId: administrator } }),
    { done: 200, waits: true },
  ),
  over(
    "a sudo session after its administrator was signed out",
    "revoked_by_admin",
    ({ administrator }, site) => site.clean.sessions.endAll({ userId: administrator, actor: "other" }),
  ),
  over("a sudo session whose administrator's record was lost", "unknown", async ({ administrator }, site) =>
    site.redis.del(`${site.prefix}s:${await refOf(site, administrator)}`),
  ),
];
