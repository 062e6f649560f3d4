/** The form of the settings: its fields, and the settings that a person sends with it. */
import type { Request } from "express";
import {
  CLASS_LIMIT_NAMES,
  type ClassLimits,
  type Settings,
  type SettingsPatch,
  type SettingsProblem,
} from "../policy/index.js";
import { html, type HtmlContent, type Html } from "./html.js";
import { option } from "./option.js";
import { field } from "./page.js";
import {
  CLASSES_HINT,
  FIELDS,
  IDLE_RANGE,
  INACTIVITY_SESSION_RANGE,
  NAMES,
  PROBLEMS,
  SESSION_RANGE,
} from "./settings-words.js";

/** Minutes of each unit of time that the form offers. */
export const MINUTES_PER_UNIT: Readonly<Record<string, number>> = { minutes: 1, hours: 60, days: 1_440 };

/** Reads the form. Text that is not a number becomes a number that every check refuses. */
export function readSettingsForm(request: Request): Settings {
  const isOn = (name: keyof Settings): boolean => field(request, name) === "on";
  const number = (name: string): number => {
    const text = field(request, name).trim();
    return /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : NaN;
  };
  const time = (name: string): number => {
    const minutes = number(name) * (MINUTES_PER_UNIT[field(request, `${name}Unit`)] ?? NaN);
    // The product 4.1 * 60 is 245.99999999999997.
    return Number(minutes.toFixed(6));
  };
  return {
    inactivityLogout: isOn("inactivityLogout"),
    idleMinutes: time("idleMinutes"),
    allowPersistentSessions: isOn("allowPersistentSessions"),
    sessionMinutes: time("sessionMinutes"),
    maxSessionsPerUser: field(request, "concurrent") === "limited" ? number("maxSessionsPerUser") : null,
    ...classLimitsFrom((name) => (field(request, name).trim() === "" ? null : number(name))),
    whenLimitReached: field(request, "whenLimitReached") === "refuse_newest" ? "refuse_newest" : "end_oldest",
    trackLocation: isOn("trackLocation"),
  };
}

function classLimitsFrom<Value>(
  valueOf: (name: keyof ClassLimits) => Value,
): Record<keyof ClassLimits, Value> {
  return Object.fromEntries(CLASS_LIMIT_NAMES.map((name) => [name, valueOf(name)])) as Record<
    keyof ClassLimits,
    Value
  >;
}

/** Returns the fields with which a form sends these settings again. */
export function fieldsOf(settings: Settings): Record<string, string> {
  const on = (name: "inactivityLogout" | "allowPersistentSessions" | "trackLocation") =>
    settings[name] ? { [name]: "on" } : {};
  return {
    ...on("inactivityLogout"),
    ...on("allowPersistentSessions"),
    ...on("trackLocation"),
    idleMinutes: String(settings.idleMinutes),
    idleMinutesUnit: "minutes",
    sessionMinutes: String(settings.sessionMinutes),
    sessionMinutesUnit: "minutes",
    concurrent: settings.maxSessionsPerUser === null ? "unlimited" : "limited",
    maxSessionsPerUser: String(settings.maxSessionsPerUser ?? 1),
    ...classLimitsFrom((name) => String(settings[name] ?? "")),
    whenLimitReached: settings.whenLimitReached,
  };
}

/**
 * Returns the settings that the form changes. An unchanged duration is left out. Otherwise it would replace the usual day
 * that turning inactivity logout on sets (rule I2).
 */
export function changesOf(form: Settings, current: Settings): SettingsPatch {
  return Object.fromEntries(
    FIELDS.filter((name) => form[name] !== current[name]).map((name) => [name, form[name]]),
  );
}

/** Contents of the form. */
export interface SettingsForm {
  readonly action: string;
  readonly values: Settings;
  readonly version: number;
  readonly problems: readonly SettingsProblem[];
  /** Returns the text that a person sent in a field, which the form shows again if it is not a number. */
  readonly sent: (name: string) => string;
}

/** Returns the form. */
export function settingsForm({ action, values, version, problems, sent }: SettingsForm): Html {
  const { inactivityLogout: inactivity, sessionMinutes, idleMinutes } = values;
  const entries: Entries = {
    sent,
    problemOf: (name) => (problems.some((problem) => problem.field === name) ? PROBLEMS[name] : undefined),
  };
  return html`<form method="post" action="${action}" novalidate>
    <input type="hidden" name="version" value="${version}" />
    <fieldset>
      <legend>${NAMES.inactivityLogout}</legend>
      ${checkbox("inactivityLogout", values, "Sign people out after a time without a click, touch or key press")}
      ${hint(
        "inactivityLogout",
        "Switches Persistent Sessions off, and sets the Session Duration to 1 day unless you choose another.",
      )}
      ${durationField("idleMinutes", idleMinutes, entries, `${IDLE_RANGE}. Without effect while Inactivity Logout is off.`)}
    </fieldset>
    <fieldset>
      <legend>${NAMES.allowPersistentSessions}</legend>
      ${checkbox("allowPersistentSessions", values, 'Offer "Stay signed in" for 30 days on the login page', inactivity)}
      ${hint(
        "allowPersistentSessions",
        inactivity
          ? "Off while Inactivity Logout is on."
          : "Switching it off makes open persistent sessions ordinary sessions.",
      )}
    </fieldset>
    <fieldset>
      <legend>${NAMES.sessionMinutes}</legend>
      ${durationField(
        "sessionMinutes",
        sessionMinutes,
        entries,
        inactivity
          ? `${INACTIVITY_SESSION_RANGE} while Inactivity Logout is on; other values are saved as 1 day.`
          : `${SESSION_RANGE}. A longer time applies to later sign-ins, a shorter time to open sessions too.`,
      )}
      ${inactivity && sessionMinutes < 1_200 && fixedEndNote()}
    </fieldset>
    ${concurrencyFields(values, entries)}
    <fieldset>
      <legend>${NAMES.trackLocation}</legend>
      ${checkbox("trackLocation", values, "Store IP address and place at sign-in")}
      ${hint("trackLocation", "City-level, estimated from the IP address at sign-in, can be wrong.")}
    </fieldset>
    <p><button class="primary" name="action" value="review">Review changes</button></p>
  </form>`;
}

/** The wrong entries of a form. */
interface Entries extends Pick<SettingsForm, "sent"> {
  readonly problemOf: (name: keyof Settings) => string | undefined;
}

/** People cannot extend this limit (WCAG 2.2.1); its exception begins at 20 hours. */
const fixedEndNote = (): Html =>
  html`<p class="hint">
    Below 20 hours: people can't extend this time, so the login page should state it (WCAG 2.2.6). They can
    sign in again in place.
  </p>`;

function checkbox(name: keyof Settings, values: Settings, label: string, isDisabled = false): Html {
  return html`<label class="choice">
    <input
      type="checkbox"
      id="${name}"
      name="${name}"
      value="on"
      aria-describedby="${name}-hint"
      ${values[name] === true && !isDisabled && CHECKED}
      ${isDisabled && html`disabled`}
    />
    ${label}
  </label>`;
}

const hint = (name: string, text: string): Html => html`<p class="hint" id="${name}-hint">${text}</p>`;

function durationField(name: keyof Settings, value: number, entries: Entries, range: string): HtmlContent {
  const unit = Number.isNaN(value) ? entries.sent(`${name}Unit`) : largestUnit(value);
  const problem = entries.problemOf(name);
  return html`<div class="row">
      <label for="${name}">${name === "idleMinutes" ? NAMES.idleMinutes : "Time after the sign-in"}</label>
      ${numberInput(name, value / (MINUTES_PER_UNIT[unit] ?? 1), entries)}
      <select name="${name}Unit" aria-label="Unit of ${NAMES[name]}">
        ${Object.keys(MINUTES_PER_UNIT).map((each) => option(each, each, each === unit))}
      </select>
    </div>
    ${problemText(name, problem)} ${hint(name, range)}`;
}

function largestUnit(value: number): string {
  if (value > 0 && value % 1_440 === 0) return "days";
  return value > 0 && value % 60 === 0 ? "hours" : "minutes";
}

function concurrencyFields(values: Settings, entries: Entries): Html {
  const { maxSessionsPerUser: limit, whenLimitReached } = values;
  return html`<fieldset>
    <legend>${NAMES.maxSessionsPerUser}</legend>
    <label class="choice">
      <input type="radio" name="concurrent" value="unlimited" ${limit === null && CHECKED} />
      Any number of browsers
    </label>
    <div class="row">
      <label class="choice">
        <input type="radio" name="concurrent" value="limited" ${limit !== null && CHECKED} />
        At most
      </label>
      ${numberInput("maxSessionsPerUser", limit ?? 1, entries, "Browsers of one user")}
    </div>
    ${problemText("maxSessionsPerUser", entries.problemOf("maxSessionsPerUser"))}
    ${hint("maxSessionsPerUser", "1 to 100 browsers of one user. Programs do not count.")}
    ${CLASS_LIMIT_NAMES.map((name) => classField(name, values[name], entries))}
    ${hint("classes", CLASSES_HINT)}
    <div class="row">
      <label for="whenLimitReached">${NAMES.whenLimitReached}</label>
      <select id="whenLimitReached" name="whenLimitReached">
        ${option("end_oldest", "end the oldest session", whenLimitReached === "end_oldest")}
        ${option("refuse_newest", "refuse the new sign-in", whenLimitReached === "refuse_newest")}
      </select>
    </div>
  </fieldset>`;
}

function classField(name: keyof ClassLimits, limit: number | null, entries: Entries): Html {
  return html`<div class="row">
      <label for="${name}">${NAMES[name]}</label>
      ${numberInput(name, limit, entries, undefined, "classes")}
    </div>
    ${problemText(name, entries.problemOf(name))}`;
}

const CHECKED = html`checked`;

function numberInput(
  name: keyof Settings,
  value: number | null,
  { problemOf, sent }: Entries,
  label?: string,
  hintName: string = name,
): Html {
  const problem = problemOf(name);
  const describedBy = problem === undefined ? `${hintName}-hint` : `${name}-problem ${hintName}-hint`;
  return html`<input
    id="${name}"
    name="${name}"
    inputmode="numeric"
    size="6"
    value="${Number.isNaN(value) ? sent(name) : value}"
    aria-describedby="${describedBy}"
    ${label !== undefined && html`aria-label="${label}"`}
    ${problem !== undefined && html`aria-invalid="true"`}
  />`;
}

function problemText(name: keyof Settings, problem: string | undefined): HtmlContent {
  return problem !== undefined && html`<p class="note" id="${name}-problem">${NAMES[name]} ${problem}.</p>`;
}

/** Returns the list of wrong fields, with links to them. */
export function problemSummary(problems: readonly SettingsProblem[]): Html {
  return html`<div class="note" role="alert" tabindex="-1" autofocus>
    <p>Not saved:</p>
    <ul>
      ${problems.map(({ field: name, problem }) => {
        const text = `${NAMES[name]} ${PROBLEMS[name] ?? problem}`;
        return html`<li><a href="#${name}">${text}</a></li>`;
      })}
    </ul>
  </div>`;
}
