/** Rules for some in words. */
import type { RuleSettings, RuleTarget, Settings, ValueSource } from "../policy/index.js";
import { html, outside, type HtmlContent } from "./html.js";
import { FIELDS, NAMES, valueText } from "./settings-words.js";

/** Kinds of targets, as forms send them, and their names. */
export const TARGET_KINDS = { tenant: "Tenant", role: "Role", userId: "User" } as const;

/** A kind of targets. */
export type TargetKind = keyof typeof TARGET_KINDS;

/** Returns the kind and the name of a target. */
export function partsOf(target: RuleTarget): readonly [kind: TargetKind, name: string] {
  if ("tenant" in target) return ["tenant", target.tenant];
  return "role" in target ? ["role", target.role] : ["userId", target.userId];
}

/** Returns a target for a page. */
export function targetText(target: RuleTarget): HtmlContent {
  const [kind, name] = partsOf(target);
  return html`${TARGET_KINDS[kind]} ${outside(name)}`;
}

/** Returns the limits of a rule. */
export function ruleTexts(settings: RuleSettings): string[] {
  return FIELDS.filter((name) => Object.hasOwn(settings, name)).map(
    (name) => `${NAMES[name]}: ${valueText(name, settings as Settings)}`,
  );
}

/** Returns the source of a value in force. */
export function sourceText(source: ValueSource): HtmlContent {
  switch (source.from) {
    case "general":
      return "Settings of all sessions";
    case "rule":
      return html`Rule for ${targetText(source.for)}`;
    case "limits.absoluteMinutes":
    case "limits.idleMinutes":
      return "Limit of the app";
  }
}
