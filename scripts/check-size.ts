/** Fails if the packed tarball or the browser's script is larger than its budget. Part of `npm run check:package`. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packInto } from "../test/harness/pack.js";
import { bundleClient, CLIENT_BUDGET, sizeLine } from "./client-bundle.js";

/** Raise the budget only for a feature that is worth the download. */
const BUDGET_KB = 490;

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
console.log(sizeLine(bundle));
if (bundle.gzippedBytes > CLIENT_BUDGET) process.exitCode = 1;
