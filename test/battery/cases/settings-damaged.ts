/** Case E5: saved settings that are unreadable. */
import type { Redis } from "ioredis";
import { Tally, type AppPair, type BatteryCase, type Stage } from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";
import { warningsOf } from "../support/settings-client.js";

const KEY = "curfew:settings";
const GOOD = { sessionMinutes: 45, maxSessionsPerUser: 3 };
const DEFAULTS = { sessionMinutes: 20, maxSessionsPerUser: 2 };

interface Damage {
  readonly name: string;
  /** True if the key is missing. False if it is unreadable. */
  readonly isLoss?: boolean;
  /** True if the settings are still readable. */
  readonly isHarmless?: boolean;
  inflict(redis: Redis, good: Readonly<Record<string, unknown>>): Promise<unknown>;
}

const saved =
  (change: (good: Readonly<Record<string, unknown>>) => unknown) =>
  (redis: Redis, good: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const value = change(good);
    const json = typeof value === "string" ? value : JSON.stringify(value);
    return redis.set(KEY, `{"stamp":"damaged","version":1,"settings":${json}}`);
  };

const replaced =
  (write: (redis: Redis) => Promise<unknown>) =>
  async (redis: Redis): Promise<unknown> => {
    await redis.del(KEY);
    return write(redis);
  };

const DAMAGES: readonly Damage[] = [
  { name: "missing", isLoss: true, inflict: (redis) => redis.del(KEY) },
  { name: "{bad", inflict: saved(() => "{bad") },
  { name: "empty", inflict: saved(() => "") },
  { name: "null", inflict: saved(() => null) },
  { name: "array", inflict: saved(() => []) },
  { name: "{}", inflict: saved(() => ({})) },
  { name: "duration a text", inflict: saved((good) => ({ ...good, sessionMinutes: "abc" })) },
  { name: "duration null", inflict: saved((good) => ({ ...good, sessionMinutes: null })) },
  {
    name: "duration NaN",
    inflict: saved((good) => JSON.stringify(good).replace(/"sessionMinutes":\d+/, '"sessionMinutes":NaN')),
  },
  {
    name: "duration 1e309",
    inflict: saved((good) => JSON.stringify(good).replace(/"sessionMinutes":\d+/, '"sessionMinutes":1e309')),
  },
  { name: "duration 0", inflict: saved((good) => ({ ...good, sessionMinutes: 0 })) },
  { name: "duration -1", inflict: saved((good) => ({ ...good, sessionMinutes: -1 })) },
  { name: "duration of 2 years", inflict: saved((good) => ({ ...good, sessionMinutes: 1_051_200 })) },
  { name: "limit 0", inflict: saved((good) => ({ ...good, maxSessionsPerUser: 0 })) },
  { name: "limit a text", inflict: saved((good) => ({ ...good, maxSessionsPerUser: "none" })) },
  { name: "limit missing", inflict: saved(({ maxSessionsPerUser: _limit, ...rest }) => rest) },
  { name: "inactivity a text", inflict: saved((good) => ({ ...good, inactivityLogout: "false" })) },
  { name: "huge", inflict: saved((good) => `${JSON.stringify(good)}${"x".repeat(1_000_000)}`) },
  { name: "extra fields", isHarmless: true, inflict: saved((good) => ({ ...good, extra: { deep: [1] } })) },
  { name: "not JSON", inflict: (redis) => redis.set(KEY, "x") },
  { name: "a list key", inflict: replaced((redis) => redis.rpush(KEY, "x")) },
];

/** Returns the settings of a saved text. */
function savedIn(text: string | null): Readonly<Record<string, unknown>> {
  const { settings } = JSON.parse(text ?? "{}") as { settings?: Record<string, unknown> };
  return settings ?? {};
}

async function inForce(port: number): Promise<string> {
  const { json } = await new Browser().at(port).get("/control/settings");
  const { sessionMinutes, maxSessionsPerUser } = (json["settings"] ?? {}) as Record<string, unknown>;
  return JSON.stringify({ sessionMinutes, maxSessionsPerUser });
}

/** Damages the settings of an app that has read good settings, then starts a new app. @returns the problems */
async function suffer(stage: Stage, damage: Damage): Promise<string[]> {
  await stage.redis.flushall();
  const running = await stage.startApp({ defaults: DEFAULTS });
  await new Browser().at(running.port(0)).post("/control/settings", GOOD);
  await inForce(running.port(1));
  for (const port of running.ports) await warningsOf(port, ".");
  const good = savedIn(await stage.redis.get(KEY));
  await damage.inflict(stage.redis, good);
  const fresh = await stage.startApp({ defaults: DEFAULTS });

  const expected = damage.isLoss ? DEFAULTS : GOOD;
  const problems = [
    ...(await check(
      running,
      expected,
      damage.isLoss ? "settings_lost" : "corrupt_settings",
      damage.isHarmless ? 0 : 1,
    )),
    ...(await check(fresh, expected, "corrupt_settings", damage.isLoss || damage.isHarmless ? 0 : 1)),
  ];
  const saveAgain = await new Browser().at(fresh.port(0)).post("/control/settings", { sessionMinutes: 33 });
  if (saveAgain.status !== 200) problems.push(`saving again: ${saveAgain.status}`);
  await Promise.all([running.stop(), fresh.stop()]);
  return problems.map((problem) => `${damage.name}: ${problem}`);
}

async function check(app: AppPair, expected: object, code: string, warnings: number): Promise<string[]> {
  const problems: string[] = [];
  for (const port of app.ports) {
    for (let times = 0; times < 3; times += 1) {
      const found = await inForce(port);
      if (found !== JSON.stringify(expected)) problems.push(`in force ${found}`);
    }
    const told = await warningsOf(port, code);
    if (told !== warnings) problems.push(`${told} x ${code}`);
  }
  return problems;
}

/** E5. */
export const damagedSettings: BatteryCase = {
  id: "E5",
  title: "The settings key is missing, unreadable, out of range or of another type",
  passesAt:
    "the last good settings apply, also in a process that has just started; one event; limits never disappear",
  async run(stage) {
    const problems: string[] = [];
    for (const damage of DAMAGES) problems.push(...(await suffer(stage, damage)));
    return new Tally()
      .exactly("damages", DAMAGES.length, 21)
      .figure("handled wrongly", problems.length === 0 ? 0 : problems.join("; "), problems.length === 0)
      .outcome;
  },
};
