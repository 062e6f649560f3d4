/** Case B7: every command to Redis is slow. */
import { startTcpProxy, type TcpProxy } from "../../harness/tcp-proxy.js";
import { inParallel, pause, Tally, type AppPair, type BatteryCase } from "../support/battery-case.js";
import type { Stage } from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";
import type { Answer } from "../../harness/http.js";
import { CANARY } from "../support/guarded-app.js";
import { isWholeSeconds } from "../support/load.js";
import { signInPeople, TIMEOUT_MS } from "../support/outage.js";

const OPERATIONS = ["sign-in", "page", "write", "extend", "sign-out"] as const;
type Operation = (typeof OPERATIONS)[number];

interface Level {
  readonly latencyMs: number;
  /** Operations that have enough time for all their round trips. */
  readonly works: readonly Operation[];
  /** Operations with barely enough time. All other operations must answer 503. */
  readonly mayWork: readonly Operation[];
  /** True if the level can be played while other tests run. */
  readonly inTests: boolean;
}

// A step waits at most half a second, or a second while other replies arrive (rule M31). An operation waits at most a
// second after the verdict. A page takes one step, a write two; an extension, a sign-in and a sign-out take three or four
// after the verdict.
const LEVELS: readonly Level[] = [
  { latencyMs: 50, works: OPERATIONS, mayWork: [], inTests: true },
  { latencyMs: 200, works: OPERATIONS, mayWork: [], inTests: false },
  { latencyMs: 400, works: [], mayWork: ["page", "write"], inTests: false },
  { latencyMs: 600, works: [], mayWork: ["page", "write"], inTests: false },
  { latencyMs: 1_100, works: [], mayWork: [], inTests: true },
];

class Counts {
  readonly worked = new Map<Operation, number>();
  unavailable = 0;
  others = 0;
  unhelpful = 0;
  protectedSeen = 0;

  note(operation: Operation, { status, headers, text }: Answer): void {
    const isDone = status === 200 || status === 204;
    if (isDone) this.worked.set(operation, (this.worked.get(operation) ?? 0) + 1);
    else if (status === 503) this.unavailable += 1;
    else this.others += 1;
    if (status === 503 && !isWholeSeconds(headers["retry-after"])) this.unhelpful += 1;
    if (!isDone && text.includes(CANARY)) this.protectedSeen += 1;
  }
}

/** One app on a Redis with the latency of its level. */
interface Lane {
  readonly level: Level;
  readonly proxy: TcpProxy;
  readonly app: AppPair;
  readonly people: readonly Browser[];
  readonly counts: Counts;
}

const visitorOf = ({ level }: Lane, index: number): string => `visitor-${level.latencyMs}-${index}`;

/** Plays every operation once. Extensions come twice at the same time, like a double click. */
async function visit(lane: Lane, index: number): Promise<void> {
  const { app, counts, people } = lane;
  const port = app.port(index);
  const person = people[index] ?? new Browser();
  counts.note("sign-in", await new Browser().at(port).trySignIn(visitorOf(lane, index)));
  counts.note("page", await person.at(port).get("/me"));
  counts.note("write", await person.at(port).post("/write", { key: "slow" }));
  const [extended] = await Promise.all([
    person.at(port).post("/curfew/extend"),
    person.at(app.port(index + 1)).post("/curfew/extend"),
  ]);
  counts.note("extend", extended);
}

/** Effects of the slow requests, seen when Redis is fast again. */
interface Effects {
  /** Sessions of refused sign-ins, or more than one session of a successful sign-in. */
  excessSessions: number;
  extendedTwice: number;
}

const NEVER_MIND_MS = 12_000;

/** Returns the number of a user's living sessions, after abandoned sessions have been taken back. */
async function sessionsOf(lane: Lane, user: string, expected: number): Promise<number> {
  const until = performance.now() + NEVER_MIND_MS;
  for (;;) {
    const answer = await new Browser().at(lane.app.port(0)).get(`/control/sessions?user=${user}`);
    const { count } = answer.json as { count?: number };
    if (count === expected || performance.now() > until) return count ?? Number.NaN;
    await pause(50);
  }
}

/** Returns a user's own page once it is answered. Commands from the slow time are still under way. */
async function seen(person: Browser, port: number): Promise<{ session?: { extendedCount: number } }> {
  const until = performance.now() + NEVER_MIND_MS;
  for (;;) {
    const { status, json } = await person.at(port).get("/me");
    if (status !== 503 || performance.now() > until) return json;
    await pause(50);
  }
}

async function effectsOf(lane: Lane): Promise<Effects> {
  const { app, people, level } = lane;
  const effects: Effects = { excessSessions: 0, extendedTwice: 0 };
  const isSignedIn = level.works.includes("sign-in") ? 1 : 0;
  await inParallel(people.length, 10, async (index) => {
    const sessions = await sessionsOf(lane, visitorOf(lane, index), isSignedIn);
    if (sessions !== isSignedIn) effects.excessSessions += 1;
    const { session } = await seen(people[index] ?? new Browser(), app.port(index));
    if ((session?.extendedCount ?? 2) > 1) effects.extendedTwice += 1;
  });
  return effects;
}

/** Signs all people out. After a refused sign-out the session either lives or has ended; both are consistent. */
async function signOutAll({ app, people, counts }: Lane): Promise<void> {
  await inParallel(people.length, 10, async (index) => {
    const answer = await people[index]?.at(app.port(index)).post("/logout");
    if (answer) counts.note("sign-out", answer);
  });
}

async function play(stage: Stage, level: Level): Promise<Tally> {
  const proxy = await startTcpProxy({ target: stage.server.url });
  try {
    const app = await stage.startApp({
      redisUrl: proxy.url,
      timeoutMs: TIMEOUT_MS,
      allowEarlyExtension: true,
    });
    const lane: Lane = {
      level,
      proxy,
      app,
      people: await signInPeople(app, stage.count(100), `latency-${level.latencyMs}`),
      counts: new Counts(),
    };
    return await measure(lane);
  } finally {
    await proxy.close();
  }
}

async function measure(lane: Lane): Promise<Tally> {
  const { level, proxy, people, counts } = lane;
  const times = people.length;
  proxy.latencyMs = level.latencyMs;
  await inParallel(times, 10, (index) => visit(lane, index));
  proxy.latencyMs = 0;
  const effects = await effectsOf(lane);
  proxy.latencyMs = level.latencyMs;
  await signOutAll(lane);

  const name = `${level.latencyMs} ms`;
  const worked = (operation: Operation): number => counts.worked.get(operation) ?? 0;
  const told = OPERATIONS.map((operation) => `${operation} ${worked(operation)}`).join(", ");
  const isAsAsked = OPERATIONS.every(
    (operation) =>
      level.mayWork.includes(operation) ||
      worked(operation) === (level.works.includes(operation) ? times : 0),
  );
  const refused = OPERATIONS.reduce((sum, operation) => sum + times - worked(operation), 0);
  return new Tally()
    .figure(`${name}: worked, of ${times} each`, told, isAsAsked)
    .exactly(`${name}: all others 503`, counts.unavailable, refused)
    .none(`${name}: other answers`, counts.others)
    .none(`${name}: 503 without Retry-After`, counts.unhelpful)
    .none(`${name}: protected`, counts.protectedSeen)
    .none(`${name}: sessions too many or too few`, effects.excessSessions)
    .none(`${name}: extended twice`, effects.extendedTwice);
}

/** B7. */
export const redisLatency: BatteryCase = {
  id: "B7",
  title: "Every command to Redis takes 50, 200, 400, 600 or 1,100 ms",
  passesAt:
    "all operations work at 50 and 200 ms; operations above the time limit are 503; no operation takes effect twice",
  async run(stage) {
    const levels = LEVELS.filter(({ inTests }) => inTests || stage.scale === 1);
    const tallies = await Promise.all(levels.map((level) => play(stage, level)));
    return { figures: tallies.flatMap(({ figures }) => figures) };
  },
};
