/** The pages that delete stored places, in the background. */
import type { Request, Response } from "express";
import { requireContext } from "../http/request/context.js";
import { cancelJob, readJob, startJob } from "../state/job.js";
import { NOTHING_PURGED, purgeLocations, type PurgeProgress } from "../state/sessions/purge-locations.js";
import { adminNavigation } from "./admin-navigation.js";
import { confirmPage, hiddenFields } from "./confirm.js";
import { html } from "./html.js";
import { progressText, refreshAddress, waitBriefly } from "./long-work.js";
import type { Answer, PagesContext } from "./mount.js";
import { addressOf, field, parameter, redirect } from "./page.js";
import { count } from "./words.js";

const KIND = "purge";
const PATH = "settings/purge-locations";

/** Asks before stored places are deleted, or shows the progress. */
export function askToPurge(context: PagesContext): Answer {
  return async (request, response) => {
    const id = parameter(request, "job");
    if (id !== "") {
      await showProgress(context, request, response, id);
      return;
    }
    const question = confirmPage(request, {
      title: "Delete stored places?",
      details: html`${adminNavigation(request, "settings")}
        <p>Deletes IP address and place of all open sessions. The sessions stay open.</p>`,
      action: PATH,
      fields: {},
      button: "Delete",
      cancel: addressOf(request, "settings"),
    });
    await context.show(request, response, question);
  };
}

/** Begins to delete stored places, or stops. */
export function purge(): Answer {
  return async (request, response) => {
    const { storage } = requireContext(request);
    if (field(request, "action") === "cancel") {
      await cancelJob(storage, field(request, "job"));
      redirect(request, response, "settings");
      return;
    }
    const job = { kind: KIND, facts: null, progress: NOTHING_PURGED };
    const { id, ended } = await startJob<null, PurgeProgress>(storage, job, purgeLocations(storage));
    await waitBriefly(ended);
    redirect(request, response, PATH, { job: id });
  };
}

async function showProgress(
  context: PagesContext,
  request: Request,
  response: Response,
  id: string,
): Promise<void> {
  const job = await readJob<null, PurgeProgress>(requireContext(request).storage, id, KIND);
  if (job === null) {
    redirect(request, response, "settings");
    return;
  }
  const { state, progress } = job;
  const read = count(progress.sessions, "session");
  const body = html`${adminNavigation(request, "settings")}
    ${progressText(request, PATH, id, { state, share: progress.share })}
    <p role="status">
      ${state === "running" ? `Read ${read} so far.` : `Read ${read}.`} These have no IP address and no place
      any more.
    </p>
    ${
      state === "running"
        ? html`<form method="post" action="${addressOf(request, PATH)}">
            ${hiddenFields({ job: id })}
            <button name="action" value="cancel">Stop</button>
          </form>`
        : html`<p><a href="${addressOf(request, "settings")}">Settings</a></p>`
    }`;
  const refresh = refreshAddress(request, PATH, id, job);
  await context.show(request, response, { title: "Delete stored places", body, refresh });
}
