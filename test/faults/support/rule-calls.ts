/** Calls of the API for rules for some, ends of many sessions, and observations of proposed settings. */
import { answerOf, save, sessionsOf, signedIn, stands, unless, type Operation } from "./operation.js";
import { ending } from "./api-calls.js";
import type { RuleTarget } from "../../../src/index.js";
import type { FaultSite } from "./site.js";

const MINUTE_MS = 60_000;
/** Minutes of the rules, fewer than the general setting. */
const MINUTES = 20;
const RULE = { sessionMinutes: MINUTES };
const GENERAL_MINUTES = 30;

/** Saves or removes a rule for the sessions of one user who is signed in. */
function ruling(
  name: string,
  targetOf: (userId: string) => RuleTarget,
  call: (site: FaultSite, target: RuleTarget) => Promise<unknown>,
  { hadRule = false }: { readonly hadRule?: boolean } = {},
): Operation {
  const [before, after] = hadRule ? [MINUTES, GENERAL_MINUTES] : [GENERAL_MINUTES, MINUTES];
  return {
    name,
    done: 200,
    async begin(site) {
      await save(site, {});
      const userId = site.newUser();
      const target = targetOf(userId);
      const { rules } = site.clean.settings;
      const browser = await signedIn(site, userId);
      const [session] = await sessionsOf(site, userId);
      await site.clean.sessions.update(session?.ref ?? "", { roles: [`role-${userId}`] });
      // A session that begins under a rule would get no more time by its removal (rule A6).
      if (hadRule) await rules.set(target, RULE);
      const lives = async (...minutes: number[]): Promise<string[]> => {
        const [found] = await sessionsOf(site, userId);
        const lived = (Number(found?.expiresAt) - Number(found?.signedInAt)) / MINUTE_MS;
        return unless(minutes.includes(lived), `the session lives ${lived} minutes`);
      };
      return {
        act: () => answerOf(call(site, target)),
        whenDone: async () => {
          const { settings } = await rules.get(target);
          const isSaved = settings?.sessionMinutes === MINUTES;
          return [
            ...unless(isSaved === !hadRule, "the rule is not as saved"),
            ...(await lives(after)),
            ...(await stands(site, browser, "in")),
          ];
        },
        whenRefused: async () => [...(await lives(before, after)), ...(await stands(site, browser, "in"))],
        end: async () => {
          await rules.remove(target);
          await site.clean.sessions.endAll({ userId });
        },
      };
    },
  };
}

const ofRole = (userId: string): RuleTarget => ({ role: `role-${userId}` });
const ofPerson = (userId: string): RuleTarget => ({ userId });

const RULES: readonly Operation[] = (
  [
    ["a role", ofRole],
    ["a person", ofPerson],
  ] as const
).flatMap(([whom, targetOf]) => [
  ruling(`settings.rules.set for ${whom}`, targetOf, ({ curfew }, target) =>
    curfew.settings.rules.set(target, RULE, { actor: "root" }),
  ),
  ruling(
    `settings.rules.remove for ${whom}`,
    targetOf,
    ({ curfew }, target) => curfew.settings.rules.remove(target, { actor: "root" }),
    { hadRule: true },
  ),
]);

/** Begins or ends an observation of proposed settings. No session may end by it. */
function observing(name: string, call: (site: FaultSite) => Promise<unknown>, runsAfter: boolean): Operation {
  return {
    name,
    done: 200,
    async begin(site) {
      await save(site, {});
      const browser = await signedIn(site, site.newUser());
      const { settings } = site.clean;
      await settings.stopObserving();
      if (!runsAfter) await settings.observe({ inactivityLogout: true });
      const { version } = await settings.get();
      const savesNothing = async (): Promise<string[]> => [
        ...unless((await settings.get()).version === version, "an observation has saved settings"),
        ...(await stands(site, browser, "in")),
      ];
      return {
        act: () => answerOf(call(site)),
        whenDone: async () => [
          ...unless((await settings.observed())?.isRunning === runsAfter, "the observation is not as stored"),
          ...(await savesNothing()),
        ],
        whenRefused: savesNothing,
        end: async () => {
          await settings.stopObserving();
        },
      };
    },
  };
}

const OBSERVATIONS: readonly Operation[] = [
  observing(
    "settings.observe",
    ({ curfew }) => curfew.settings.observe({ inactivityLogout: true }, { days: 7, actor: "root" }),
    true,
  ),
  observing("settings.stopObserving", ({ curfew }) => curfew.settings.stopObserving(), false),
];

const ENDS: readonly Operation[] = [
  ending("sessions.endWhere", async ({ curfew, clock }) => {
    // The sign-ins of this trial and of the next are in other milliseconds than the end.
    clock.advance({ seconds: 1 });
    await curfew.sessions.endWhere({ all: true }, { actor: "root" }).finally(() => {
      clock.advance({ seconds: 1 });
    });
  }),
];

/** All of these calls. */
export const RULE_CALLS: readonly Operation[] = [...RULES, ...OBSERVATIONS, ...ENDS];
