/** Case C9: the suite on every available Redis and Valkey. */
import { REDIS_CELLS } from "../../matrix/cells.js";
import { runCell } from "../../matrix/run-cell.js";
import { Tally, type BatteryCase } from "../support/battery-case.js";

/** C9. */
export const redisVersions: BatteryCase = {
  id: "C9",
  title: "All Redis tests on each Redis and Valkey version in Debian",
  passesAt: "all tests pass; the versions are listed",
  inTests: false,
  async run(stage) {
    const tally = new Tally();
    let tried = 0;
    for (const cell of REDIS_CELLS) {
      stage.report(cell.id);
      const { ran, reason, passed, failed } = await runCell(cell, stage.report);
      // A version that is not available proves nothing. The page lists it, and the case needs other versions.
      if (reason !== null) {
        tally.figure(cell.id, `not available: ${reason}`, true);
        continue;
      }
      tried += 1;
      tally.figure(ran ?? cell.id, `${passed} passed, ${failed} failed`, failed === 0 && passed > 0);
    }
    return tally.figure("versions tried", tried, tried >= 2).outcome;
  },
};
