/** `settings get|set|preview|observe|history|rollback`. */
import { createSettingsApi, type CurrentSettings, type SettingsApi } from "../../api/settings-api.js";
import { unknownName } from "../../check-options.js";
import { SETTING_NAMES, type Settings, type SettingsPatch } from "../../policy/index.js";
import type { SettingsPreview } from "../../state/sessions/preview-settings.js";
import { isSavedSettings } from "../../state/settings/settings-history.js";
import { UsageError, wholeNumber, type Arguments } from "../arguments.js";
import { cellOf, differenceText, groupText } from "../changes.js";
import type { Opened } from "../open.js";
import { EXIT, table, timeText, type Result, type Surroundings } from "../output.js";
import { runObserve } from "./observe.js";

/** Runs one of the commands for settings. */
export async function runSettings(
  { storage }: Opened,
  given: Arguments,
  surroundings: Surroundings,
): Promise<Result> {
  const api = createSettingsApi(storage);
  if (given.command === "settings set") return update(api, patchIn(given.words), given, surroundings);
  if (given.command === "settings preview") return preview(api, given, surroundings);
  if (given.command === "settings observe") return runObserve(api, patchIn(given.words), given);
  if (given.command === "settings history") return history(api);
  if (given.command === "settings rollback") return rollBack(api, given, surroundings);
  return shown(await api.get());
}

function optionsOf(given: Arguments, { place }: Surroundings) {
  const actor = given.text("actor");
  const ifVersion = given.whole("if-version", 0, Number.MAX_SAFE_INTEGER);
  return {
    from: place,
    ...(actor === undefined ? {} : { actor }),
    ...(ifVersion === undefined ? {} : { ifVersion }),
  };
}

/**
 * Reads `sessionMinutes=30 inactivityLogout=true maxSessionsPerUser=none`.
 *
 * @throws UsageError for an unknown name, or a name that is given twice
 */
function patchIn(words: readonly string[]): SettingsPatch {
  const seen = new Set<string>();
  return Object.fromEntries(
    words.map((word) => {
      const [, name = "", text = ""] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
      if (!SETTING_NAMES.includes(name as keyof Settings))
        throw new UsageError(
          name === ""
            ? `"${word}" is not a setting with a value; write sessionMinutes=30`
            : `${name} ${unknownName(name, SETTING_NAMES, "setting")}`,
        );
      if (seen.has(name)) throw new UsageError(`${name} is given twice`);
      seen.add(name);
      return [name, valueOf(text)];
    }),
  );
}

/** The check of the settings reports a value of a wrong type, with the name and the range. */
function valueOf(text: string): string | number | boolean | null {
  if (text === "true" || text === "false") return text === "true";
  if (text === "none") return null;
  return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text;
}

function shown(current: CurrentSettings): Result {
  const { settings, effective, version } = current;
  const rows = SETTING_NAMES.map((name) => [
    name,
    cellOf(settings[name]),
    cellOf(effective[name]),
    causeOf(name, current),
  ]);
  const lines = [`Version ${String(version)}`, ...table(["SETTING", "SAVED", "APPLIES", "BECAUSE OF"], rows)];
  return { json: current, lines };
}

/** Returns the reason why another value applies than the saved one; "" if the saved value applies. */
function causeOf(name: keyof Settings, { settings, effective, clamps }: CurrentSettings): string {
  if (name === "maxSessionsPerUser" && effective[name] !== settings[name]) return "the sum of the classes";
  return clamps.find(({ field }) => field === name)?.by ?? "";
}

async function update(
  api: SettingsApi,
  patch: SettingsPatch,
  given: Arguments,
  surroundings: Surroundings,
  coupled = true,
): Promise<Result> {
  const { version: before } = await api.get();
  const saved = await api.update(patch, { ...optionsOf(given, surroundings), coupled });
  const { settings, version, coercions } = saved;
  return {
    json: saved,
    lines: [
      version === before
        ? `Nothing to save: version ${String(version)} has these values.`
        : `Saved as version ${String(version)}. Applies from everyone's next request.`,
      ...coercions.map(
        ({ field, saved: value }) => `${field} is ${String(value)}, because of inactivityLogout.`,
      ),
      ...table(
        ["SETTING", "SAVED"],
        SETTING_NAMES.map((name) => [name, cellOf(settings[name])]),
      ),
    ],
  };
}

async function preview(
  api: SettingsApi,
  { words }: Arguments,
  { progress, signal }: Surroundings,
): Promise<Result> {
  const counted = await api.preview(patchIn(words), {
    signal,
    onProgress: ({ countedSessions, share }) => {
      progress?.(`${String(countedSessions)} sessions counted, ${String(Math.floor(share * 100))} %`);
    },
  });
  return { json: counted, lines: previewLines(counted), code: counted.complete ? EXIT.done : EXIT.no };
}

function previewLines(counted: SettingsPreview): string[] {
  const { countedSessions, endedSessions, shortenedSessions, endedByReason, complete, share } = counted;
  const about = counted.affectedUsersEstimated ? "about " : "";
  return [
    ...table(
      ["EFFECT", "SESSIONS"],
      [
        ["counted", countedSessions],
        ["would end", endedSessions],
        ...Object.entries(endedByReason).map(([reason, number]) => [`  ${reason}`, number]),
        ["would end earlier", shortenedSessions],
      ],
    ),
    `Users who would be signed out: ${about}${String(counted.affectedUsers)}`,
    ...(complete ? [] : [`Stopped after ${String(Math.floor(share * 100))} % of the sessions.`]),
  ];
}

async function history(api: SettingsApi): Promise<Result> {
  const changes = await api.history();
  const rows = changes.map((change, index) => {
    const { version, at, actor, from, applied } = change;
    const before = changes.slice(index + 1).find((each) => each.applied)?.settings;
    const text = groupText(change) ?? differenceText(before, change.settings);
    return [version, timeText(at), actor, from, applied, text];
  });
  return { json: changes, lines: table(["VERSION", "WHEN", "WHO", "FROM", "SAVED", "CHANGES"], rows) };
}

async function rollBack(api: SettingsApi, given: Arguments, surroundings: Surroundings): Promise<Result> {
  const wanted = wholeNumber("the version", given.words[0], 0, Number.MAX_SAFE_INTEGER);
  const found = (await api.history()).find((change) => isSavedSettings(change) && change.version === wanted);
  if (!found) {
    const message = `The history has no saved settings with version ${String(wanted)}.`;
    return { json: { error: message }, lines: [message], code: EXIT.no };
  }
  // The API of another vendor may have saved the version without the coupling of inactivity logout (rule Q22).
  return update(api, found.settings, given, surroundings, false);
}
