/** The pages of the settings: form, review of a change, saving, and deleting stored places. */
import type { Request, Response } from "express";
import { actorOf } from "../authorize.js";
import { CurfewError } from "../errors.js";
import { requireContext } from "../http/request/context.js";
import {
  verdict,
  WARNING_MS,
  type EffectiveSettings,
  type Settings,
  type SettingsPatch,
  type SettingsProblem,
} from "../policy/index.js";
import { inspect } from "../state/list/list-sessions.js";
import type { SettingsChange } from "../state/settings/settings-history.js";
import { adminNavigation } from "./admin-navigation.js";
import { confirmPage, hiddenFields } from "./confirm.js";
import { html, outside, type Content } from "./html.js";
import type { Answer, PagesContext } from "./mount.js";
import { notify, takeNotices } from "./notices.js";
import { addressOf, field, redirect } from "./page.js";
import { changesOf, fieldsOf, problemSummary, readSettingsForm, settingsForm } from "./settings-form.js";
import { changeTexts, clampTexts, coercionText, outcomeText, previewText } from "./settings-words.js";
import { count } from "./words.js";

/** A change that a person has asked for. */
export interface WantedChange {
  /** All values as the person entered them. */
  readonly values: Settings;
  /** The part that is saved. */
  readonly patch: SettingsPatch;
  /** Version of the settings that the person saw. */
  readonly version: number;
  /** Path of the form that sends the change again. */
  readonly action: string;
  /** Fields with which that form sends the change. */
  readonly fields: Readonly<Record<string, string>>;
}

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

/** Returns the version that a form names; a form without a version conflicts with all. */
export function versionOf(request: Request): number {
  const text = field(request, "version");
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.MAX_SAFE_INTEGER;
}

/** Reviews a change or saves it, and shows a refused change in the form. */
export async function decide(
  context: PagesContext,
  request: Request,
  response: Response,
  change: WantedChange,
): Promise<void> {
  try {
    if (field(request, "action") === "save") await save(context, request, response, change);
    else await review(context, request, response, change);
  } catch (error) {
    if (!(error instanceof CurfewError)) throw error;
    if (error.code === "settings_conflict")
      await showForm(context, request, response, { values: change.values, isConflict: true });
    else if (error.code === "invalid_settings")
      await showForm(context, request, response, { values: change.values, problems: error.details.fields });
    else throw error;
  }
}

async function save(
  { curfew }: PagesContext,
  request: Request,
  response: Response,
  { patch, version }: WantedChange,
): Promise<void> {
  const { coercions } = await curfew.settings.update(patch, {
    ifVersion: version,
    ...actorOf(request),
  });
  notify(
    request,
    "Saved. Applies from everyone's next request on; no restart.",
    ...coercions.map((coercion) => coercionText(coercion, patch)),
  );
  redirect(request, response, "settings");
}

async function review(
  { curfew, show }: PagesContext,
  request: Request,
  response: Response,
  change: WantedChange,
): Promise<void> {
  const { settings: current, version } = await curfew.settings.get();
  if (version !== change.version)
    throw new CurfewError("settings_conflict", "The settings have been changed meanwhile.", { version });
  const preview = await curfew.settings.preview(change.patch);
  const effective = requireContext(request).storage.settings.effectiveOf(preview.settings);
  const changes = changeTexts(current, preview.settings);
  const notes = preview.coercions.map((coercion) => coercionText(coercion, change.patch));
  const endsOwn = await endsOwnSession(request, effective);
  const body = html`
    ${adminNavigation(request, "settings")}
    ${
      changes.length === 0
        ? html`<p>Nothing changes.</p>`
        : html`<ul>
            ${changes.map((text) => html`<li>${text}</li>`)}
          </ul>`
    }
    ${notes.map((text) => html`<p class="note">${text}</p>`)}
    <p class="note">
      ${previewText(preview)} ${outcomeText(effective)} ${clampTexts(preview.settings, effective).join(" ")}
    </p>
    ${endsOwn && html`<p class="note"><strong>This change ends your own session within two minutes.</strong></p>`}
    <form method="post" action="${addressOf(request, change.action)}" class="row">
      ${hiddenFields({ ...change.fields, version: String(version) })}
      <button class="primary" name="action" value="save">Save</button>
      <button name="action" value="edit">Edit</button>
      <a class="button" href="${addressOf(request, "settings")}">Cancel</a>
    </form>
  `;
  await show(request, response, { title: "Review changes", body });
}

/** True if the reader's session would end within the time of a warning, and does not do so already. */
async function endsOwnSession(request: Request, settings: EffectiveSettings): Promise<boolean> {
  const { live, storage } = requireContext(request);
  if (live === null) return false;
  const found = await inspect(storage, live.ref, settings.maxSessionsPerUser);
  if (!found) return false;
  const { record, standing, now } = found;
  const judged = verdict(record, standing, settings, now);
  return (
    judged.state === "ended" || (judged.endsAt - now <= WARNING_MS && judged.endsAt < live.verdict.endsAt)
  );
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
  const [{ settings: current, version }, history] = await Promise.all([
    curfew.settings.get(),
    curfew.settings.history(),
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
    ${settingsForm({ action: addressOf(request, "settings"), values: values ?? current, version, problems })}
    ${!current.trackLocation && purgeLink(request)}
    <p class="hint">${lastChange ? html`Last changed ${lastChange}.` : "Never changed."}</p>
  `;
  const status = isConflict ? 412 : problems.length > 0 ? 422 : 200;
  await show(request, response, { title: "Session settings", status, body });
}

/** Returns the person who made a change. */
export function actorText({ actor }: SettingsChange): Content {
  return actor === null ? "an unknown person" : outside(actor);
}

const purgeLink = (request: Request): Content =>
  html`<p>
    Places that were stored while Session Location was on stay until their sessions end.
    <a class="button" href="${addressOf(request, "settings/purge-locations")}">Delete stored places</a>
  </p>`;

/** Asks before stored places are deleted. */
export function askToPurge({ show }: PagesContext): Answer {
  return async (request, response) => {
    const question = confirmPage(request, {
      title: "Delete stored places?",
      details: html`${adminNavigation(request, "settings")}
        <p>Deletes IP address and place of all open sessions. The sessions stay open.</p>`,
      action: "settings/purge-locations",
      fields: {},
      button: "Delete",
      cancel: addressOf(request, "settings"),
    });
    await show(request, response, question);
  };
}

/** Deletes stored places. */
export function purgeLocations({ curfew }: PagesContext): Answer {
  return async (request, response) => {
    const deleted = await curfew.sessions.purgeLocations();
    notify(request, `Deleted the addresses and places of ${count(deleted, "session")}.`);
    redirect(request, response, "settings");
  };
}
