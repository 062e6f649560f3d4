/** The page that ends many sessions at once. It counts them first, outside of the request. */
import type { Request, Response } from "express";
import { changerOf } from "../authorize.js";
import { CurfewError } from "../errors.js";
import { requireContext } from "../http/request/context.js";
import type { EndTarget } from "../policy/index.js";
import { cancelJob, readJob, startJob, type Job } from "../state/job.js";
import { usersText } from "./settings-words.js";
import { NOTHING_COUNTED, previewEndWhere, type EndWherePreview } from "../state/rules/end-where.js";
import { adminNavigation } from "./admin-navigation.js";
import { hiddenFields } from "./confirm.js";
import { html, outside, type Html, type HtmlContent } from "./html.js";
import { progressText, refreshAddress, waitBriefly } from "./long-work.js";
import type { Answer, PagesContext } from "./mount.js";
import { notify } from "./notices.js";
import { option } from "./option.js";
import { addressOf, field, parameter, redirect } from "./page.js";
import { count } from "./words.js";

const KIND = "end-where";
const PATH = "sessions/end-many";

/** Kinds of targets as the form sends them, and their names. */
export const KINDS = {
  tenant: "Sessions of the tenant",
  role: "Sessions with the role",
  credentialsType: "Sessions that began with",
  signedInBefore: "Sessions that began before (UTC)",
  all: "All sessions",
} as const;

/** A time as browsers write it without a zone: `2026-11-29T14:00`, also with a space or seconds. */
const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)Z?$/;

/** Reads the target of a form. `null` if the form names none. */
function targetIn(request: Request): EndTarget | null {
  const kind = field(request, "kind");
  const value = field(request, "value");
  switch (kind) {
    case "all":
      return { all: true };
    case "tenant":
    case "role":
    case "credentialsType":
      return value === "" ? null : ({ [kind]: value } as unknown as EndTarget);
    case "signedInBefore": {
      const [, day = "", time = ""] = TIME.exec(value.trim()) ?? [];
      const at = Date.parse(`${day}T${time}Z`);
      return Number.isNaN(at) ? null : { signedInBefore: at };
    }
    default:
      return null;
  }
}

/** Returns a time as the form takes it: `2026-11-29 14:00:00`. */
const timeIn = (at: number): string => new Date(at).toISOString().slice(0, 19).replace("T", " ");

/** Returns the fields with which a form sends a target again. */
function fieldsOf(where: EndTarget): { readonly kind: string; readonly value: string } {
  const [[kind, value] = ["", ""]] = Object.entries(where) as [string, unknown][];
  const text = kind === "signedInBefore" ? timeIn(Number(value)) : String(value);
  return { kind, value: kind === "all" ? "" : text };
}

/** Returns a target in words. */
export function endTargetText(where: EndTarget): Html {
  const { kind, value } = fieldsOf(where);
  const name = KINDS[kind as keyof typeof KINDS];
  return kind === "all" ? html`${name}` : html`${name} ${outside(value)}`;
}

/** Shows the form, or the count of a target with the question. */
export function showEndMany(context: PagesContext): Answer {
  return async (request, response) => {
    const id = parameter(request, "job");
    if (id === "") await showForm(context, request, response, null);
    else await showCount(context, request, response, id);
  };
}

async function showForm(
  { show }: PagesContext,
  request: Request,
  response: Response,
  problem: string | null,
): Promise<void> {
  const body = html`${adminNavigation(request, "sessions")}
    ${problem !== null && html`<p class="note" role="alert" tabindex="-1" autofocus>${problem}</p>`}
    <p>Signs out many sessions in one step. The next page counts them and asks first.</p>
    <form method="post" action="${addressOf(request, PATH)}" class="row">
      <label for="kind">Sign out</label>
      <select id="kind" name="kind">
        ${Object.entries(KINDS).map(([kind, name]) => option(kind, name, kind === field(request, "kind")))}
      </select>
      <label for="value">Name or time</label>
      <input
        id="value"
        name="value"
        value="${field(request, "value")}"
        aria-describedby="value-hint"
        autocapitalize="none"
        spellcheck="false"
      />
      <button class="primary" name="action" value="count">Count sessions</button>
    </form>
    <p class="hint" id="value-hint">A time is written 2026-11-29 14:00. All sessions need no name.</p>`;
  await show(request, response, {
    title: "Sign out many sessions",
    status: problem === null ? 200 : 422,
    body,
  });
}

async function showCount(
  context: PagesContext,
  request: Request,
  response: Response,
  id: string,
): Promise<void> {
  const job = await readJob<EndTarget, EndWherePreview>(requireContext(request).storage, id, KIND);
  if (job === null) {
    redirect(request, response, PATH);
    return;
  }
  const { state, facts, progress } = job;
  const body = html`${adminNavigation(request, "sessions")}
    <p>${endTargetText(facts)}.</p>
    ${progressText(request, PATH, id, { state, share: progress.share })}
    <p role="status">${countText(job)}</p>
    <p class="note">Your own session may be among them. Sessions that are not listed end too.</p>
    <form method="post" action="${addressOf(request, PATH)}" class="row">
      ${hiddenFields({ ...fieldsOf(facts), job: id })}
      <button class="primary" name="action" value="end">Sign out these sessions</button>
      <button name="action" value="cancel">Cancel</button>
    </form>`;
  const refresh = refreshAddress(request, PATH, id, job);
  await context.show(request, response, { title: "Sign out many sessions?", body, refresh });
}

function countText({ state, progress }: Job<EndTarget, EndWherePreview>): HtmlContent {
  const { endedSessions, countedSessions } = progress;
  const found = `${count(endedSessions, "session")} of ${usersText(progress)}`;
  const counted = `counted ${count(countedSessions, "session")}`;
  return state === "done" ? `Ends ${found}; ${counted}.` : `So far: ${found}; ${counted}.`;
}

/** Counts the sessions of a target, ends them, or leaves the page. */
export function submitEndMany(context: PagesContext): Answer {
  return async (request, response) => {
    const { storage } = requireContext(request);
    const job = field(request, "job");
    if (job !== "") await cancelJob(storage, job);
    if (field(request, "action") === "cancel") {
      redirect(request, response, "sessions");
      return;
    }
    const where = targetIn(request);
    if (where === null) {
      await showForm(context, request, response, "Name the sessions: a tenant, a role, a proof or a time.");
      return;
    }
    try {
      if (field(request, "action") === "end") await end(context, request, response, where);
      else await startCount(request, response, where);
    } catch (error) {
      // The name may be longer than any label, or too many ends are kept.
      const isRefused =
        error instanceof CurfewError && ["invalid_argument", "invalid_settings"].includes(error.code);
      if (!isRefused) throw error;
      await showForm(context, request, response, error.shortMessage);
    }
  };
}

async function startCount(request: Request, response: Response, where: EndTarget): Promise<void> {
  const { storage } = requireContext(request);
  const job = { kind: KIND, facts: where, progress: NOTHING_COUNTED };
  const steps = previewEndWhere(storage, where);
  const { id, ended } = await startJob<EndTarget, EndWherePreview>(storage, job, steps);
  await waitBriefly(ended);
  redirect(request, response, PATH, { job: id });
}

async function end(
  { curfew }: PagesContext,
  request: Request,
  response: Response,
  where: EndTarget,
): Promise<void> {
  await curfew.sessions.endWhere(where, changerOf(request));
  notify(request, "Signed out. Each of these sessions is refused from its next request on.");
  redirect(request, response, "sessions");
}
