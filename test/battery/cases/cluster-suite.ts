/** Runs the whole functional suite on a Cluster. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { crossSlotsIn } from "../../harness/cluster-errors.js";
import { Tally, type BatteryCase } from "../support/battery-case.js";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** C4: runs `npm run test:cluster` as a separate process. */
export const clusterSuite: BatteryCase = {
  id: "C4",
  title: "The whole functional suite on a Cluster of 3 masters and 3 replicas",
  passesAt: "all tests pass; 0 CROSSSLOT errors",
  inTests: false,
  async run() {
    const suite = spawn("npm", ["run", "test:cluster"], { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    suite.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    await once(suite, "close");
    const [, passed = 0, failed = Infinity] = (/(\d+) passed, (\d+) failed/.exec(output) ?? []).map(Number);
    const crossSlots = crossSlotsIn(output);
    return new Tally()
      .figure("passed", passed, passed > 0)
      .none("failed", failed)
      .figure("CROSSSLOT", crossSlots ?? "not reported", crossSlots === 0).outcome;
  },
};
