/** `doctor`. */
import { unknownName } from "../../check-options.js";
import { UsageError, type Arguments } from "../arguments.js";
import { diagnose, diagnosisLines, failuresOf } from "../doctor/doctor.js";
import { STANDARDS } from "../doctor/standards.js";
import type { Opened } from "../open.js";
import { EXIT, type Result } from "../output.js";

/** Runs the command. The exit code is 1 after a failed check, or if the settings do not meet a required standard. */
export async function runDoctor(opened: Opened, given: Arguments): Promise<Result> {
  const ids = STANDARDS.map(({ id }) => id);
  for (const id of given.required)
    if (!ids.includes(id)) throw new UsageError(`--require ${id} ${unknownName(id, ids, "standard")}`);
  const diagnosis = await diagnose(opened, given.text("redis-user"));
  const missed = diagnosis.settings.standards.filter(({ id, met }) => !met && given.required.includes(id));
  const isWell = failuresOf(diagnosis).length === 0 && missed.length === 0;
  return {
    json: { ok: isWell, ...diagnosis },
    lines: diagnosisLines(diagnosis),
    code: isWell ? EXIT.done : EXIT.no,
  };
}
