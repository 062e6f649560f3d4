/** Case I5: a long load. */
import { inParallel, pause, Tally, type AppPair, type BatteryCase } from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";
import { send, type Answer } from "../../harness/http.js";
import { cookieHeader, fill, openState, signIn, type Filled } from "../support/filling.js";

const MINUTE_MS = 60_000;
/** Above this length the slope of the resident memory differs from its noise. */
const LONG_MINUTES = 10;
const RATE = 500;
const TICK_MS = 20;
const PATCH_EVERY_MS = 10_000;
const EVICT_EVERY_MS = 1_000;
const MB = 1_048_576;

/** Observations so far. */
class Seen {
  requests = 0;
  errors = 0;
  zombies = 0;
  strangers = 0;
  evictions = 0;
  patches = 0;
  slowestMs = 0;
}

interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
}

/** Returns the memory of both processes after a garbage collection. */
async function memoryOf(app: AppPair): Promise<Memory> {
  const all = await Promise.all(app.ports.map(async (port) => (await send(port, "/control/memory")).json));
  const sum = (name: string): number => all.reduce((total, each) => total + Number(each[name]), 0);
  return { rss: sum("rss") / MB, heapUsed: sum("heapUsed") / MB };
}

/** I5. */
export const soak: BatteryCase = {
  id: "I5",
  title:
    "500 requests a second, an eviction a second and a PATCH every 10 s, for a minute (or an hour with --soak-minutes)",
  passesAt:
    "0 revived sessions; 0 responses 5xx; memory grows by at most 1 MB in 10 minutes; the number of keys changes by at most 1 %",
  inTests: false,
  async run(stage) {
    const minutes = Number(process.env["BATTERY_SOAK_MINUTES"] ?? "1") * stage.scale;
    const { storage: storage, close } = await openState(stage.server.url, {
      defaults: { sessionMinutes: 1_440 },
    });
    const app = await stage.startApp({ defaults: { maxSessionsPerUser: 1, sessionMinutes: 1_440 } });
    const people = await fill(storage, { count: 10_000 });
    close();
    const seen = new Seen();
    const load = new Load(app, people, seen, stage.server.url);
    await load.run(Math.min(10_000, minutes * MINUTE_MS * 0.2));
    const [keysBefore, memoryBefore] = [await stage.redis.dbsize(), await memoryOf(app)];
    const evictedBefore = seen.evictions;
    await load.run(minutes * MINUTE_MS, stage.report.bind(stage));
    const [keysAfter, memoryAfter] = [await stage.redis.dbsize(), await memoryOf(app)];
    await load.stop();
    // The record of an end lives for 24 hours, in one key each.
    const told = seen.evictions - evictedBefore;
    const drift = (keysAfter - told - keysBefore) / keysBefore;
    const isLong = minutes >= LONG_MINUTES;
    const growth = isLong
      ? ((memoryAfter.rss - memoryBefore.rss) / 2 / minutes) * 10
      : (memoryAfter.heapUsed - memoryBefore.heapUsed) / 2;
    const what = isLong
      ? "resident memory of a process, MB in 10 minutes"
      : "heap of a process after a collection, MB in this short time (its resident memory says nothing yet)";
    return new Tally()
      .figure("requests", seen.requests, seen.requests >= 0.8 * RATE * minutes * 60)
      .figure("evictions, PATCHes", `${String(seen.evictions)}, ${String(seen.patches)}`, seen.evictions > 0)
      .none("revived sessions", seen.zombies)
      .none("people let in as others, or not at all", seen.strangers)
      .none("answers of 5xx", seen.errors)
      .figure(what, growth.toFixed(2), growth <= 1)
      .figure("keys, without records of ends, %", (drift * 100).toFixed(2), Math.abs(drift) <= 0.01).outcome;
  },
};

/** Requests at a steady rate. A slow answer delays no other request. */
class Load {
  readonly #app: AppPair;
  readonly #people: Filled[];
  readonly #seen: Seen;
  readonly #signIns: Promise<Awaited<ReturnType<typeof openState>>>;
  #sent = 0;

  constructor(app: AppPair, people: readonly Filled[], seen: Seen, redisUrl: string) {
    this.#app = app;
    this.#people = [...people];
    this.#seen = seen;
    this.#signIns = openState(redisUrl, {
      oneByOne: true,
      defaults: { maxSessionsPerUser: 1, sessionMinutes: 1_440 },
    });
  }

  async stop(): Promise<void> {
    (await this.#signIns).close();
  }

  async run(ms: number, report: (progress: string) => void = () => undefined): Promise<void> {
    const startedAt = performance.now();
    const underWay = new Set<Promise<void>>();
    const go = (work: Promise<void>): void => {
      underWay.add(work);
      void work.finally(() => underWay.delete(work));
    };
    let [sent, evictAt, patchAt, reportAt] = [0, 0, 0, MINUTE_MS];
    for (;;) {
      const elapsed = performance.now() - startedAt;
      if (elapsed >= ms) break;
      for (; sent < (elapsed * RATE) / 1_000; sent += 1) go(this.#visit());
      if (elapsed >= evictAt) {
        go(this.#evict());
        evictAt += EVICT_EVERY_MS;
      }
      if (elapsed >= patchAt) {
        go(this.#patch());
        patchAt += PATCH_EVERY_MS;
      }
      if (elapsed >= reportAt) {
        report(`${String(Math.round(elapsed / MINUTE_MS))} minutes`);
        reportAt += MINUTE_MS;
      }
      await pause(TICK_MS);
    }
    await Promise.all(underWay);
  }

  async #get(cookie: string, index: number): Promise<Answer> {
    const answer = await send(this.#app.port(index), "/me", {
      headers: cookieHeader({ cookie }),
    });
    this.#seen.requests += 1;
    if (answer.status >= 500) this.#seen.errors += 1;
    return answer;
  }

  async #visit(): Promise<void> {
    this.#sent += 1;
    const index = this.#sent % this.#people.length;
    const person = this.#people[index];
    if (!person) return;
    const { status, json } = await this.#get(person.cookie, this.#sent);
    // A user evicted meanwhile may get another answer.
    if (status < 500 && this.#people[index] === person && json["userId"] !== person.userId)
      this.#seen.strangers += 1;
  }

  /** Signs a user in elsewhere. From that answer the former session is over in both processes. */
  async #evict(): Promise<void> {
    const index = this.#seen.evictions % this.#people.length;
    this.#seen.evictions += 1;
    const former = this.#people[index];
    if (!former) return;
    const { storage: storage } = await this.#signIns;
    const browser = `elsewhere ${String(this.#seen.evictions)}`;
    const signingIn = signIn(storage, former.userId, browser);
    // Right now either browser may be the user's living one.
    this.#people[index] = { ...former };
    this.#people[index] = await signingIn;
    await inParallel(4, 4, async (turn) => {
      const { status } = await this.#get(former.cookie, turn);
      if (status === 200) this.#seen.zombies += 1;
    });
  }

  async #patch(): Promise<void> {
    this.#seen.patches += 1;
    const sessionMinutes = this.#seen.patches % 2 === 0 ? 1_440 : 1_400;
    const { status } = await new Browser().at(this.#app.port(this.#seen.patches)).post("/control/settings", {
      sessionMinutes,
    });
    if (status >= 500) this.#seen.errors += 1;
  }
}
