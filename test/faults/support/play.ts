/** Plays an operation with a fault at each of its commands in turn, and returns the problems. */
import * as scripts from "../../../src/state/scripts.generated.js";
import { CANARY } from "../../battery/support/guarded-app.js";
import { API_CALLS } from "./api-calls.js";
import { API_TOKENS } from "./api-tokens.js";
import { BROWSER_ROUTES } from "./browser-routes.js";
import type { NamedFault } from "./faults.js";
import type { Answered, Operation, Trial } from "./operation.js";
import { REQUESTS } from "./requests.js";
import { RULE_CALLS } from "./rule-calls.js";
import { SIGN_IN_AND_OUT } from "./sign-ins.js";
import { SUDO } from "./sudo.js";
import { openFaultSite, type ClientKind, type FaultSite } from "./site.js";

/** Every operation of an app. */
export const OPERATIONS: readonly Operation[] = [
  ...REQUESTS,
  ...SIGN_IN_AND_OUT,
  ...BROWSER_ROUTES,
  ...SUDO,
  ...API_CALLS,
  ...RULE_CALLS,
  ...API_TOKENS,
];

/** One fault at one command. */
export interface Cell {
  /** Operation, fault and command in words. */
  readonly title: string;
  /** True if the operation had this command. */
  readonly hasStruck: boolean;
  readonly status: number | "broken";
  readonly tookMs: number;
  /** Time of the answer after the app's time-out; negative if the answer came earlier. */
  readonly lateMs: number;
  /** Time from the end of the fault until the app served again. */
  readonly recoveredMs: number;
  /** Problems of the cell. */
  readonly wrong: readonly Wrong[];
}

/** Kinds of problems. */
export type WrongKind = "protected" | "answer" | "Retry-After" | "time" | "state" | "recovery";

interface Wrong {
  readonly kind: WrongKind;
  readonly text: string;
  /** Moment at which the state was wrong. */
  readonly when?: string;
}

/** Upper bound: every operation has far fewer commands. */
const MAX_COMMANDS = 60;
/** Only a stall may use up this time-out, not a busy machine. */
const TIMEOUT_MS = 3_000;
const STALLED_TIMEOUT_MS = 800;
/** Time that a busy machine may add to a wait, in addition to its lateness. */
const SLACK_MS = 400;
const TRIES = 3;
const LOOK_EVERY_MS = 10;
const RECOVERS_WITHIN_MS = 2_000;
const QUIET_MS = 8;

const NAMES = new Map(Object.values(scripts).map(({ sha1, name }) => [sha1, name]));

/** Returns a command's name for people: the name of its script. */
function nameOf(args: readonly string[] | undefined): string {
  const [command = "no command", first = ""] = args ?? [];
  return NAMES.get(first) ?? command;
}

/** True if an operation takes the fault for the truth about its key. */
const isBelieved = (fault: NamedFault, struck: string): boolean =>
  fault.isBelievedAt?.includes(struck) === true;

function judge(operation: Operation, fault: NamedFault, answered: Answered, struck: string): Wrong[] {
  const { status, text, retryAfter } = answered;
  const wrong: Wrong[] = [];
  const believed = isBelieved(fault, struck) ? operation.ifBelieved?.answers : undefined;
  const isDone = status === operation.done;
  const isRefused = status === 503 || (status === "broken" && operation.mayBreak === true);
  const canHide = fault.isHarmless === true && struck in scripts;
  if (!isDone && (!isRefused || canHide) && believed?.includes(Number(status)) !== true)
    wrong.push({ kind: "answer", text: `answered ${status}: ${text.slice(0, 200)}` });
  if (status === 503 && !/^\d+$/.test(retryAfter ?? ""))
    wrong.push({ kind: "Retry-After", text: `503 with Retry-After ${String(retryAfter)}` });
  const mayShow = isDone && operation.isGuarded === true;
  if (text.includes(CANARY) && !mayShow) wrong.push({ kind: "protected", text: "a protected page" });
  if (mayShow && !text.includes(CANARY)) wrong.push({ kind: "answer", text: "answered without the page" });
  return wrong;
}

const stateIs = async (check: Promise<string[]> | undefined, when: string): Promise<Wrong[]> =>
  ((await check) ?? []).map((text) => ({ kind: "state", text: `${when}: ${text}`, when }));

/** The moments at which an operation has answered by the key that it believes to be damaged. */
const BELIEVING: readonly (string | undefined)[] = ["done", "done, later"];

/** Leaves out the results of a believed damage. Unless its effect lasts, a repetition reads the sound key and must be right. */
function withoutDamage({ ifBelieved }: Operation, wrong: readonly Wrong[]): Wrong[] {
  return wrong.filter(
    ({ when }) => when === undefined || !(ifBelieved !== undefined || BELIEVING.includes(when)),
  );
}

/** Judges the state right after the answer, and once Redis works again. */
async function judgeState(
  { operation, trial, site }: Played,
  answered: Answered,
): Promise<{ wrong: Wrong[]; recoveredMs: number }> {
  const isDone = answered.status === operation.done;
  const wrong: Wrong[] = [];
  if (isDone) wrong.push(...(await stateIs(trial.whenDone(answered), "done")));
  site.proxy.release();
  const start = performance.now();
  await site.curfew.ready({ timeoutMs: 10_000 });
  const recoveredMs = performance.now() - start;
  if (recoveredMs > RECOVERS_WITHIN_MS)
    wrong.push({ kind: "recovery", text: `served again after ${recoveredMs.toFixed(0)} ms` });
  const later = isDone ? trial.whenDone(answered) : trial.whenRefused?.();
  wrong.push(...(await stateIs(later, isDone ? "done, later" : "refused")));
  if (isDone) wrong.push(...(await stateIs(trial.whenHealed?.(), "healed")));

  const again = await actAgain({ operation, trial, site });
  if (again.status !== operation.done && operation.again?.includes(Number(again.status)) !== true)
    wrong.push({
      kind: "recovery",
      text: `once more: answered ${again.status}: ${again.text.slice(0, 200)}`,
      when: "once more",
    });
  else wrong.push(...(await stateIs(trial.whenDone(again), "once more")));
  return { wrong, recoveredMs };
}

/**
 * Repeats the operation until it succeeds. A busy machine may use up a short time-out, and a fault in the background
 * may still make the connection reopen.
 */
async function actAgain({ trial, site }: Played): Promise<Answered> {
  let answered = await trial.act();
  for (let tries = 1; answered.status === 503 && tries < TRIES; tries += 1) {
    await site.curfew.ready({ timeoutMs: RECOVERS_WITHIN_MS }).catch(() => undefined);
    answered = await trial.act();
  }
  return answered;
}

/** Measures this process's own lateness, because it adds to the lateness of answers. */
function watchLateness(): () => number {
  let [latestMs, lastAt] = [0, performance.now()];
  const look = (): void => {
    const now = performance.now();
    latestMs = Math.max(latestMs, now - lastAt - LOOK_EVERY_MS);
    lastAt = now;
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => {
    look();
    clearInterval(timer);
    return latestMs;
  };
}

interface Played {
  readonly operation: Operation;
  readonly trial: Trial;
  readonly site: FaultSite;
}

async function playCell(
  operation: Operation,
  fault: NamedFault,
  site: FaultSite,
  nth: number,
): Promise<Cell> {
  const { proxy } = site;
  const trial = await operation.begin(site);
  await site.curfew.ready();
  await proxy.quiet(QUIET_MS);
  proxy.arm(fault.wire, nth);
  const lateness = watchLateness();
  const start = performance.now();
  const answered = await trial.act();
  const tookMs = performance.now() - start;
  const ownLatenessMs = lateness();
  // Background work belongs to the operation.
  await proxy.quiet(QUIET_MS);
  const { hasStruck } = proxy;
  const struck = nameOf(proxy.counted[nth - 1]);
  const wrong = judge(operation, fault, answered, struck);
  const lateMs = tookMs - site.timeoutMs - (operation.limitMs ?? 0);
  if (lateMs > SLACK_MS + ownLatenessMs) wrong.push({ kind: "time", text: `took ${tookMs.toFixed(0)} ms` });
  if (!hasStruck && answered.status !== operation.done)
    wrong.push({ kind: "answer", text: `answered ${answered.status} without any fault` });
  const judged = await judgeState({ operation, trial, site }, answered);
  const stateWrong = isBelieved(fault, struck) ? withoutDamage(operation, judged.wrong) : judged.wrong;
  await trial.end?.();
  return {
    title: `${operation.name} / ${fault.name} at command ${nth}, ${struck}`,
    hasStruck,
    status: answered.status,
    tookMs,
    lateMs,
    recoveredMs: judged.recoveredMs,
    wrong: [...wrong, ...stateWrong],
  };
}

/** Plays a fault at each command of an operation in turn, until the operation ends before the fault. */
export async function playFault(
  operation: Operation,
  fault: NamedFault,
  kind: ClientKind,
  redisUrl: string,
): Promise<Cell[]> {
  const timeoutMs = fault.wire.kind === "stall" ? STALLED_TIMEOUT_MS : TIMEOUT_MS;
  const site = await openFaultSite({ redisUrl, kind, timeoutMs });
  const cells: Cell[] = [];
  try {
    for (let nth = 1; nth <= MAX_COMMANDS; nth += 1) {
      let cell = await playCell(operation, fault, site, nth);
      for (let tries = 1; !cell.hasStruck && cell.status === 503 && tries < TRIES; tries += 1)
        cell = await playCell(operation, fault, site, nth);
      cells.push(cell);
      if (!cell.hasStruck) break;
    }
  } finally {
    await site.close();
  }
  return cells;
}

/** Returns a cell's problems as lines. */
export const linesOf = ({ title, wrong }: Cell): string[] =>
  wrong.map(({ kind, text }) => `${title}: ${kind}: ${text}`);
