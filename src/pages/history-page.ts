/** The history of the settings, and the way back to an earlier version. */
import type { Request } from "express";
import { applyPatch, checkPatch, type Settings } from "../policy/index.js";
import { isSavedSettings, type SettingsChange } from "../state/settings/settings-history.js";
import { adminNavigation } from "./admin-navigation.js";
import { endTargetText } from "./end-many-page.js";
import { hiddenFields } from "./confirm.js";
import { html, outside, type HtmlContent, type Html } from "./html.js";
import type { Answer, PagesContext } from "./mount.js";
import { addressOf, field, versionOf } from "./page.js";
import { ruleTexts, targetText } from "./rule-words.js";
import { cell, table, tableRow } from "./table.js";
import { allValues, changeTexts } from "./settings-words.js";
import { actorText, decide, showSettings } from "./settings-pages.js";
import type { WriteTime } from "./words.js";

/** Shows the latest changes. */
export function showHistory({ curfew, show, timesOf }: PagesContext): Answer {
  return async (request, response) => {
    const [history, { version }] = await Promise.all([curfew.settings.history(), curfew.settings.get()]);
    const body = html`${adminNavigation(request, "history")}
    ${
      history.length === 0
        ? html`<p>The settings have never been changed.</p>`
        : historyTable(request, history, version, timesOf(request))
    }`;
    await show(request, response, { title: "History of the settings", body });
  };
}

const COLUMNS = ["Version", "When", "Who", "From", "Changes", "Saved", "Go back"];

function historyTable(
  request: Request,
  history: readonly SettingsChange[],
  version: number,
  time: WriteTime,
): Html {
  const rows = history.map((change, index) => {
    const before = history.slice(index + 1).find(({ applied }) => applied);
    const cells = html`${cell("When", time(change.at))} ${cell("Who", actorText(change))}
    ${cell("From", change.from === null ? "Not recorded" : outside(change.from))}
    ${cell("Changes", listOf(textsOf(change, before)))}
    ${cell("Saved", change.applied ? "Saved" : "Not saved")} ${cell("", goBack(request, change, version))}`;
    return tableRow(change.version, cells);
  });
  return table("Latest changes, newest first", COLUMNS, rows);
}

/** Returns a changed rule, or the changed general settings. */
function textsOf(
  { rule, ended, settings }: SettingsChange,
  before: SettingsChange | undefined,
): HtmlContent[] {
  if (ended) return [html`Signed out: ${endTargetText(ended)}`];
  if (!rule) return before ? changeTexts(before.settings, settings) : allValues(settings);
  const limits = rule.settings === null ? "removed" : ruleTexts(rule.settings).join(", ");
  return [html`Rule for ${targetText(rule.for)}: ${limits}`];
}

function listOf(texts: readonly HtmlContent[]): HtmlContent {
  if (texts.length === 0) return "nothing";
  return texts.map((text) => html`<div>${text}</div>`);
}

function goBack(request: Request, change: SettingsChange, version: number): HtmlContent {
  if (!isSavedSettings(change)) return null;
  return change.version === version ? "In force" : rollbackForm(request, change, version);
}

function rollbackForm(request: Request, { version: to }: SettingsChange, version: number): Html {
  return html`<form method="post" action="${addressOf(request, "history/rollback")}">
    ${hiddenFields({ to: String(to), version: String(version) })}
    <button name="action" value="review" aria-label="Review going back to version ${to}">Review</button>
  </form>`;
}

/** False for settings that the API of another vendor has saved without the coupling of inactivity logout (rule Q22). */
const isCoupled = (settings: Settings): boolean =>
  checkPatch({ ...settings }).ok && applyPatch(settings, settings).coercions.length === 0;

/** Reviews or saves the settings of an earlier version: an ordinary change of all values. */
export function rollBack(context: PagesContext): Answer {
  return async (request, response) => {
    const to = field(request, "to");
    const history = await context.curfew.settings.history();
    const found = history.find((change) => isSavedSettings(change) && String(change.version) === to);
    if (!found) {
      const body = html`${adminNavigation(request, "history")}
        <p>The history has no saved settings with this version.</p>`;
      await context.show(request, response, { title: "Version not found", status: 404, body });
      return;
    }
    if (field(request, "action") === "edit") {
      await showSettings(context, found.settings)(request, response);
      return;
    }
    await decide(context, request, response, {
      values: found.settings,
      patch: found.settings,
      coupled: isCoupled(found.settings),
      version: versionOf(request),
      action: "history/rollback",
      fields: { to },
    });
  };
}
