/** `settings observe`. */
import type { SettingsApi } from "../../api/settings-api.js";
import { MAX_OBSERVED_DAYS } from "../../state/values/observed.js";
import { SETTING_NAMES, type SettingsPatch } from "../../policy/index.js";
import type { ObservedSettings } from "../../state/observe/observe-settings.js";
import { UsageError, type Arguments } from "../arguments.js";
import { cellOf } from "../changes.js";
import { EXIT, table, timeText, visible, type Result } from "../output.js";

/** Begins an observation, ends it with `--stop`, or shows the latest. @param patch - the settings of the command line */
export async function runObserve(api: SettingsApi, patch: SettingsPatch, given: Arguments): Promise<Result> {
  const actor = given.text("actor");
  const days = given.whole("days", 1, MAX_OBSERVED_DAYS);
  const begins = given.words.length > 0;
  if (begins && given.stops) throw new UsageError("--stop takes no settings");
  if (!begins && (actor !== undefined || days !== undefined))
    throw new UsageError("--actor and --days need a setting, such as sessionMinutes=30");
  if (begins) {
    const options = { ...(actor === undefined ? {} : { actor }), ...(days === undefined ? {} : { days }) };
    return resultOf(api, await api.observe(patch, options));
  }
  if (!given.stops) return resultOf(api, await api.observed());
  const stopped = await resultOf(api, await api.stopObserving());
  return stopped.json === null ? { ...stopped, code: EXIT.no } : stopped;
}

async function resultOf(api: SettingsApi, observed: ObservedSettings | null): Promise<Result> {
  if (observed === null) return { json: null, lines: ["No settings have been observed."] };
  const { settings: current } = await api.get();
  const { settings: proposed, isRunning, since, until, actor, ends, sessions, complete } = observed;
  const rows = SETTING_NAMES.filter((name) => proposed[name] !== current[name]).map((name) => [
    name,
    cellOf(current[name]),
    cellOf(proposed[name]),
  ]);
  return {
    json: observed,
    lines: [
      `${isRunning ? "Observing" : "Observed"} from ${timeText(since)} to ${timeText(until)}${actor === null ? "" : `, by ${visible(actor)}`}. No session ${isRunning ? "ends" : "ended"} by it.`,
      ...(rows.length > 0
        ? table(["SETTING", "SAVED", "OBSERVED"], rows)
        : ["The observed settings are saved."]),
      `Sessions that would have ended: ${complete ? "" : "more than "}${String(sessions)}`,
      ...(ends.length > 0
        ? table(
            ["DAY", "REASON", "SESSIONS"],
            ends.map((each) => [each.day, each.reason, each.sessions]),
          )
        : []),
    ],
  };
}
