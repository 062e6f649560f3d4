import type { Request } from "express";
import type { Settings, SettingsPatch } from "express-curfew";
import type { SettingsProblem } from "express-curfew/policy";
import { field } from "../context.js";
import { html, type Content, type SafeHtml } from "../html.js";
import { minutes } from "../words.js";
import { NAMES, outcomeText, RANGES } from "./settings-words.js";

/** Settings that the form edits. The inactivity limit always stays 15 minutes. */
export type EditedSettings = Omit<Settings, "idleMinutes">;

const MINUTES_PER_UNIT: Readonly<Record<string, number>> = { minutes: 1, hours: 60, days: 1_440 };

/** Reads the form. Text that is not a number becomes a number that every check refuses. */
export function readForm(request: Request): EditedSettings {
  const isOn = (name: keyof Settings): boolean => field(request, name) === "on";
  const numberIn = (name: string): number =>
    field(request, name).trim() === "" ? NaN : Number(field(request, name));
  return {
    inactivityLogout: isOn("inactivityLogout"),
    allowPersistentSessions: isOn("allowPersistentSessions"),
    sessionMinutes: numberIn("sessionMinutes") * (MINUTES_PER_UNIT[field(request, "unit")] ?? NaN),
    maxSessionsPerUser: field(request, "concurrent") === "limited" ? numberIn("maxSessionsPerUser") : null,
    whenLimitReached: field(request, "whenLimitReached") === "refuse_newest" ? "refuse_newest" : "end_oldest",
    trackLocation: isOn("trackLocation"),
  };
}

/**
 * Returns the settings that the administrator changed in the form. An unchanged duration is left out.
 * Otherwise it would replace the usual day that turning inactivity logout on sets.
 */
export function changesOf(form: EditedSettings, current: Settings): SettingsPatch {
  const names = Object.keys(form) as (keyof EditedSettings)[];
  return Object.fromEntries(
    names.filter((name) => form[name] !== current[name]).map((name) => [name, form[name]]),
  );
}

/** Contents of the form. */
export interface SettingsForm {
  readonly values: EditedSettings;
  readonly current: Settings;
  readonly version: number;
  readonly problems: readonly SettingsProblem[];
}

/** Returns the form, in the order and with the names of Looker's Sessions page. */
export function settingsForm({ values, current, version, problems }: SettingsForm): SafeHtml {
  const { inactivityLogout, allowPersistentSessions, trackLocation, maxSessionsPerUser } = values;
  const messageOf = (name: keyof Settings): string | undefined =>
    problems.some((problem) => problem.field === name) ? RANGES[name] : undefined;
  return html`<form method="post" action="/admin/settings" class="settings" novalidate>
    <input type="hidden" name="version" value="${version}" />
    ${checkbox("inactivityLogout", inactivityLogout, {
      label: `Sign people out after ${minutes(current.idleMinutes)} without a click, touch or key press`,
      hint: "Turns persistent sessions off and sets the session duration to 1 day; a duration of 15 minutes to 1 day may be saved then.",
    })}
    ${checkbox("allowPersistentSessions", allowPersistentSessions, {
      label: 'Offer "Stay logged in" for 30 days on the login page',
      hint: current.inactivityLogout ? "Off while inactivity logout is on." : null,
    })}
    ${durationFields(values.sessionMinutes, messageOf("sessionMinutes"))}
    ${concurrencyFields(values, maxSessionsPerUser, messageOf("maxSessionsPerUser"))}
    ${checkbox("trackLocation", trackLocation, {
      label: "Note IP address and place at sign-in",
      hint: "City-level, estimated from the IP address, can be wrong.",
    })}
    <p class="outcome">In force: ${outcomeText(current)}</p>
    <p>
      <button class="primary" name="action" value="save">Save</button>
      <button name="action" value="preview">Preview</button>
    </p>
  </form>`;
}

function checkbox(
  name: keyof Settings,
  checked: boolean,
  { label, hint }: { readonly label: string; readonly hint: string | null },
): SafeHtml {
  return html`<fieldset>
    <legend>${NAMES[name]}</legend>
    <label class="choice">
      <input
        type="checkbox"
        id="${name}"
        name="${name}"
        ${checked && CHECKED}
        ${hint !== null && html`aria-describedby="${name}-hint"`}
      />
      ${label}
    </label>
    ${hint !== null && html`<p class="hint" id="${name}-hint">${hint}</p>`}
  </fieldset>`;
}

function durationFields(sessionMinutes: number, problem: string | undefined): SafeHtml {
  const unit = largestUnit(sessionMinutes);
  const amount = sessionMinutes / (MINUTES_PER_UNIT[unit] ?? 1);
  return html`<fieldset>
    <legend>${NAMES.sessionMinutes}</legend>
    <div class="inline">
      ${numberInput("sessionMinutes", amount, problem, "Length")}
      <select name="unit" aria-label="Unit">
        ${Object.keys(MINUTES_PER_UNIT).map((name) => option(name, name, name === unit))}
      </select>
    </div>
    ${problemText("sessionMinutes", problem)}
    <p class="hint">
      5 minutes to 30 days. Raising it does not lengthen sessions that are open; lowering it shortens them at
      once.
    </p>
  </fieldset>`;
}

function largestUnit(sessionMinutes: number): string {
  if (sessionMinutes > 0 && sessionMinutes % 1_440 === 0) return "days";
  return sessionMinutes > 0 && sessionMinutes % 60 === 0 ? "hours" : "minutes";
}

function concurrencyFields(
  { whenLimitReached }: EditedSettings,
  limit: number | null,
  problem: string | undefined,
): SafeHtml {
  return html`<fieldset>
    <legend>Concurrent sessions</legend>
    <label class="choice">
      <input type="radio" name="concurrent" value="unlimited" ${limit === null && CHECKED} />
      Any number of browsers
    </label>
    <div class="inline">
      <label class="choice">
        <input type="radio" name="concurrent" value="limited" ${limit !== null && CHECKED} />
        At most
      </label>
      ${numberInput("maxSessionsPerUser", limit ?? 1, problem, "Sessions per user")} browsers a user; at the
      limit
      <select id="whenLimitReached" name="whenLimitReached" aria-label="At the limit">
        ${option("end_oldest", "end the oldest session", whenLimitReached === "end_oldest")}
        ${option("refuse_newest", "refuse the new sign-in", whenLimitReached === "refuse_newest")}
      </select>
    </div>
    ${problemText("maxSessionsPerUser", problem)}
  </fieldset>`;
}

const CHECKED = html`checked`;

function option(value: string, label: string, selected: boolean): SafeHtml {
  return html`<option value="${value}" ${selected && html`selected`}>${label}</option>`;
}

function numberInput(
  name: keyof Settings,
  value: number,
  problem: string | undefined,
  label: string,
): SafeHtml {
  const wrong = html`aria-invalid="true" aria-describedby="${name}-problem"`;
  return html`<input
    id="${name}"
    name="${name}"
    inputmode="numeric"
    size="6"
    aria-label="${label}"
    value="${Number.isFinite(value) ? value : ""}"
    ${problem !== undefined && wrong}
  />`;
}

function problemText(name: keyof Settings, problem: string | undefined): Content {
  return (
    problem !== undefined && html`<p class="problem" id="${name}-problem">${NAMES[name]} ${problem}.</p>`
  );
}
