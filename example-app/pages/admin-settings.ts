import express, { type Request, type Response, type Router } from "express";
import { CurfewError, type SettingsChange, type SettingsPatch, type VersionedSettings } from "express-curfew";
import { DEFAULT_SETTINGS, type SettingsProblem } from "express-curfew/policy";
import { active, field, notify, type Context } from "../context.js";
import { html, type Content, type SafeHtml } from "../html.js";
import { moment } from "../words.js";
import { changesOf, readForm, settingsForm, type EditedSettings } from "./settings-form.js";
import { changeText, coercionText, NAMES, previewText, RANGES } from "./settings-words.js";

const PATH = "/settings";
const ADDRESS = "/admin/settings";
const SHOWN_CHANGES = 10;

/** Serves the administrators' pages about the session settings. A change applies from each user's next request. */
export function adminSettingsPages(context: Context): Router {
  const { curfew } = context;
  const router = express.Router();
  router.get(PATH, (request, response) => showSettings(context, request, response));
  router.post(PATH, (request, response) => submit(context, request, response));
  router.post(`${PATH}/purge-locations`, async (request, response) => {
    const count = await curfew.sessions.purgeLocations();
    notify(request, `Deleted the addresses and places of ${count} sessions.`);
    response.redirect(303, ADDRESS);
  });
  return router;
}

async function submit(context: Context, request: Request, response: Response): Promise<void> {
  const { settings: api } = context.curfew;
  const values = readForm(request);
  const current = await api.get();
  try {
    if (Number(field(request, "version")) !== current.version) throw staleForm(current.version);
    const patch = changesOf(values, current.settings);
    if (field(request, "action") === "preview") {
      const preview = await api.preview(patch);
      const coercions = preview.coercions.map((coercion) => coercionText(coercion, patch));
      const messages = ["Not saved yet.", previewText(preview), ...coercions];
      await showSettings(context, request, response, { values, messages });
      return;
    }
    await save(context, request, patch, current);
    response.redirect(303, ADDRESS);
  } catch (error) {
    await showProblem(context, request, response, values, error);
  }
}

async function save(
  { curfew }: Context,
  request: Request,
  patch: SettingsPatch,
  { version: ifVersion }: VersionedSettings,
): Promise<void> {
  if (Object.keys(patch).length === 0) {
    notify(request, "Nothing was changed.");
    return;
  }
  const actor = active(request).session.userId;
  const { coercions } = await curfew.settings.update(patch, { actor, ifVersion });
  notify(
    request,
    "Saved. Applies from everyone's next request on; no restart.",
    ...coercions.map((coercion) => coercionText(coercion, patch)),
  );
}

function staleForm(version: number): CurfewError {
  return new CurfewError(
    "settings_conflict",
    "Another administrator changed the settings after the form opened.",
    {
      version,
    },
  );
}

async function showProblem(
  context: Context,
  request: Request,
  response: Response,
  values: EditedSettings,
  error: unknown,
): Promise<void> {
  if (!(error instanceof CurfewError)) throw error;
  if (error.code === "settings_conflict") {
    const [latest] = await context.curfew.settings.history();
    const conflict = html`Changed by ${latest?.actor ?? "somebody"} at ${latest && moment(latest.at)}; review
    and save again.`;
    await showSettings(context, request, response, { values, conflict, status: 412 });
  } else if (error.code === "invalid_settings") {
    const { fields: problems } = error.details;
    await showSettings(context, request, response, { values, problems, status: 422 });
  } else {
    throw error;
  }
}

interface Shown {
  /** Values that the administrator entered. */
  readonly values?: EditedSettings;
  readonly messages?: readonly string[];
  readonly problems?: readonly SettingsProblem[];
  readonly conflict?: SafeHtml;
  readonly status?: number;
}

async function showSettings(
  context: Context,
  request: Request,
  response: Response,
  shown: Shown = {},
): Promise<void> {
  const { settings: api } = context.curfew;
  const [{ settings: current, version }, history] = await Promise.all([api.get(), api.history()]);
  const { values = current, messages = [], problems = [], conflict, status = 200 } = shown;
  const body = html`
    ${messages.map((message) => html`<p class="notice" role="status">${message}</p>`)}
    ${conflict && html`<p class="problem" role="alert">${conflict}</p>`}
    ${problems.length > 0 && summary(problems)} ${settingsForm({ values, current, version, problems })}
    ${!current.trackLocation && purgeForm()} ${historyTable(history)}
  `;
  context.show(request, response, { title: "Session settings", status, body });
}

function summary(problems: readonly SettingsProblem[]): SafeHtml {
  return html`<div class="problem" role="alert">
    <p>Not saved:</p>
    <ul>
      ${problems.map(({ field: name, problem }) => html`<li><a href="#${name}">${NAMES[name]}</a> ${RANGES[name] ?? problem}</li>`)}
    </ul>
  </div>`;
}

function purgeForm(): SafeHtml {
  return html`<form method="post" action="${ADDRESS}/purge-locations">
    <p>Places that were noted while session location was on stay until their sessions end.</p>
    <button>Delete stored places</button>
  </form>`;
}

function historyTable(history: readonly SettingsChange[]): Content {
  if (history.length === 0) return html`<p class="hint">These settings have never been changed.</p>`;
  const rows = history.slice(0, SHOWN_CHANGES).map(
    ({ version, at, actor, settings }, index) =>
      html`<tr>
        <td>${version}</td>
        <td>${moment(at)}</td>
        <td>${actor ?? "unknown"}</td>
        <td>${changeText(settings, history[index + 1]?.settings ?? DEFAULT_SETTINGS)}</td>
      </tr>`,
  );
  return html`<div class="scrolling" role="region" tabindex="0" aria-label="Latest changes">
    <table>
      <caption>
        Latest changes
      </caption>
      <thead>
        <tr>
          ${["Version", "When", "Who", "Changed"].map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}
