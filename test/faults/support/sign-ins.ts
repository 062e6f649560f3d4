/** Signing in in every way, re-authenticating and signing out. */
import { FETCH_HEADERS } from "../../../src/testing/index.js";
import { Browser } from "../../harness/browser.js";
import {
  ask,
  eventually,
  save,
  sessionCookie,
  sessionsOf,
  signedIn,
  standingOf,
  stands,
  unless,
  type Operation,
  type Trial,
} from "./operation.js";
import type { FaultSite } from "./site.js";
import type { DeviceClass, SettingsPatch } from "../../../src/index.js";

interface SignIn {
  readonly site: FaultSite;
  readonly userId: string;
  /** Browser that signs in. */
  readonly browser: Browser;
}

interface SignInPlan {
  readonly settings?: SettingsPatch;
  readonly persistent?: boolean;
  readonly deviceClass?: DeviceClass;
  readonly done?: number;
  readonly prepare?: (signIn: SignIn) => Promise<unknown>;
  /** Number of the user's sessions afterwards. @default 1 */
  readonly sessions?: number;
  readonly whenDone?: (signIn: SignIn) => Promise<string[]>;
  readonly whenHealed?: (signIn: SignIn) => Promise<string[]>;
}

function signIn(name: string, plan: SignInPlan = {}): Operation {
  const { settings = {}, persistent = false, deviceClass, done = 200, prepare, sessions = 1 } = plan;
  return {
    name,
    done,
    async begin(site) {
      await save(site, settings);
      const userId = site.newUser();
      const browser = new Browser();
      const self: SignIn = { site, userId, browser };
      await prepare?.(self);
      const before = browser.clone();
      const wasIn = (await standingOf(site, before)) === "in";
      const countBefore = (await sessionsOf(site, userId)).length;
      const trial: Trial = {
        act: () => ask(site, browser, "/login", { body: { userId, persistent, deviceClass } }),
        whenDone: async () => [
          ...(done === 200 ? await stands(site, browser, "in") : []),
          ...((await plan.whenDone?.(self)) ?? []),
        ],
        // If the earlier sessions of this browser can't be ended at once, the background ends them.
        whenHealed: async () => [
          ...(await eventually(async () => {
            const count = (await sessionsOf(site, userId)).length;
            return unless(count === sessions, `${count} sessions, not ${sessions}`);
          })),
          ...((await plan.whenHealed?.(self)) ?? []),
        ],
        // Nothing has changed for this browser, and nothing is left of the attempt.
        whenRefused: async () => [
          ...unless(sessionCookie(browser) === sessionCookie(before), "a refused sign-in has sent a cookie"),
          ...(wasIn ? await stands(site, before, "in") : []),
          ...(await eventually(async () => {
            const count = (await sessionsOf(site, userId)).length;
            return unless(count <= countBefore, `${count} sessions after a refused sign-in`);
          })),
        ],
      };
      return trial;
    },
  };
}

const refusing: SettingsPatch = { maxSessionsPerUser: 1, whenLimitReached: "refuse_newest" };

const onePhone: SettingsPatch = { maxSessionsPerUser: 3, maxPhonesPerUser: 1 };

/** Signs the user in from a second browser. */
const elsewhere = ({ site, userId }: SignIn): Promise<Browser> => signedIn(site, userId);

/** Signs the user in from a telephone and then from a desktop computer. @returns the telephone */
async function onPhoneAndDesktop({ site, userId }: SignIn): Promise<Browser> {
  const phone = await signedIn(site, userId, { deviceClass: "phone" });
  await signedIn(site, userId, { deviceClass: "desktop" });
  return phone;
}

/** For each browser that signs in, the browser that was signed in before. */
const earlier = new WeakMap<Browser, Browser>();

/** Returns a line unless the earlier browser is signed out. */
async function earlierIsOut({ site, browser }: SignIn): Promise<string[]> {
  const other = earlier.get(browser);
  return other ? stands(site, other, "evicted", "signed_out") : [];
}

const SIGN_INS: readonly Operation[] = [
  signIn("a first sign-in"),
  signIn("a persistent sign-in", { persistent: true }),
  signIn("a sign-in under a limit that evicts another", {
    settings: { maxSessionsPerUser: 1 },
    prepare: async (self) => earlier.set(self.browser, await elsewhere(self)),
    whenDone: earlierIsOut,
  }),
  signIn("a sign-in that the limit refuses", {
    settings: refusing,
    done: 409,
    prepare: elsewhere,
  }),
  signIn("a sign-in under a limit of phones that evicts another phone", {
    settings: onePhone,
    deviceClass: "phone",
    sessions: 2,
    prepare: async (self) => earlier.set(self.browser, await onPhoneAndDesktop(self)),
    whenDone: earlierIsOut,
  }),
  signIn("a sign-in that the limit of phones refuses", {
    settings: { ...onePhone, whenLimitReached: "refuse_newest" },
    deviceClass: "phone",
    done: 409,
    sessions: 2,
    prepare: onPhoneAndDesktop,
  }),
  signIn("a desktop's sign-in beside a limit of phones", {
    settings: { ...onePhone, whenLimitReached: "refuse_newest" },
    deviceClass: "desktop",
    sessions: 3,
    prepare: onPhoneAndDesktop,
  }),
  signIn("a sign-in under a limit whose holder has lapsed", {
    settings: refusing,
    prepare: async (self) => {
      await elsewhere(self);
      self.site.clock.advance({ minutes: 31 });
    },
  }),
  signIn("a sign-in in a browser that is signed in", {
    prepare: async ({ site, userId, browser }) => {
      await signedIn(site, userId, {}, browser);
      site.clock.advance({ minutes: 1 });
      earlier.set(browser, browser.clone());
    },
    whenHealed: (self) => eventually(() => earlierIsOut(self)),
  }),
  signIn("a sign-in in a browser of another user", {
    prepare: ({ site, browser }) => signedIn(site, site.newUser(), {}, browser),
  }),
  signIn("a sign-in of a visitor with data", {
    prepare: ({ site, browser }) => browser.at(site.cleanPort).get("/cart"),
    whenDone: async ({ site, browser }) => {
      const { json } = await browser.clone().at(site.cleanPort).get("/me", FETCH_HEADERS);
      return unless((json["data"] as { cart?: number } | undefined)?.cart === 1, "the data is lost");
    },
  }),
];

const REAUTHENTICATION: Operation = {
  name: "POST reauth",
  done: 200,
  again: [200],
  async begin(site) {
    await save(site, {});
    const userId = site.newUser();
    const browser = await signedIn(site, userId);
    const before = browser.clone();
    site.clock.advance({ minutes: 1 });
    return {
      act: () =>
        ask(site, browser, "/curfew/reauth", { headers: FETCH_HEADERS, body: { password: "right" } }),
      // The previous cookie also passes until the next re-authentication replaces its successor (rules M25, M28).
      whenDone: async () => [
        ...(await stands(site, browser, "in")),
        ...(await stands(site, before, "in", "unknown")),
        ...unless((await sessionsOf(site, userId)).length === 1, "there is more than one session"),
      ],
      whenRefused: async () => [
        ...unless(sessionCookie(browser) === sessionCookie(before), "a refused one has sent a cookie"),
        ...(await stands(site, before, "in")),
        ...(await eventually(async () =>
          unless((await sessionsOf(site, userId)).length <= 1, "there is more than one session"),
        )),
      ],
    };
  },
};

function signOut(name: string, path: string, done: number, again: number): Operation {
  return {
    name,
    done,
    again: [done, again],
    async begin(site) {
      await save(site, {});
      const userId = site.newUser();
      const browser = await signedIn(site, userId);
      const copy = browser.clone();
      return {
        act: () => ask(site, browser, path, { headers: FETCH_HEADERS, body: {} }),
        whenDone: async () => [
          ...(await stands(site, copy, "signed_out")),
          ...unless((await sessionsOf(site, userId)).length === 0, "the session is listed"),
        ],
        whenRefused: () => stands(site, copy, "in", "signed_out"),
      };
    },
  };
}

/** All sign-ins and sign-outs. */
export const SIGN_IN_AND_OUT: readonly Operation[] = [
  ...SIGN_INS,
  REAUTHENTICATION,
  signOut("a sign-out by the app", "/logout", 200, 200),
  signOut("POST logout", "/curfew/logout", 204, 401),
];
