/** The process of the load generator. */
import { keepBusy } from "./busy-load.js";
import { answerParent } from "./child.js";
import type { LoadResult, LoadSpec } from "./messages.js";
import { offerLoad } from "./offered-load.js";
import { signIn } from "./sign-ins.js";

function run(spec: LoadSpec): Promise<LoadResult> {
  return spec.offeredPerSecond === null ? keepBusy(spec) : offerLoad(spec, spec.offeredPerSecond);
}

answerParent({ run, signIn });
