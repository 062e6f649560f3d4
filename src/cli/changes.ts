/** Changes of the settings in words. */
import { SETTING_NAMES, type EndTarget, type RuleChange, type Settings } from "../policy/index.js";
import { timeText, type Cell } from "./output.js";

/** Returns a value of a setting. */
export const cellOf = (value: Cell): Cell => value ?? "none";

/** Returns `sessionMinutes=30 inactivityLogout=true`. */
function valuesText(values: object): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${String(cellOf(value as Cell))}`)
    .join(" ");
}

/** Returns the values of the general settings that two versions have in different ways. */
export function differenceText(before: Settings | undefined, after: Settings): string {
  const names = SETTING_NAMES.filter((name) => after[name] !== before?.[name]);
  return valuesText(Object.fromEntries(names.map((name) => [name, after[name]])));
}

/** Returns a changed rule, or the sessions that were ended together; `null` for the general settings. */
export function groupText({
  rule,
  ended,
}: {
  readonly rule: RuleChange | null;
  readonly ended: EndTarget | null;
}): string | null {
  if (rule)
    return `rule of ${valuesText(rule.for)}: ${rule.settings ? valuesText(rule.settings) : "removed"}`;
  return ended && `signed out: ${targetText(ended)}`;
}

function targetText(target: EndTarget): string {
  if ("all" in target) return "all sessions";
  if ("signedInBefore" in target) return `signed in before ${timeText(target.signedInBefore)}`;
  return valuesText(target);
}
