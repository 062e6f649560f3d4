/** Slots move to other masters while people use them. */
import { startCluster } from "../../harness/redis-cluster.js";
import { errorsOf } from "../../harness/cluster-errors.js";
import { openSlotMover, type SlotMover } from "../../harness/slot-migration.js";
import { tell } from "../../harness/http.js";
import { Tally, type BatteryCase } from "../support/battery-case.js";
import { gatherCrowd } from "../support/crowd.js";

const PEOPLE = 10;
const PER_SECOND = 200;
const LONGEST_MS = 1_000;
const SECONDS = 40;

const KINDS = ["session", "data", "user", "settings"] as const;
type Kind = (typeof KINDS)[number];

/** Returns one key of each kind. The people are signed in, because a session has data only while it lives. */
async function keysOfMany(mover: SlotMover): Promise<Record<Kind, string>> {
  const oneOf = (keys: readonly string[]): string => keys[Math.floor(Math.random() * keys.length)] ?? "";
  const data = oneOf(await mover.keys("sess:*"));
  return {
    data,
    session: data.replace("sess:", "curfew:s:"),
    user: oneOf(await mover.keys("curfew:u:*")),
    settings: "curfew:settings",
  };
}

/** Moves slots, one of each kind at a time, until `isOver`. @returns the number of moved keys */
async function moveSlots(mover: SlotMover, isOver: () => boolean): Promise<number> {
  let moved = 0;
  while (!isOver()) {
    const keys = await keysOfMany(mover);
    const slots = await Promise.all(KINDS.map((kind) => mover.slotOf(keys[kind])));
    moved += await mover.move([...new Set(slots)]);
  }
  return moved;
}

/** C5: slots of sessions, users and settings move under load. */
export const slotMigration: BatteryCase = {
  id: "C5",
  title: "Slots of sessions and users move under 200 requests a second",
  passesAt: "0 responses 500; 0 wrong responses; at most 1 % 503; all within 1 s",
  inTests: false,
  async run(stage) {
    const cluster = await startCluster();
    try {
      const app = await stage.startApp({ clusterNodes: cluster.nodes, timeoutMs: 1_000 });
      await tell(app.port(0), "/control/settings", { maxSessionsPerUser: 1 });
      const mover = await openSlotMover(cluster);
      const crowd = await gatherCrowd(app, PEOPLE, PER_SECOND);
      const endsAt = performance.now() + stage.count(SECONDS) * 1_000;
      const moved = await moveSlots(mover, () => performance.now() > endsAt).finally(async () => {
        await crowd.stop();
        mover.close();
        await app.stop();
      });
      const { answers } = crowd;
      const { ASK = 0, MOVED = 0 } = await errorsOf(cluster);
      for (const line of answers.wrong.slice(0, 5)) stage.report(line);
      const share = (100 * answers.unavailable) / answers.requests;
      return new Tally()
        .figure("requests", answers.requests, answers.requests > 0)
        .figure("keys moved meanwhile", moved, moved > 0)
        .figure("redirections", `${String(ASK)} ASK, ${String(MOVED)} MOVED`, ASK > 0 && MOVED > 0)
        .figure(
          "sign-ins, sign-outs, evictions",
          `${String(answers.signIns)}, ${String(answers.signOuts)}, ${String(answers.evictions)}`,
          answers.signOuts > 0 && answers.evictions > 0,
        )
        .none("500", answers.errors)
        .none("wrong answers", answers.wrong.length)
        .none("guarded pages after the end", answers.leaks)
        .figure("503", `${String(answers.unavailable)} (${share.toFixed(2)} %)`, share <= 1)
        .figure("slowest answer", `${answers.slowestMs.toFixed(0)} ms`, answers.slowestMs <= LONGEST_MS)
        .outcome;
    } finally {
      await cluster.stop();
    }
  },
};
