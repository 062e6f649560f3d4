/** The pages of the settings: form, review of a change, saving, and deleting stored places. */
import type { Request, Response } from "express";
import { changerOf } from "../authorize.js";
import { CurfewError } from "../errors.js";
import { requireContext } from "../http/request/context.js";
import type { Settings, SettingsProblem } from "../policy/index.js";
import type { SettingsChange } from "../state/settings/settings-history.js";
import { adminNavigation } from "./admin-navigation.js";
import { html, outside, type HtmlContent } from "./html.js";
import type { Answer, PagesContext } from "./mount.js";
import { notify, takeNotices } from "./notices.js";
import { addressOf, field, redirect, versionOf } from "./page.js";
import { observationSection, observe } from "./observation-section.js";
import { rulesSection } from "./rule-pages.js";
import {
  cancelCount,
  cancelReview,
  requireSeenVersion,
  startReview,
  type WantedChange,
} from "./review-page.js";
import { changesOf, fieldsOf, problemSummary, readSettingsForm, settingsForm } from "./settings-form.js";
import { clampTexts, coercionText, outcomeText } from "./settings-words.js";

/** Shows the form, with the settings or with other values. */
export function showSettings(context: PagesContext, values?: Settings): Answer {
  return (request, response) => showForm(context, request, response, values ? { values } : {});
}

/** Takes the form. Only `action=save` saves. */
export function submitSettings(context: PagesContext): Answer {
  return async (request, response) => {
    const values = readSettingsForm(request);
    if (field(request, "action") === "edit") {
      await showForm(context, request, response, { values });
      return;
    }
    const { settings: current } = await context.curfew.settings.get();
    await decide(context, request, response, {
      values,
      patch: changesOf(values, current),
      version: versionOf(request),
      action: "settings",
      fields: fieldsOf(values),
    });
  };
}

/** Reviews, observes or saves a change, and shows a refused change in the form. */
export async function decide(
  context: PagesContext,
  request: Request,
  response: Response,
  change: WantedChange,
): Promise<void> {
  try {
    const action = field(request, "action");
    if (action === "save") await save(context, request, response, change);
    else if (action === "cancel") await cancelReview(request, response);
    else await reviewOrObserve(context, request, response, change);
  } catch (error) {
    if (!(error instanceof CurfewError)) throw error;
    if (error.code === "settings_conflict")
      await showForm(context, request, response, { values: change.values, isConflict: true });
    else if (error.code === "invalid_settings")
      await showForm(context, request, response, { values: change.values, problems: error.details.fields });
    else throw error;
  }
}

/** Reviews a change, or observes it. A change of nothing, or without coupling, is reviewed only. */
async function reviewOrObserve(
  context: PagesContext,
  request: Request,
  response: Response,
  change: WantedChange,
): Promise<void> {
  await requireSeenVersion(context, change);
  const canObserve = change.coupled !== false && Object.keys(change.patch).length > 0;
  if (field(request, "action") !== "observe" || !canObserve) {
    await startReview(context, request, response, change);
    return;
  }
  await observe(context, request, change.patch);
  await cancelReview(request, response);
}

async function save(
  { curfew }: PagesContext,
  request: Request,
  response: Response,
  { patch, version, coupled = true }: WantedChange,
): Promise<void> {
  const { coercions } = await curfew.settings.update(patch, {
    ifVersion: version,
    coupled,
    ...changerOf(request),
  });
  await cancelCount(request);
  notify(
    request,
    "Saved. Applies from everyone's next request on; no restart.",
    ...coercions.map((coercion) => coercionText(coercion, patch)),
  );
  redirect(request, response, "settings");
}

interface Shown {
  /** Values that the person entered. @default the settings */
  readonly values?: Settings;
  readonly problems?: readonly SettingsProblem[];
  readonly isConflict?: boolean;
}

async function showForm(
  { curfew, show, timesOf }: PagesContext,
  request: Request,
  response: Response,
  { values, problems = [], isConflict = false }: Shown,
): Promise<void> {
  const [{ settings: current, version }, history, { rules }, observed] = await Promise.all([
    curfew.settings.get(),
    curfew.settings.history(),
    curfew.settings.rules.list(),
    curfew.settings.observed(),
  ]);
  const effective = requireContext(request).storage.settings.effectiveOf(current);
  const latest = history.find(({ applied }) => applied);
  const lastChange = latest && html`by ${actorText(latest)} ${timesOf(request)(latest.at)}`;
  const body = html`
    ${takeNotices(request)} ${adminNavigation(request, "settings")}
    ${
      isConflict &&
      html`<p class="note" role="alert" tabindex="-1" autofocus>
        Changed ${lastChange}; review and save again.
      </p>`
    }
    ${problems.length > 0 && problemSummary(problems)}
    <p class="note">In force: ${outcomeText(effective)} ${clampTexts(current, effective).join(" ")}</p>
    ${settingsForm({
      action: addressOf(request, "settings"),
      values: values ?? current,
      version,
      problems,
      sent: (name) => field(request, name),
    })}
    ${!current.trackLocation && purgeLink(request)}
    <p class="hint">${lastChange ? html`Last changed ${lastChange}.` : "Never changed."}</p>
    ${observationSection(request, observed, current, timesOf(request))} ${rulesSection(request, rules)}
  `;
  const status = isConflict ? 412 : problems.length > 0 ? 422 : 200;
  await show(request, response, { title: "Session settings", status, body });
}

/** Returns the person who made a change. */
export function actorText({ actor }: SettingsChange): HtmlContent {
  return actor === null ? "an unknown person" : outside(actor);
}

const purgeLink = (request: Request): HtmlContent =>
  html`<p>
    Places that were stored while Session Location was on stay until their sessions end.
    <a class="button" href="${addressOf(request, "settings/purge-locations")}">Delete stored places</a>
  </p>`;
