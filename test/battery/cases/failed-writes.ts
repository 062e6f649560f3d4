/** Case A13: the connection to Redis breaks at a write of a sign-in or sign-out. */
import { startTcpProxy, type TcpProxy } from "../../harness/tcp-proxy.js";
import { pause, Tally, type BatteryCase, type Stage } from "../support/battery-case.js";
import { Browser, SESSION_COOKIE } from "../../harness/browser.js";
import type { Answer } from "../../harness/http.js";

interface Cut {
  readonly operation: "sign-in" | "sign-out";
  readonly command: "SET" | "DEL" | "MGET" | "EVALSHA";
  /** Number of the command among the operation's commands of this name. */
  readonly nth: number;
}

// A sign-in runs the scripts of the claim and the row. A sign-out runs the record's end, the order and the row.
const CUTS: readonly Cut[] = [
  { operation: "sign-in", command: "SET", nth: 1 },
  { operation: "sign-in", command: "EVALSHA", nth: 1 },
  { operation: "sign-in", command: "EVALSHA", nth: 2 },
  { operation: "sign-in", command: "MGET", nth: 1 },
  { operation: "sign-out", command: "DEL", nth: 1 },
  { operation: "sign-out", command: "EVALSHA", nth: 1 },
  { operation: "sign-out", command: "MGET", nth: 1 },
];

interface CutCount {
  /**
   * Answers 200 for an operation that was not done: no session after a sign-in, or a living session after a sign-out.
   */
  falseSuccesses: number;
  /** Answers other than 503 and 200. */
  others: number;
  /** Cookies sent with a refused sign-in. */
  cookies: number;
  /** Answers 503 without Retry-After. */
  unhelpful: number;
  unavailable: number;
}

async function serves(port: number): Promise<void> {
  while ((await new Browser().at(port).trySignIn("probe")).status !== 200) await pause(5);
}

/** A process and the proxy between it and Redis. */
interface Lane {
  readonly port: number;
  readonly proxy: TcpProxy;
}

/** Tries of one break. The process also works in the background, so the command that breaks may not be the operation's. */
const MAX_TRIES = 3;

async function cutOnce(lane: Lane, cut: Cut, count: CutCount, index: number): Promise<void> {
  const name = `a13-${cut.operation}-${cut.command}-${cut.nth}-${index}`;
  let played = await playCut(lane, cut, name);
  for (let tries = 1; tries < MAX_TRIES && wasDone(played, cut); tries += 1)
    played = await playCut(lane, cut, `${name}-${tries}`);
  const { answer, browser } = played;
  if (answer.status === 503) count.unavailable += 1;
  else if (answer.status !== 200) count.others += 1;
  if (answer.status === 503 && !/^\d+$/.test(answer.headers["retry-after"] ?? "")) count.unhelpful += 1;
  if (cut.operation === "sign-in" && answer.status !== 200 && browser.cookies.has(SESSION_COOKIE))
    count.cookies += 1;
  if (answer.status === 200 && !wasDone(played, cut)) count.falseSuccesses += 1;
}

interface PlayedCut {
  readonly browser: Browser;
  readonly answer: Answer;
  /** True if the browser is signed in afterwards. */
  readonly isAlive: boolean;
}

const wasDone = ({ answer, isAlive }: PlayedCut, { operation }: Cut): boolean =>
  answer.status === 200 && isAlive === (operation === "sign-in");

async function playCut({ port, proxy }: Lane, cut: Cut, user: string): Promise<PlayedCut> {
  await serves(port);
  const browser = new Browser();
  if (cut.operation === "sign-out") await browser.at(port).trySignIn(user);
  let seen = 0;
  proxy.inject({
    on: ([name]) => {
      if (name === cut.command) seen += 1;
      return seen === cut.nth;
    },
  });
  const answer =
    cut.operation === "sign-in"
      ? await browser.at(port).trySignIn(user)
      : await browser.at(port).post("/logout");
  proxy.clearFaults();
  await serves(port);
  return { browser, answer, isAlive: (await browser.at(port).get("/me")).status === 200 };
}

async function cutAll(lanes: readonly Lane[], cuts: readonly Cut[], times: number): Promise<CutCount> {
  const count: CutCount = { falseSuccesses: 0, others: 0, cookies: 0, unhelpful: 0, unavailable: 0 };
  await Promise.all(
    lanes.map(async (lane, number) => {
      for (const cut of cuts)
        for (let index = number; index < times; index += lanes.length) await cutOnce(lane, cut, count, index);
    }),
  );
  return count;
}

/** Starts apps of two processes, each with a separate connection to cut. */
async function openLanes(
  stage: Stage,
  proxies: readonly [TcpProxy, TcpProxy],
  kind: "guarded" | "naive",
): Promise<Lane[]> {
  const pairs = await Promise.all(proxies.map((proxy) => stage.startApp({ kind, redisUrl: proxy.url })));
  return pairs.map((pair, index) => ({ port: pair.port(index), proxy: proxies[index === 0 ? 0 : 1] }));
}

/** A13. */
export const failedWrites: BatteryCase = {
  id: "A13",
  title: "The connection breaks at SET, DEL, MGET or EVALSHA of a sign-in or sign-out",
  passesAt: "200 breaks each: 503 with Retry-After; no 200 for an operation that was not done",
  async run(stage) {
    const target = stage.server.url;
    const proxies = [await startTcpProxy({ target }), await startTcpProxy({ target })] as const;
    try {
      const times = stage.count(200);
      const count = await cutAll(await openLanes(stage, proxies, "guarded"), CUTS, times);
      const tally = new Tally()
        .exactly("answered 503", count.unavailable, times * CUTS.length)
        .none("200 for an operation that was not done", count.falseSuccesses)
        .none("other answers", count.others)
        .none("503 without Retry-After", count.unhelpful)
        .none("cookies of refused sign-ins", count.cookies);

      const byHand = CUTS.filter(({ command }) => command === "SET" || command === "DEL");
      const naiveTimes = stage.count(40);
      const naive = await cutAll(await openLanes(stage, proxies, "naive"), byHand, naiveTimes);
      const cuts = naiveTimes * byHand.length;
      return tally.naiveFails("answered 200 whether done or not", cuts - naive.unavailable, cuts, 0.9);
    } finally {
      for (const proxy of proxies) await proxy.close();
    }
  },
};
