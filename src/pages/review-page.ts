/** The review of a change of the settings. Its effect is counted in the background. */
import type { Request, Response } from "express";
import { requireContext } from "../http/request/context.js";
import { WARNING_MS, type Settings, type SettingsPatch } from "../policy/index.js";
import { cancelJob, readJob, startJob, type Job } from "../state/job.js";
import { inspect } from "../state/sessions/list-sessions.js";
import { verdictsOf } from "../state/sessions/verdicts.js";
import {
  emptyPreview,
  previewSettings,
  proposeChange,
  type ProposedChange,
  type SettingsPreview,
} from "../state/sessions/preview-settings.js";
import { conflict } from "../state/settings/settings-store.js";
import { adminNavigation } from "./admin-navigation.js";
import { hiddenFields } from "./confirm.js";
import { html, type HtmlContent } from "./html.js";
import { progressText, refreshAddress, waitBriefly } from "./long-work.js";
import type { Answer, PagesContext } from "./mount.js";
import { addressOf, field, parameter, redirect } from "./page.js";
import { changeTexts, clampTexts, coercionText, outcomeText, previewText } from "./settings-words.js";

/** A change that a person has asked for. */
export interface WantedChange {
  /** All values as the person entered them. */
  readonly values: Settings;
  /** The part that is saved. */
  readonly patch: SettingsPatch;
  /** False if the change is saved as it is (rule Q22). No observation takes these values. @default true */
  readonly coupled?: boolean;
  /** Version of the settings that the person saw. */
  readonly version: number;
  /** Path of the form that sends the change again. */
  readonly action: string;
  /** Fields with which that form sends the change. */
  readonly fields: Readonly<Record<string, string>>;
}

interface Review {
  readonly change: WantedChange;
  readonly proposed: ProposedChange;
}

const KIND = "preview";
const PATH = "settings/review";

/** @throws CurfewError `settings_conflict` if the settings have changed since the person saw them */
export async function requireSeenVersion(
  { curfew }: PagesContext,
  { version }: Pick<WantedChange, "version">,
): Promise<void> {
  const current = await curfew.settings.get();
  if (current.version !== version) throw conflict(current);
}

/** Begins to count the effect of a change, and shows the review. @throws CurfewError `invalid_settings` */
export async function startReview(
  context: PagesContext,
  request: Request,
  response: Response,
  change: WantedChange,
): Promise<void> {
  const { storage } = requireContext(request);
  const proposed = await proposeChange(storage, change.patch, change.coupled);
  const { id, ended } = await startJob<Review, SettingsPreview>(
    storage,
    { kind: KIND, facts: { change, proposed }, progress: emptyPreview(proposed) },
    previewSettings(storage, proposed),
  );
  await waitBriefly(ended);
  await show(context, request, response, id);
}

/** Shows a review again. */
export function showReview(context: PagesContext): Answer {
  return (request, response) => show(context, request, response, parameter(request, "job"));
}

/** Stops the count that a form names. */
export async function cancelCount(request: Request): Promise<void> {
  await cancelJob(requireContext(request).storage, field(request, "job"));
}

/** Leaves the review without saving. */
export async function cancelReview(request: Request, response: Response): Promise<void> {
  await cancelCount(request);
  redirect(request, response, "settings");
}

async function show(context: PagesContext, request: Request, response: Response, id: string): Promise<void> {
  const job = await readJob<Review, SettingsPreview>(requireContext(request).storage, id, KIND);
  if (job === null) {
    const body = html`${adminNavigation(request, "settings")}
      <p>This review was canceled, or it is too old. Nothing was saved.</p>`;
    await context.show(request, response, { title: "Review not found", status: 404, body });
    return;
  }
  const body = html`${adminNavigation(request, "settings")} ${await reviewBody(request, id, job)}`;
  const refresh = refreshAddress(request, PATH, id, job);
  await context.show(request, response, { title: "Review changes", body, refresh });
}

async function reviewBody(
  request: Request,
  id: string,
  { state, facts: { change, proposed }, progress: preview }: Job<Review, SettingsPreview>,
): Promise<HtmlContent> {
  const { settings, coercions } = proposed;
  const effective = requireContext(request).storage.settings.effectiveOf(settings);
  const changes = changeTexts(proposed.before, settings);
  const endsOwn = await endsOwnSession(request, settings);
  return html`
    ${
      changes.length === 0
        ? html`<p>Nothing changes.</p>`
        : html`<ul>
            ${changes.map((text) => html`<li>${text}</li>`)}
          </ul>`
    }
    ${coercions.map((coercion) => html`<p class="note">${coercionText(coercion, change.patch)}</p>`)}
    ${progressText(request, PATH, id, { state, share: preview.share })}
    <p class="note">
      ${previewText(preview)} ${outcomeText(effective)} ${clampTexts(settings, effective).join(" ")}
    </p>
    ${endsOwn && html`<p class="note"><strong>This change ends your own session within two minutes.</strong></p>`}
    <form method="post" action="${addressOf(request, change.action)}" class="row">
      ${hiddenFields({ ...change.fields, version: String(change.version), job: id })}
      <button class="primary" name="action" value="save">Save</button>
      ${changes.length > 0 && change.coupled !== false && html`<button name="action" value="observe">Observe for 7 days</button>`}
      <button name="action" value="edit">Edit</button>
      <button name="action" value="cancel">Cancel</button>
    </form>
  `;
}

/** True if the reader's session would end within the time of a warning, and does not do so already. */
async function endsOwnSession(request: Request, settings: Settings): Promise<boolean> {
  const { live, storage } = requireContext(request);
  if (live === null) return false;
  const found = await inspect(storage, live.ref);
  if (!found) return false;
  const [judged] = await verdictsOf(storage, [found], storage.settings.current.inForce.with(settings));
  if (judged?.state !== "active") return true;
  return judged.endsAt - found.now <= WARNING_MS && judged.endsAt < live.verdict.endsAt;
}
