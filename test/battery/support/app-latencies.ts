/** Compares apps on Redis servers with few and with very many sessions. */
import { inParallel, range, type Stage } from "./battery-case.js";
import { Browser } from "../../harness/browser.js";
import { send } from "../../harness/http.js";
import { cookieHeader, type Filled } from "./filling.js";
import { median, type GrownServers } from "./grown-servers.js";

const PAGES_A_ROUND = 500;
const SIGN_INS_A_ROUND = 100;

let signedIn = 0;

/** Latency that half of the requests, 99 % of the requests and half of the sign-ins stay below, in milliseconds. */
interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly signInP50: number;
}

interface Contestant {
  readonly sample: readonly Filled[];
  readonly port: number;
}

/**
 * Measures requests of several apps, in milliseconds. Requests to all apps alternate, so that a slow moment of the
 * machine affects all of them. Their order is random: with a fixed order the last app is 5 % faster or slower.
 *
 * @returns for each app, the latency below which a share of its requests stays
 */
async function timesOf(
  contestants: readonly Contestant[],
  requestsOfEach: number,
  request: (contestant: Contestant, index: number) => Promise<{ status: number }>,
): Promise<((share: number) => number)[]> {
  const times: number[][] = contestants.map(() => []);
  await inParallel(requestsOfEach * contestants.length, 4, async (number) => {
    const index = Math.floor(number / contestants.length);
    const turn = Math.floor(Math.random() * contestants.length);
    const contestant = contestants[turn];
    if (!contestant) return;
    const startedAt = performance.now();
    const { status } = await request(contestant, index);
    times[turn]?.push(performance.now() - startedAt);
    if (status !== 200) throw new Error(`answered ${String(status)}`);
  });
  return times.map((own) => {
    own.sort((a, b) => a - b);
    return (share) => own[Math.floor(share * (own.length - 1))] ?? Number.NaN;
  });
}

async function latencies(contestants: readonly Contestant[], round: number): Promise<Latencies[]> {
  const pages = await timesOf(contestants, PAGES_A_ROUND, ({ port, sample }, index) => {
    const filled = sample[(round * PAGES_A_ROUND + index) % sample.length];
    return filled
      ? send(port, "/me", { headers: cookieHeader(filled) })
      : Promise.reject(new Error("nobody"));
  });
  const signIns = await timesOf(contestants, SIGN_INS_A_ROUND, ({ port }) => {
    signedIn += 1;
    return new Browser().at(port).trySignIn(`later-${String(signedIn)}`);
  });
  return contestants.map((_contestant, index) => ({
    p50: pages[index]?.(0.5) ?? Number.NaN,
    p99: pages[index]?.(0.99) ?? Number.NaN,
    signInP50: signIns[index]?.(0.5) ?? Number.NaN,
  }));
}

const WARM_UP_ROUNDS = 5;
const ROUNDS = 40;

/**
 * Compares the apps on servers of different size, and bare express-session on the largest. Returns ratios, as
 * medians of the rounds.
 */
export async function compareApps(
  stage: Stage,
  { curfew, bare }: GrownServers,
): Promise<{ bare: Latencies; more: Latencies; most: Latencies }> {
  const contestants = await Promise.all(
    [...curfew, bare].map(async (grown) => {
      const kind = grown === bare ? "bare" : "guarded";
      const app = await stage.startApp({ kind, redisUrl: grown.server.url });
      return { sample: grown.sample, port: app.port(0) };
    }),
  );
  const rounds: Latencies[][] = [];
  for (const round of range(WARM_UP_ROUNDS + ROUNDS)) {
    const seen = await latencies(contestants, round);
    if (round >= WARM_UP_ROUNDS) rounds.push(seen);
  }
  const over = (of: keyof Latencies, mine: number, other: number): number =>
    median(rounds.map((seen) => (seen[mine]?.[of] ?? Number.NaN) / (seen[other]?.[of] ?? Number.NaN)));
  const both = (mine: number, other: number): Latencies => ({
    p50: over("p50", mine, other),
    p99: over("p99", mine, other),
    signInP50: over("signInP50", mine, other),
  });
  return { bare: both(2, 3), more: both(1, 0), most: both(2, 0) };
}
