/** The section of the settings page about settings that are observed before they are saved. */
import type { Request } from "express";
import { actorOf } from "../authorize.js";
import type { Settings, SettingsPatch } from "../policy/index.js";
import type { ObservedEnds, ObservedSettings } from "../state/observe/observe-settings.js";
import { html, outside, type HtmlContent } from "./html.js";
import type { Answer, PagesContext } from "./mount.js";
import { notify } from "./notices.js";
import { addressOf, redirect } from "./page.js";
import { cell, table, tableRow } from "./table.js";
import { changeTexts } from "./settings-words.js";
import { count, END_TEXTS, type WriteTime } from "./words.js";

const PATH = "settings/stop-observing";

/** Returns the section; nothing if no settings were observed. */
export function observationSection(
  request: Request,
  observed: ObservedSettings | null,
  current: Settings,
  write: WriteTime,
): HtmlContent {
  if (!observed) return null;
  const { isRunning, since, until, actor, ends, sessions, complete, settings } = observed;
  const changes = changeTexts(current, settings);
  return html`<h2>${isRunning ? "Observed settings" : "Settings that were observed"}</h2>
    <ul>
      ${changes.length === 0 ? html`<li>The present settings</li>` : changes.map((text) => html`<li>${text}</li>`)}
    </ul>
    <p>
      ${isRunning ? "They have no effect." : "They had no effect."} From ${write(since)} to
      ${write(until)}${actor !== null && html`, by ${outside(actor)}`}.
      ${complete ? "" : "More than "}${count(sessions, "session")} would have ended when
      ${sessions === 1 ? "its user" : "their users"} came back.
    </p>
    ${ends.length > 0 && endsTable(ends)}
    ${
      isRunning &&
      html`<form method="post" action="${addressOf(request, PATH)}"><button>Stop observing</button></form>`
    }`;
}

function endsTable(ends: readonly ObservedEnds[]): HtmlContent {
  const rows = ends.map(({ day, reason, sessions }) =>
    tableRow(
      day,
      html`${cell("Reason", END_TEXTS[reason])} ${cell("Sessions", sessions.toLocaleString("en"))}`,
    ),
  );
  return table("Sessions that would have ended, by day (UTC)", ["Day", "Reason", "Sessions"], rows);
}

/** Ends the observation. */
export function stopObserving({ curfew }: PagesContext): Answer {
  return async (request, response) => {
    await curfew.settings.stopObserving();
    notify(request, "Observation stopped.");
    redirect(request, response, "settings");
  };
}

/** Begins to observe a change, in place of saving it. */
export async function observe(
  { curfew }: PagesContext,
  request: Request,
  patch: SettingsPatch,
): Promise<void> {
  const { until } = await curfew.settings.observe(patch, actorOf(request));
  notify(request, `Observing until ${new Date(until).toISOString().slice(0, 10)}. No session ends by it.`);
}
