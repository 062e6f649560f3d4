/** The pages of rules for some. */
import type { Request, Response } from "express";
import { changerOf } from "../authorize.js";
import { CurfewError } from "../errors.js";
import type { Rule, RuleSettings, RuleTarget, SettingsProblem } from "../policy/index.js";
import { adminNavigation } from "./admin-navigation.js";
import { html, isolated, type Html } from "./html.js";
import type { SavedRule } from "../state/rules/change-rules.js";
import { type Answer, type PagesContext, type PagesCurfew } from "./mount.js";
import { notify } from "./notices.js";
import { option } from "./option.js";
import { addressOf, field, parameter, redirect, versionOf } from "./page.js";
import { readRuleForm, ruleForm } from "./rule-form.js";
import { partsOf, ruleTexts, TARGET_KINDS, targetText, type TargetKind } from "./rule-words.js";
import { cell, table, tableRow } from "./table.js";
import { problemSummary } from "./settings-form.js";
import { coercionText } from "./settings-words.js";

const PATH = "settings/rule";

/** Returns the address of the page of one rule. */
export function ruleAddress(request: Request, target: RuleTarget): string {
  const [kind, name] = partsOf(target);
  return addressOf(request, PATH, { kind, name });
}

/** Returns the rules of tenants and roles, each with a link to its page. */
export function rulesSection(request: Request, rules: readonly Rule[]): Html {
  const rows = rules.map((rule) => {
    const limits = ruleTexts(rule.settings).map((text) => html`<div>${text}</div>`);
    const name = isolated(partsOf(rule.for)[1]);
    const link = html`<a
      class="button"
      href="${ruleAddress(request, rule.for)}"
      aria-label="Change the rule for ${name}"
      >Change</a
    >`;
    return tableRow(targetText(rule.for), html`${cell("Limits", limits)} ${cell("", link)}`);
  });
  return html`<h2>Rules for some</h2>
    <p class="hint">
      A rule limits the sessions of a tenant, a role or a user. The strictest value applies, also to open
      sessions.
    </p>
    ${rules.length > 0 && table("Rules of tenants and roles", ["For", "Limits", "Change"], rows)}
    ${targetForm(request)}`;
}

/** Returns the form that leads to the rule of a tenant, a role or a user, also to a new rule. */
function targetForm(request: Request): Html {
  return html`<form method="get" action="${addressOf(request, PATH)}" class="row">
    <label for="kind">Rule for</label>
    <select id="kind" name="kind">
      ${Object.entries(TARGET_KINDS).map(([kind, name]) => option(kind, name))}
    </select>
    <label for="name">Name or id</label>
    <input id="name" name="name" autocapitalize="none" spellcheck="false" />
    <button>Show</button>
  </form>`;
}

interface Shown {
  /** Values that the person entered. @default the saved rule */
  readonly values?: RuleSettings;
  readonly problems?: readonly SettingsProblem[];
  /** Reason why the rule was not saved. */
  readonly message?: string;
  readonly status?: number;
}

/** Shows the page of one rule, or of a new rule. */
export function showRule(context: PagesContext): Answer {
  return (request, response) => showForm(context, request, response, targetIn(request, parameter), {});
}

function targetIn(request: Request, read: typeof field): RuleTarget | null {
  const [kind, name] = [read(request, "kind"), read(request, "name")];
  const isTarget = Object.hasOwn(TARGET_KINDS, kind) && name !== "";
  return isTarget ? ({ [kind as TargetKind]: name } as unknown as RuleTarget) : null;
}

async function showForm(
  { curfew, show }: PagesContext,
  request: Request,
  response: Response,
  target: RuleTarget | null,
  { values, problems = [], message, status = 200 }: Shown,
): Promise<void> {
  const saved = target && (await savedRule(curfew, target));
  if (!saved) {
    const body = html`${adminNavigation(request, "settings")}
      <p>Name a tenant, a role or a user, in at most 100 characters.</p>
      ${targetForm(request)}`;
    await show(request, response, { title: "Rule not found", status: 404, body });
    return;
  }
  const form = {
    action: addressOf(request, PATH),
    target: saved.for,
    values: values ?? saved.settings ?? {},
    version: saved.version,
    problems,
    isSaved: saved.settings !== null,
    sent: (name: string) => field(request, name),
  };
  const body = html`${adminNavigation(request, "settings")}
    ${message !== undefined && html`<p class="note" role="alert" tabindex="-1" autofocus>${message}</p>`}
    ${problems.length > 0 && problemSummary(problems)}
    <p class="hint">
      An empty field sets no limit. The strictest value of all rules and of the settings applies.
    </p>
    ${ruleForm(form)}
    <p><a href="${addressOf(request, "settings")}">Settings</a></p>`;
  const [kind, name] = partsOf(saved.for);
  await show(request, response, {
    title: `Rule for ${TARGET_KINDS[kind].toLowerCase()} ${isolated(name)}`,
    status,
    body,
  });
}

/** Returns a rule; `null` if no session can have this tenant, role or user. */
async function savedRule({ settings }: PagesCurfew, target: RuleTarget): Promise<SavedRule | null> {
  try {
    return await settings.rules.get(target);
  } catch (error) {
    if (error instanceof CurfewError && error.code === "invalid_argument") return null;
    throw error;
  }
}

/** Saves or removes a rule. */
export function submitRule(context: PagesContext): Answer {
  return async (request, response) => {
    const target = targetIn(request, field);
    const values = readRuleForm(request);
    if (!target || !(await savedRule(context.curfew, target))) {
      await showForm(context, request, response, null, {});
      return;
    }
    try {
      await save(context, request, target, values);
    } catch (error) {
      await showForm(context, request, response, target, { values, ...refusalIn(error) });
      return;
    }
    if ("userId" in target) redirect(request, response, "sessions", { user: target.userId });
    else redirect(request, response, "settings");
  };
}

async function save(
  { curfew }: PagesContext,
  request: Request,
  target: RuleTarget,
  values: RuleSettings,
): Promise<void> {
  const { rules } = curfew.settings;
  const options = { ...changerOf(request), ifVersion: versionOf(request) };
  const [, name] = partsOf(target);
  if (field(request, "action") === "remove") {
    await rules.remove(target, options);
    notify(request, `Removed the rule for ${name}. Open sessions keep their end.`);
    return;
  }
  const { coercions } = await rules.set(target, values, options);
  const texts = coercions.map((coercion) => coercionText(coercion, values));
  notify(request, `Saved the rule for ${name}. Applies from the next request on.`, ...texts);
}

/** Returns what the form shows of a refused change. All other errors are thrown. */
function refusalIn(error: unknown): Shown {
  if (!(error instanceof CurfewError)) throw error;
  if (error.code === "settings_conflict")
    return { status: 412, message: "The settings were changed meanwhile; review and save again." };
  if (error.code !== "invalid_settings") throw error;
  const { fields } = error.details;
  return { status: 422, problems: fields, ...(fields.length === 0 ? { message: error.shortMessage } : {}) };
}
