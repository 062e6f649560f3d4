import express, { type Router } from "express";
import { CurfewError, html, type ActiveState, type Html, type HtmlContent } from "express-curfew";
import { durationText, WARNING_MS } from "express-curfew/policy";
import { active, field, notify, type Context } from "../context.js";
import { moment } from "../layout.js";
import { reauthForm } from "./login.js";

const MAX_NOTE_LENGTH = 500;

/** Serves the home page: facts about the session, and forms that lengthen it. */
export function homePages({ curfew, show }: Context): Router {
  const router = express.Router();
  router.get("/", curfew.requireSignIn(), (request, response) => {
    const state = active(request);
    const body = html`
      ${state.remainingMs <= WARNING_MS && warning(state)} ${facts(state)}
      ${noteForm(request.session.note ?? "")}
      <section>
        <h2>Sign in again</h2>
        <p>Your password begins a new session time under a new session id; your note stays.</p>
        ${reauthForm(state.session.userId, "/")}
      </section>
    `;
    show(request, response, { title: `Hello, ${state.session.userId}`, body });
  });
  router.post("/extend", curfew.requireSignIn(), async (request, response) => {
    try {
      const { remainingMs } = await curfew.extend(request);
      notify(request, `Your session now ends in ${durationText(remainingMs)}.`);
    } catch (error) {
      if (!(error instanceof CurfewError && error.status === 409)) throw error;
      const when =
        error.code === "extension_too_early" ? ` Ask again in ${durationText(error.details.opensInMs)}.` : "";
      notify(request, error.shortMessage + when);
    }
    response.redirect(303, "/");
  });
  router.post("/note", curfew.requireSignIn(), (request, response) => {
    request.session.note = field(request, "note").slice(0, MAX_NOTE_LENGTH);
    notify(request, "Note saved in the session.");
    response.redirect(303, "/");
  });
  return router;
}

/** Returns the warning of the last two minutes. The way to stay depends on the limit that is near. */
function warning({ action, limit, remainingMs, session }: ActiveState): Html {
  const time = html`<strong>${durationText(remainingMs)}</strong>`;
  const extendForm = (label: string): Html =>
    html`<form method="post" action="/extend"><button class="primary">${label}</button></form>`;
  const offer: Record<ActiveState["action"], HtmlContent> = {
    stay: html`<p>You haven't clicked or typed for a while. You'll be signed out in ${time}.</p>
      ${extendForm("Stay signed in")}`,
    extend: html`<p>
        Your session ends in ${time}. You can stay signed in; we'll ask again before that ends.
      </p>
      ${extendForm("Stay signed in for longer")}`,
    reauthenticate: html`<p>You've reached the limit for one session. Sign in again within ${time}.</p>
      ${reauthForm(session.userId, "/")}`,
    sign_in: html`<p>Your session ends in ${time} and can't be extended. Sign in again after that.</p>`,
    none: html`<p>Your session ends in ${time}.</p>`,
  };
  const title = limit === "idle" ? "You're about to be signed out" : "Your session is about to end";
  return html`<section class="warning" role="alert">
    <h2>${title}</h2>
    ${offer[action]}
  </section>`;
}

function facts(state: ActiveState): Html {
  const { session, idleRemainingMs, absoluteRemainingMs } = state;
  const rows: [string, HtmlContent][] = [
    ["Ends in", durationText(state.remainingMs)],
    ["Ends at", moment(session.expiresAt)],
    ["Because of", state.limit === "idle" ? "inactivity" : "its time limit"],
    ["Time limit in", durationText(absoluteRemainingMs)],
    [
      "Inactivity limit in",
      idleRemainingMs === null ? "Inactivity logout is off" : durationText(idleRemainingMs),
    ],
    ["Signed in", moment(session.signedInAt)],
    ["Last activity", moment(session.lastActivityAt)],
    ["Extended", session.extendedCount === 1 ? "once" : `${session.extendedCount} times`],
    ["Stays when the browser closes", session.persistent ? "yes" : "no"],
    ["Its public handle", html`<code>${session.ref}</code>`],
    ["Settings version", state.settingsVersion],
  ];
  return html`<section>
    <h2>This session</h2>
    <dl>
      ${rows.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}

function noteForm(note: string): Html {
  return html`<section>
    <h2>Note</h2>
    <form method="post" action="/note" class="stacked" data-curfew-draft="note">
      <label>
        <span>
          Kept in <code>req.session.note</code>. Unsaved text is kept in this browser through a forced
          sign-out
        </span>
        <textarea name="note" rows="4" maxlength="${MAX_NOTE_LENGTH}">${note}</textarea>
      </label>
      <button>Save note</button>
    </form>
  </section>`;
}
