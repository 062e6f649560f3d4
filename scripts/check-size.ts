/** Fails if the packed tarball or a file for the browser is larger than its budget. Part of `npm run check:package`. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packInto } from "../test/harness/pack.js";
import { bundleClient, fitsBudgets, sizeLines } from "./client-bundle.js";

/** Raise the budget only for a feature that is worth the download. */
const BUDGET_KB = 800;

const folder = mkdtempSync(join(tmpdir(), "curfew-size-"));
try {
  const kb = statSync(packInto(folder).file).size / 1000;
  const fits = kb <= BUDGET_KB;
  console.log(
    `Packed size: ${kb.toFixed(1)} kB, budget: ${BUDGET_KB} kB${fits ? "" : ". The package is too large."}`,
  );
  if (!fits) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const bundle = await bundleClient();
for (const line of sizeLines(bundle)) console.log(line);
if (!fitsBudgets(bundle)) process.exitCode = 1;
