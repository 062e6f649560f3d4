/** Cases A9 and J7: open connections of an ended session, and the reason of each end. */
import { FETCH_HEADERS, NAVIGATION_HEADERS } from "../../../src/testing/index.js";
import { range, Tally, type AppPair, type BatteryCase, type Stage } from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";
import { openSocket, openStream, untilHeard, type Closed } from "../support/open-connections.js";

/** Time in which a connection must close. */
const CLOSES_WITHIN_MS = 1_000;
/** Time after which a connection counts as open. */
const GIVES_UP_MS = 15_000;

/** Waits for the end of a connection. @returns `null` if it stays open */
function endOf({ closed }: { readonly closed: Promise<Closed> }): Promise<Closed | null> {
  const timeUp = new Promise<null>((resolve) => {
    setTimeout(() => {
      resolve(null);
    }, GIVES_UP_MS).unref();
  });
  return Promise.race([closed, timeUp]);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Infinity;
}

/** A9. */
export const openConnections: BatteryCase = {
  id: "A9",
  title: "A user is evicted with an event stream and a WebSocket open in the other process",
  passesAt: "100 of 100 closed with the reason within 1 s",
  async run(stage) {
    const app = await stage.startApp({ hasSockets: true, defaults: { maxSessionsPerUser: 1 } });
    const count = stage.count(100);
    const tookMs: number[] = [];
    let [streams, sockets] = [0, 0];
    for (const index of range(count)) {
      const [here, there] = [app.port(index), app.port(index + 1)];
      const browser = new Browser();
      await browser.at(here).trySignIn(`a9-${String(index)}`);
      const stream = await openStream(there, browser.cookieHeader);
      const socket = await openSocket(there, browser.cookieHeader);
      await untilHeard(stage, Math.min(index + 1, 2));
      const startedAt = performance.now();
      await new Browser(here).trySignIn(`a9-${String(index)}`);
      const [streamEnd, socketEnd] = await Promise.all([endOf(stream), endOf(socket)]);
      const isInTime = (end: Closed | null): boolean => {
        tookMs.push((end?.at ?? Infinity) - startedAt);
        return end !== null && end.at - startedAt <= CLOSES_WITHIN_MS;
      };
      if (isInTime(streamEnd) && streamEnd?.text.includes('"reason":"evicted"')) streams += 1;
      if (isInTime(socketEnd) && socketEnd?.text === "4401 evicted") sockets += 1;
    }
    return new Tally()
      .exactly("event streams closed with the reason in time", streams, count)
      .exactly("WebSockets closed with the reason in time", sockets, count)
      .figure("median, ms from the request of the newer sign-in", median(tookMs).toFixed(0), true)
      .figure("slowest, ms", Math.max(...tookMs).toFixed(0), true).outcome;
  },
};

/** One end of a session, and the time at which its user has signed in. */
interface Round {
  readonly stage: Stage;
  readonly app: AppPair;
  readonly browser: Browser;
  readonly user: string;
  readonly signedInAt: number;
}

const MINUTE_MS = 60_000;
/** The clock runs on from round to round. */
const ROUND_MS = 120 * MINUTE_MS;

/** The way to each reason. */
const ENDS: Readonly<Record<string, (round: Round) => Promise<unknown>>> = {
  idle: ({ stage, signedInAt }) => stage.setClock(signedInAt + 16 * MINUTE_MS),
  absolute: async ({ stage, app, browser, signedInAt }) => {
    // Input every ten minutes moves the idle deadline.
    for (const minutes of range(6).map((step) => step * 10)) {
      await stage.setClock(signedInAt + minutes * MINUTE_MS);
      await browser.at(app.port(minutes)).post("/curfew/activity", { idleMs: 0 });
    }
    await stage.setClock(signedInAt + 61 * MINUTE_MS);
  },
  evicted: ({ app, user }) => new Browser(app.port(0)).trySignIn(user),
  revoked: async ({ app, user }) => {
    const other = new Browser(app.port(0));
    await other.trySignIn(user);
    return other.post("/curfew/sessions/revoke-others");
  },
  revoked_by_admin: ({ app, user }) => new Browser(app.port(0)).post("/control/revoke-all", { user }),
  signed_out: ({ app, browser }) => browser.clone().at(app.port(0)).post("/logout"),
  unknown: async ({ stage: { redis } }) => redis.del(...(await redis.keys("curfew:s:*"))),
};

/** Counts what one ended session tells. */
async function hear(
  reason: string,
  index: number,
  { stage, app, ...round }: Round,
  tally: Counts,
): Promise<void> {
  await stage.setClock(round.signedInAt);
  // One session of a user, except where the user's other session revokes this one.
  const maxSessionsPerUser = reason === "evicted" ? 1 : null;
  await new Browser(app.port(0)).post("/control/settings", { maxSessionsPerUser });
  const { browser, user } = round;
  await browser.at(app.port(index)).trySignIn(user);
  const before = await openSocket(app.port(index), browser.cookieHeader);
  await ENDS[reason]?.({ stage, app, ...round });
  const program = await browser
    .clone()
    .at(app.port(index + 1))
    .get("/me", FETCH_HEADERS);
  const page = await browser.clone().at(app.port(index)).get("/page", NAVIGATION_HEADERS);
  const after = await openSocket(app.port(index + 1), browser.cookieHeader);
  if (program.status !== 401 || program.json["reason"] !== reason) tally.programs += 1;
  const { pathname, searchParams } = new URL(page.headers.location ?? "", "http://localhost");
  const told = [page.status, pathname, searchParams.get("reason")].join(" ");
  if (told !== `303 /login ${reason}`) tally.pages += 1;
  if ((await endOf(after))?.text !== `4401 ${reason}`) tally.sockets += 1;
  // Lost keys publish nothing. The check of every watch finds them within three minutes.
  if (reason !== "unknown" && (await endOf(before))?.text !== `4401 ${reason}`) tally.sockets += 1;
  for (const stranger of strangersTo(browser)) {
    const { text, headers } = await stranger.at(app.port(index)).get("/me", FETCH_HEADERS);
    if (text.includes(reason) || JSON.stringify(headers).includes(reason)) tally.strangers += 1;
  }
}

interface Counts {
  programs: number;
  pages: number;
  sockets: number;
  strangers: number;
}

/** Returns browsers that do not have the ended cookie: none at all, and one with a changed signature. */
function strangersTo(browser: Browser): Browser[] {
  const forged = browser.clone();
  for (const [name, { value }] of forged.cookies) forged.plant(name, value.replace(/.$/, "_"));
  return [new Browser(), forged];
}

/** J7. */
export const reasonsTold: BatteryCase = {
  id: "J7",
  title: "The reason of each end, to pages, programs and WebSockets",
  passesAt: "each reason is exact; only the ended cookie can read it",
  async run(stage) {
    const defaults = {
      inactivityLogout: true,
      allowPersistentSessions: false,
      idleMinutes: 15,
      sessionMinutes: 60,
    };
    const app = await stage.startApp({ hasSockets: true, hasTestClock: true, defaults });
    const tally: Counts = { programs: 0, pages: 0, sockets: 0, strangers: 0 };
    const count = stage.count(10);
    const rounds = Object.keys(ENDS).flatMap((reason) => range(count).map(() => reason));
    let signedInAt = Date.now();
    for (const [index, reason] of rounds.entries()) {
      const user = `j7-${String(index)}`;
      await hear(reason, index, { stage, app, browser: new Browser(), user, signedInAt }, tally);
      signedInAt += ROUND_MS;
    }
    return new Tally()
      .figure("ends", rounds.length, true)
      .none("programs without 401 and the reason", tally.programs)
      .none("pages without 303 and the reason", tally.pages)
      .none("WebSockets without 4401 and the reason", tally.sockets)
      .none("strangers who read the reason", tally.strangers).outcome;
  },
};
