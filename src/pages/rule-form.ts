/** The form of a rule for some. */
import type { Request } from "express";
import { CLASS_LIMIT_NAMES } from "../policy/index.js";
import type { RuleSettings, RuleTarget, SettingsProblem } from "../policy/index.js";
import { hiddenFields } from "./confirm.js";
import { html, type Html } from "./html.js";
import { field } from "./page.js";
import { partsOf } from "./rule-words.js";
import { IDLE_RANGE, NAMES, PROBLEMS, SESSION_RANGE } from "./settings-words.js";

const NUMBERS = ["idleMinutes", "sessionMinutes", "maxSessionsPerUser", ...CLASS_LIMIT_NAMES] as const;
const RULE_CLASSES_HINT =
  "If the rule limits only classes of devices, their sum is its limit of all browsers of one user.";
type NumberName = (typeof NUMBERS)[number];

/** Reads the limits of the form. Text that is not a number becomes a number that every check refuses. */
export function readRuleForm(request: Request): RuleSettings {
  const numbers = NUMBERS.map((name) => [name, field(request, name).trim()] as const)
    .filter(([, text]) => text !== "")
    .map(([name, text]) => [name, /^\d{1,9}$/.test(text) ? Number(text) : NaN]);
  return {
    ...(Object.fromEntries(numbers) as Partial<Record<NumberName, number>>),
    ...(field(request, "inactivityLogout") === "on" ? { inactivityLogout: true } : {}),
    ...(field(request, "forbidPersistent") === "on" ? { allowPersistentSessions: false } : {}),
    ...(field(request, "refuseNewest") === "on" ? { whenLimitReached: "refuse_newest" as const } : {}),
  };
}

/** Contents of the form. */
export interface RuleForm {
  readonly action: string;
  readonly target: RuleTarget;
  readonly values: RuleSettings;
  readonly version: number;
  readonly problems: readonly SettingsProblem[];
  /** True if there is a rule to remove. */
  readonly isSaved: boolean;
  /** Returns the text that a person sent in a field, which the form shows again if it is not a number. */
  readonly sent: (name: string) => string;
}

/** Returns the form. */
export function ruleForm({ action, target, values, version, problems, isSaved, sent }: RuleForm): Html {
  const number = (name: NumberName, label: string, hint: string): Html =>
    numberField(
      name,
      Number.isNaN(values[name]) ? sent(name) : values[name],
      label,
      hint,
      problems.find((problem) => problem.field === name),
    );
  const [kind, name] = partsOf(target);
  return html`<form method="post" action="${action}" novalidate>
    ${hiddenFields({ version: String(version), kind, name })}
    <fieldset>
      <legend>${NAMES.inactivityLogout}</legend>
      ${checkbox("inactivityLogout", values.inactivityLogout === true, "Sign people out after a time without a click, touch or key press")}
      ${number("idleMinutes", "Minutes without activity", `${IDLE_RANGE}. 15 minutes if it is empty and the box is ticked.`)}
    </fieldset>
    <fieldset>
      <legend>${NAMES.sessionMinutes}</legend>
      ${number("sessionMinutes", "Minutes after the sign-in", `${SESSION_RANGE}. Empty for no limit in this rule.`)}
    </fieldset>
    <fieldset>
      <legend>${NAMES.allowPersistentSessions}</legend>
      ${checkbox("forbidPersistent", values.allowPersistentSessions === false, 'Do not accept "Stay signed in"')}
    </fieldset>
    <fieldset>
      <legend>${NAMES.maxSessionsPerUser}</legend>
      ${number("maxSessionsPerUser", "Most browsers of one user", "1 to 100. Empty for no limit in this rule.")}
      ${CLASS_LIMIT_NAMES.map((each) => number(each, NAMES[each], "1 to 100. Empty for no limit of its own in this rule."))}
      <p class="hint">${RULE_CLASSES_HINT}</p>
      ${checkbox("refuseNewest", values.whenLimitReached === "refuse_newest", "At the limit, refuse the new sign-in")}
    </fieldset>
    <p class="row">
      <button class="primary" name="action" value="save">Save rule</button>
      ${isSaved && html`<button name="action" value="remove">Remove rule</button>`}
    </p>
  </form>`;
}

function checkbox(name: string, isChecked: boolean, label: string): Html {
  return html`<label class="choice">
    <input type="checkbox" name="${name}" value="on" ${isChecked && html`checked`} /> ${label}
  </label>`;
}

function numberField(
  name: NumberName,
  value: number | string | null | undefined,
  label: string,
  hint: string,
  problem: SettingsProblem | undefined,
): Html {
  return html`<div class="row">
      <label for="${name}">${label}</label>
      <input
        id="${name}"
        name="${name}"
        inputmode="numeric"
        size="6"
        value="${value}"
        aria-describedby="${problem && html`${name}-problem `}${name}-hint"
        ${problem && html`aria-invalid="true"`}
      />
    </div>
    ${problem && html`<p class="note" id="${name}-problem">${NAMES[name]} ${PROBLEMS[name] ?? problem.problem}.</p>`}
    <p class="hint" id="${name}-hint">${hint}</p>`;
}
