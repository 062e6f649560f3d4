/** People who use an app without pause, and know for each answer if it is right. */
import { Browser } from "../../harness/browser.js";
import type { Answer } from "../../harness/http.js";
import type { AppPair } from "./battery-case.js";
import { pause, range } from "./battery-case.js";
import { CANARY } from "./guarded-app.js";

/** Answers that people got. */
export interface Answers {
  requests: number;
  /** Answers 503. */
  unavailable: number;
  /** Answers 503 without `Retry-After`. */
  withoutRetryAfter: number;
  /** Answers 500 and above, and broken answers. */
  errors: number;
  /** Answers that treat a living session as ended or missing, or an ended session as living. */
  readonly wrong: string[];
  /** Guarded pages shown after the end of a session. */
  leaks: number;
  slowestMs: number;
  signIns: number;
  signOuts: number;
  evictions: number;
}

/** One person. Two requests of one person never depend on each other. */
interface Person {
  readonly name: string;
  /** The browser that is signed in. */
  living: Browser;
  /** The browser whose session has ended. */
  ended: Browser | null;
}

/** A crowd at work. */
export interface Crowd {
  readonly names: readonly string[];
  readonly answers: Answers;
  /** Returns the time (of performance.now()) at which this person last saw a guarded page. */
  lastSeenAt(name: string): number;
  /** True if people only read, and neither sign in nor out. */
  isOnlyReading: boolean;
  /** Ends the load and waits for the last answers. */
  stop(): Promise<void>;
}

/** Status of a broken answer. */
const BROKEN = 0;
/** Number of requests that a reading person has in flight. */
const READS_AT_ONCE = 4;

/** Signs people in. Then they send `perSecond` requests together, to both processes in turn. */
export async function gatherCrowd(app: AppPair, people: number, perSecond: number): Promise<Crowd> {
  const answers: Answers = {
    requests: 0,
    unavailable: 0,
    withoutRetryAfter: 0,
    errors: 0,
    wrong: [],
    leaks: 0,
    slowestMs: 0,
    signIns: 0,
    signOuts: 0,
    evictions: 0,
  };
  const lastSeen = new Map<string, number>();
  let isOver = false;
  let turn = 0;
  let nextAt = performance.now();

  /** Sends a request at its time and judges the answer. */
  const send = async (
    who: string,
    expected: number,
    ask: (port: number) => Promise<Answer>,
  ): Promise<number> => {
    nextAt = Math.max(nextAt + 1_000 / perSecond, performance.now());
    await pause(nextAt - performance.now());
    turn += 1;
    const sentAt = performance.now();
    answers.requests += 1;
    const answer = await ask(app.port(turn)).catch(() => null);
    if (answer === null) {
      answers.errors += 1;
      return BROKEN;
    }
    answers.slowestMs = Math.max(answers.slowestMs, performance.now() - sentAt);
    const showsPage = answer.text.includes(CANARY);
    if (expected === 401 && showsPage) answers.leaks += 1;
    if (answer.status === 503) {
      answers.unavailable += 1;
      if (!/^\d+$/.test(answer.headers["retry-after"] ?? "")) answers.withoutRetryAfter += 1;
    } else if (answer.status >= 500) answers.errors += 1;
    else if (answer.status !== expected)
      answers.wrong.push(`${who}: ${String(expected)} expected, ${String(answer.status)} ${answer.text}`);
    if (answer.status === 200 && showsPage) lastSeen.set(who, performance.now());
    return answer.status;
  };

  /** Repeats a change until Redis accepts it. Until then the right answer is unknown. */
  const surely = async (ask: () => Promise<number>): Promise<boolean> => {
    while (!isOver) if (![503, BROKEN].includes(await ask())) return true;
    return false;
  };

  const signIn = async (name: string): Promise<Browser | null> => {
    const browser = new Browser();
    const isDone = await surely(() => send(name, 200, (port) => browser.at(port).trySignIn(name)));
    answers.signIns += 1;
    return isDone ? browser : null;
  };

  const read = async ({ name, living, ended }: Person): Promise<void> => {
    await Promise.all([
      ...range(READS_AT_ONCE - 1).map(() => send(name, 200, (port) => living.at(port).get("/me"))),
      ended
        ? send(name, 401, (port) => ended.at(port).get("/me"))
        : send(name, 200, (port) => living.at(port).post("/write", { key: "k" })),
    ]);
  };

  /** Signs in elsewhere, which ends the session here, because the limit is one browser. */
  const moveOn = async (person: Person): Promise<void> => {
    const next = await signIn(person.name);
    if (next === null) return;
    answers.evictions += 1;
    person.ended = person.living;
    person.living = next;
  };

  const signOutAndIn = async (person: Person): Promise<void> => {
    const { name, living } = person;
    if (!(await surely(() => send(name, 200, (port) => living.at(port).post("/logout"))))) return;
    answers.signOuts += 1;
    await send(name, 401, (port) => living.at(port).get("/me"));
    const next = await signIn(name);
    if (next === null) return;
    person.ended = living;
    person.living = next;
  };

  const live = async (person: Person): Promise<void> => {
    for (let round = 0; !isOver; round += 1) {
      await read(person);
      if (crowd.isOnlyReading) continue;
      if (round % 4 === 1) await moveOn(person);
      if (round % 4 === 3) await signOutAndIn(person);
    }
  };

  const crowd: Crowd = {
    names: range(people).map((index) => `person-${String(index)}`),
    answers,
    lastSeenAt: (name) => lastSeen.get(name) ?? 0,
    isOnlyReading: false,
    stop: async () => {
      isOver = true;
      await lives;
    },
  };
  const arrive = async (name: string): Promise<void> => {
    const living = await signIn(name);
    if (living) await live({ name, living, ended: null });
  };
  const lives = Promise.all(crowd.names.map(arrive));
  return Promise.resolve(crowd);
}
