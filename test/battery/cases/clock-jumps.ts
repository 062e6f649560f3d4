/** Case D3: the clock of Redis's host jumps ahead or back while sessions live. */
import { Redis } from "ioredis";
import { numberIn } from "../../harness/user-key.js";
import { FETCH_HEADERS } from "../../../src/testing/index.js";
import { recordField } from "../../harness/record-fields.js";
import { startClockedRedis, type ClockedRedis } from "../../harness/clock-shim.js";
import { pause, range, skippedFor, Tally, type BatteryCase, type Stage } from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";
import { send, tell } from "../../harness/http.js";
import { CANARY } from "../support/guarded-app.js";

interface Jump {
  readonly name: string;
  readonly minutes: number;
  readonly inactivityLogout: boolean;
}

const JUMPS: readonly Jump[] = [
  { name: "+20 min", minutes: 20, inactivityLogout: true },
  { name: "-20 min", minutes: -20, inactivityLogout: true },
  // Only a session without activity since may continue.
  { name: "-20 min, without idle logout", minutes: -20, inactivityLogout: false },
  { name: "+25 h", minutes: 1_500, inactivityLogout: true },
];
const IDLE_MINUTES = 15;
const SESSION_MINUTES = 30;
/** Minutes before the jump in which people sign in. */
const BEFORE_MINUTES = 28;
const TOLD_WITHIN_MS = 5_000;

interface Person {
  readonly browser: Browser;
  readonly signedInAt: number;
  readonly isIdle: boolean;
  /** Last minute at which a guarded page opened for them. */
  seenAt: number;
  isOut: boolean;
}

interface JumpCount {
  /** Highest number of minutes by which a session outlived its limit. */
  beyondMinutes: number;
  /** Sessions that lived right before the jump, and the part of them that lived right after it. */
  livedBefore: number;
  livedAfter: number;
  revived: number;
  stampsBack: number;
  refusedSignIns: number;
  survivedRevocations: number;
  serverErrors: number;
  toldAfterMs: number;
}

/** A day whose minutes the case controls. One of the minutes has the jump. */
class Day {
  readonly people: Person[] = [];
  readonly count: JumpCount = {
    beyondMinutes: Number.NEGATIVE_INFINITY,
    livedBefore: 0,
    livedAfter: 0,
    revived: 0,
    stampsBack: 0,
    refusedSignIns: 0,
    survivedRevocations: 0,
    serverErrors: 0,
    toldAfterMs: 0,
  };
  #stamps = new Map<string, number>();

  constructor(
    private readonly clocked: ClockedRedis,
    private readonly redis: Redis,
    private readonly ports: readonly [number, number],
    private readonly idleMinutes: number,
  ) {}

  async setClock(minute: number, jumpMinutes: number): Promise<void> {
    await this.clocked.setOffset((minute + jumpMinutes) * 60);
  }

  async signIn(minute: number, isIdle: boolean): Promise<Browser> {
    const browser = new Browser();
    const { status } = await browser.at(this.#port()).trySignIn(`user-${this.people.length}`);
    if (status >= 500) this.count.serverErrors += 1;
    this.people.push({ browser, signedInAt: minute, isIdle, seenAt: minute, isOut: false });
    return browser;
  }

  #port(): number {
    return this.ports[this.people.length % 2] ?? this.ports[0];
  }

  async #isIn(browser: Browser, headers: Readonly<Record<string, string>> = {}): Promise<boolean> {
    const { status, text } = await browser.at(this.#port()).get("/me", headers);
    if (status >= 500) this.count.serverErrors += 1;
    return text.includes(CANARY);
  }

  /** Each person asks for a guarded page. An idle person's request comes from a script. */
  async askAll(minute: number): Promise<void> {
    for (const person of this.people) {
      const isIn = await this.#isIn(person.browser, person.isIdle ? FETCH_HEADERS : {});
      if (isIn && person.isOut) this.count.revived += 1;
      if (!isIn) person.isOut = true;
      if (!isIn) continue;
      person.seenAt = minute;
      const limit = person.isIdle ? this.idleMinutes : SESSION_MINUTES;
      this.count.beyondMinutes = Math.max(this.count.beyondMinutes, minute - person.signedInAt - limit);
    }
  }

  get living(): number {
    return this.people.filter(({ isOut }) => !isOut).length;
  }

  /** Signs in a new user who stays, and a second user whose session is revoked. */
  async signInAnew(minute: number): Promise<void> {
    const browser = await this.signIn(minute, true);
    if (!(await this.#isIn(browser, FETCH_HEADERS))) this.count.refusedSignIns += 1;
    const [again, revoked] = [new Browser(), new Browser()];
    await again.at(this.#port()).trySignIn("user-0");
    if (!(await this.#isIn(again, FETCH_HEADERS))) this.count.refusedSignIns += 1;
    await revoked.at(this.#port()).trySignIn("revoked");
    await tell(this.ports[0], "/control/revoke-all", { user: "revoked" });
    if (await this.#isIn(revoked, FETCH_HEADERS)) this.count.survivedRevocations += 1;
  }

  /** Compares every stored activity time and every user's numbers with the values before. */
  async compareStamps(): Promise<void> {
    const stamps = new Map<string, number>();
    for (const key of await this.redis.keys("curfew:s:*"))
      for (const name of ["number", "signedInAt", "lastActivityAt"] as const) {
        const value = await recordField(this.redis, key, name);
        if (value !== "") stamps.set(`${key} ${name}`, Number(value));
      }
    for (const key of await this.redis.keys("curfew:u:*")) {
      const text = (await this.redis.get(key)) ?? "";
      for (const name of ["floor", "latest"] as const) stamps.set(`${key} ${name}`, numberIn(text, name));
    }
    for (const [name, value] of stamps) if (value < (this.#stamps.get(name) ?? 0)) this.count.stampsBack += 1;
    this.#stamps = stamps;
  }
}

/** Waits, under load, until both processes report a jump. @returns the time that took, in milliseconds */
async function untilTold(ports: readonly number[], jump: () => Promise<void>): Promise<number> {
  const browser = new Browser();
  await browser.at(ports[0] ?? 0).trySignIn("watcher");
  for (const port of ports) await browser.at(port).get("/me", FETCH_HEADERS);
  for (const port of ports) await send(port, "/control/heard");
  const start = performance.now();
  await jump();
  const silent = new Set(ports);
  while (silent.size > 0 && performance.now() - start < 2 * TOLD_WITHIN_MS) {
    for (const port of silent) {
      await browser.at(port).get("/me", FETCH_HEADERS);
      const { events } = (await send(port, "/control/heard")).json as { events: { event: unknown }[] };
      if (events.some(({ event }) => (event as { code?: string }).code === "clock_jumped"))
        silent.delete(port);
    }
    await pause(20);
  }
  return silent.size > 0 ? Number.POSITIVE_INFINITY : performance.now() - start;
}

async function playJump(
  stage: Stage,
  clocked: ClockedRedis,
  { minutes: jumpMinutes, inactivityLogout }: Jump,
): Promise<JumpCount> {
  const redis = new Redis(clocked.server.url);
  try {
    await clocked.setOffset(0);
    await redis.flushall();
    const config = {
      redisUrl: clocked.server.url,
      defaults: { inactivityLogout, sessionMinutes: SESSION_MINUTES },
    };
    const pair = await stage.startApp(config);
    const day = new Day(clocked, redis, pair.ports, inactivityLogout ? IDLE_MINUTES : SESSION_MINUTES);
    const step = Math.max(1, Math.round(0.4 / stage.scale));
    const minutes = (from: number, to: number): number[] =>
      range(Math.floor((to - from) / step) + 1).map((index) => from + index * step);

    for (const minute of minutes(-BEFORE_MINUTES, 0)) {
      await day.setClock(minute, 0);
      for (const isIdle of [true, false]) await day.signIn(minute, isIdle);
      await day.askAll(minute);
    }
    await day.compareStamps();
    day.count.livedBefore = day.living;
    // Separate processes that have not seen the minutes pass, because each minute would be a jump.
    const watching = await stage.startApp(config);
    day.count.toldAfterMs = await untilTold(watching.ports, () => day.setClock(0, jumpMinutes));
    await watching.stop();

    const lastMinute = SESSION_MINUTES + Math.min(Math.abs(jumpMinutes), SESSION_MINUTES) + step;
    for (const minute of minutes(0, lastMinute)) {
      await day.setClock(minute, jumpMinutes);
      await day.askAll(minute);
      if (minute === 0) day.count.livedAfter = day.living;
      await day.compareStamps();
      if (minute < SESSION_MINUTES) await day.signInAnew(minute);
    }
    await pair.stop();
    return day.count;
  } finally {
    redis.disconnect();
  }
}

/** D3. */
export const clockJumps: BatteryCase = {
  id: "D3",
  title: "Redis's clock jumps ahead by 20 minutes, back by 20 minutes, ahead by 25 hours",
  passesAt:
    "no session lives longer than its limit plus the jump; no stored time decreases; a warning within 5 s",
  async run(stage) {
    const clocked = await startClockedRedis();
    if (typeof clocked === "string") return skippedFor(clocked);
    const tally = new Tally();
    try {
      for (const jump of JUMPS) {
        const { name } = jump;
        const count = await playJump(stage, clocked, jump);
        const { beyondMinutes, toldAfterMs, livedBefore, livedAfter } = count;
        // A clock set ahead ends sessions early. Only a clock set back lets a session outlive its limit.
        const allowedMinutes = Math.max(0, -jump.minutes);
        tally
          .figure(`${name}: sessions left of those before`, `${livedAfter}/${livedBefore}`, livedBefore > 0)
          .figure(`${name}: minutes beyond a limit at most`, beyondMinutes, beyondMinutes < allowedMinutes)
          .figure(`${name}: warned after, ms`, Math.round(toldAfterMs), toldAfterMs <= TOLD_WITHIN_MS)
          .none(`${name}: stamps that went back`, count.stampsBack)
          .none(`${name}: sessions revived`, count.revived)
          .none(`${name}: sign-ins refused`, count.refusedSignIns)
          .none(`${name}: revocations survived`, count.survivedRevocations)
          .none(`${name}: answers of 500 and more`, count.serverErrors);
      }
    } finally {
      await clocked.stop();
    }
    return tally.outcome;
  },
};
