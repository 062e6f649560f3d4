/**
 * Case B6: a fault at every command of every operation.
 *
 * The app with the faulty Redis runs in this process, so that API calls and the app's own clients can be played too.
 * A second app over the same keys then reads the contents of Redis.
 */
import { FAULTS } from "../../faults/support/faults.js";
import { linesOf, OPERATIONS, playFault, type Cell, type WrongKind } from "../../faults/support/play.js";
import type { ClientKind } from "../../faults/support/site.js";
import { inParallel, Tally, type BatteryCase, type Stage } from "../support/battery-case.js";

const KINDS: readonly ClientKind[] = ["own connection", "key by key", "ioredis 5"];
const FIGURES: readonly (readonly [WrongKind, string])[] = [
  ["protected", "protected pages"],
  ["answer", "answers other than the right one or 503"],
  ["Retry-After", "503 without Retry-After"],
  ["time", "answers later than timeoutMs"],
  ["state", "answers that hide the state of the operation"],
  ["recovery", "operations that do not work once the fault is gone"],
];

/** Returns every n-th play at a scale below 1. */
function chosen(stage: Stage) {
  const all = KINDS.flatMap((kind) =>
    OPERATIONS.filter(({ opensConnection }) => !opensConnection || kind === "own connection").flatMap(
      (operation) => FAULTS.map((fault) => ({ kind, operation, fault })),
    ),
  );
  const step = Math.round(1 / stage.scale);
  const played = all.filter((_, index) => index % step === 0);
  const isStall = ({ fault }: (typeof all)[number]): boolean => fault.wire.kind === "stall";
  // A play that waits for time-outs needs no processor, so it runs beside the others.
  return [
    { plays: played.filter((play) => !isStall(play)), width: 4 },
    { plays: played.filter(isStall), width: 10 },
  ];
}

/** Counts uncaught errors while `task` runs. */
async function countUncaught(task: () => Promise<void>): Promise<number> {
  let count = 0;
  const onUncaught = (error: unknown): void => {
    count += 1;
    process.stderr.write(`uncaught: ${String(error)}\n`);
  };
  process.on("unhandledRejection", onUncaught).on("uncaughtException", onUncaught);
  try {
    await task();
  } finally {
    process.off("unhandledRejection", onUncaught).off("uncaughtException", onUncaught);
  }
  return count;
}

/** B6. */
export const faultsEverywhere: BatteryCase = {
  id: "B6",
  title:
    "Broken connection, time-out, OOM, READONLY, LOADING, NOSCRIPT and other errors at every command of every operation",
  passesAt:
    "0 protected pages shown; a 503 with Retry-After or a success, in time; no success for an operation that was not done; works afterwards",
  inTests: false,
  async run(stage) {
    const cells: Cell[] = [];
    const uncaught = await countUncaught(async () => {
      for (const { plays, width } of chosen(stage))
        await inParallel(plays.length, width, async (index) => {
          const play = plays[index];
          if (!play) return;
          const { operation, fault, kind } = play;
          const played = await playFault(operation, fault, kind, `${stage.server.url}/1`);
          cells.push(...played);
          for (const line of played.flatMap(linesOf)) stage.report(`${kind}: ${line}`);
          if (index % 100 === 99) stage.report(`${index + 1} of ${plays.length}`);
        });
    });
    const tally = new Tally();
    const struck = cells.filter(({ hasStruck }) => hasStruck);
    tally.figure("operations", OPERATIONS.length, true).figure("faults", struck.length, struck.length > 0);
    for (const [kind, name] of FIGURES)
      tally.none(name, cells.filter(({ wrong }) => wrong.some((one) => one.kind === kind)).length);
    const longestMs = Math.max(...cells.map(({ lateMs }) => lateMs));
    tally.figure("latest answer after timeoutMs, ms", Math.max(0, Math.round(longestMs)), true);
    tally.none("uncaught errors", uncaught);
    return tally.outcome;
  },
};
