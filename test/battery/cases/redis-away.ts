/** Cases B1 and B2: Redis is killed or frozen under load. */
import { range, pause, Tally, type AppPair, type BatteryCase, type Stage } from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";
import { CANARY } from "../support/guarded-app.js";
import { otherThan, percentile, startLoad, statusesOf, unhelpful, type Shot } from "../support/load.js";
import { warningsOf } from "../support/settings-client.js";
import { inMs, openWorld, TIMEOUT_MS, type World } from "../support/outage.js";

const RATE_PER_SECOND = 200;
const OUTAGE_MS = 30_000;
/** Duration of the load before the outage, and after it until all users must be let in again. */
const CALM_MS = 1_000;
const BACK_WITHIN_MS = 2_000;
/** A signal takes effect a moment after it is sent. Requests in that moment may still be let in. */
const EFFECT_MS = 50;
const P99_MS = 600;
const NAIVE_REQUESTS = 20;

type Away = "killed" | "frozen";

/** Results of the load, with the times of the outage. */
interface Run {
  readonly shots: readonly Shot[];
  readonly unanswered: number;
  readonly goneAt: number;
  /** Time just before Redis returns. */
  readonly overAt: number;
  /** Time of Redis's first answer. */
  readonly backAt: number;
  readonly processesAlive: number;
  readonly naiveUnanswered: number;
  /** Number of warnings of each process that Redis is away. */
  readonly warnings: readonly number[];
}

async function suffer(stage: Stage, world: World, how: Away): Promise<Run> {
  const naive = await signInNaive(stage, world);
  const load = startLoad(RATE_PER_SECOND, (index) => world.ask(index));
  await pause(CALM_MS);
  const goneAt = performance.now();
  world.server.signal(how === "killed" ? "SIGKILL" : "SIGSTOP");
  const unansweredNaive = naive();
  await pause(OUTAGE_MS * stage.scale);
  const naiveUnanswered = unansweredNaive();
  const overAt = performance.now();
  if (how === "killed") await world.server.restart();
  else world.server.signal("SIGCONT");
  const backAt = performance.now();
  await pause(BACK_WITHIN_MS + CALM_MS);
  const unanswered = await load.stop();
  const warnings = await Promise.all(world.app.ports.map((port) => warningsOf(port, "redis_unavailable")));
  const processesAlive = stage.hosts.filter(({ isAlive }) => isAlive).length;
  const { shots } = load;
  return { shots, unanswered, goneAt, overAt, backAt, processesAlive, naiveUnanswered, warnings };
}

/** Signs in people at the app made by hand. @returns a function that starts their requests, and then counts */
async function signInNaive(stage: Stage, { server }: World): Promise<() => () => number> {
  const app: AppPair = await stage.startApp({ kind: "naive", redisUrl: server.url });
  const browsers = range(NAIVE_REQUESTS).map(() => new Browser());
  for (const [index, browser] of browsers.entries())
    await browser.at(app.port(index)).trySignIn(`naive-${index}`);
  return () => {
    let unanswered = browsers.length;
    const answered = (): void => {
      unanswered -= 1;
    };
    // Redis receives the signal first. Otherwise it would still answer requests of the same moment.
    for (const [index, browser] of browsers.entries())
      setTimeout(() => void browser.at(app.port(index)).get("/me").then(answered, answered), EFFECT_MS);
    return () => unanswered;
  };
}

function judge({ shots, goneAt, overAt, backAt, ...run }: Run, tally: Tally): void {
  const before = shots.filter(({ doneAt }) => doneAt < goneAt);
  const underWay = shots.filter(({ sentAt, doneAt }) => sentAt < goneAt + EFFECT_MS && doneAt >= goneAt);
  const during = shots.filter(({ sentAt }) => sentAt >= goneAt + EFFECT_MS && sentAt < overAt);
  // A request that still waited when Redis returned may be let in.
  const refused = during.filter(({ doneAt }) => doneAt < overAt);
  const longest = Math.max(...[...underWay, ...during].map(({ latencyMs }) => latencyMs));
  const p99Ms = percentile(during, 0.99);
  const backMs = Math.max(0, ...shots.filter(isLateRefusal(backAt)).map(({ sentAt }) => sentAt - backAt));
  const perSecond = (1_000 * during.length) / (overAt - goneAt - EFFECT_MS);
  tally
    .none("refused before the outage", otherThan(before, 200))
    .figure("guarded requests in the outage", `${during.length}, ${perSecond.toFixed(0)}/s`, perSecond > 190)
    .figure("answered", statusesOf(refused), otherThan(refused, 503) === 0 && refused.length > 0)
    .none("503 without Retry-After", unhelpful(shots))
    .none("protected", refused.filter(({ text }) => text.includes(CANARY)).length)
    .figure("p99", inMs(p99Ms), p99Ms <= P99_MS)
    .figure("slowest, including requests in flight", inMs(longest), longest <= TIMEOUT_MS)
    .none("under way and answered otherwise", otherThan(underWay, 200, 503))
    .none("unanswered", run.unanswered)
    .exactly("processes alive", run.processesAlive, 2)
    .exactly("processes that warned, once", run.warnings.filter((count) => count === 1).length, 2)
    .figure("503 after its return for", inMs(backMs), backMs <= BACK_WITHIN_MS);
}

const isLateRefusal =
  (backAt: number) =>
  ({ sentAt, status }: Shot): boolean =>
    sentAt > backAt && status !== 200;

function awayCase(how: Away, about: Pick<BatteryCase, "id" | "title">): BatteryCase {
  return {
    ...about,
    // A limit of half a second has only a tenth of tolerance here. A machine that is busy with tests exceeds it.
    inTests: false,
    passesAt:
      "every guarded request is 503 with a whole number in Retry-After, in at most 1 s; p99 at most 600 ms from the planned time; 0 protected pages shown; both processes live",
    async run(stage) {
      const world = await openWorld(stage);
      try {
        const run = await suffer(stage, world, how);
        const tally = new Tally();
        judge(run, tally);
        const seconds = (run.overAt - run.goneAt) / 1_000;
        const what = `not answered within the ${seconds.toFixed(0)} s of the outage`;
        return tally.naiveFails(what, run.naiveUnanswered, NAIVE_REQUESTS, 0.9);
      } finally {
        await world.close();
      }
    },
  };
}

/** B1. */
export const redisKilled = awayCase("killed", {
  id: "B1",
  title: "Redis is killed (SIGKILL) for 30 s under 200 requests a second",
});

/** B2. */
export const redisFrozen = awayCase("frozen", {
  id: "B2",
  title: "Redis is frozen (SIGSTOP) for 30 s under 200 requests a second",
});
