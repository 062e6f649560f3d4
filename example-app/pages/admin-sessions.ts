import express, { type Request, type Response, type Router } from "express";
import { CurfewError, type SessionPage } from "express-curfew";
import { active, field, notify, parameter, type Context } from "../context.js";
import { html, type SafeHtml } from "../html.js";
import { device } from "../words.js";
import { sessionTable } from "./session-table.js";

const PATH = "/sessions";
const ADDRESS = "/admin/sessions";

/** Serves the administrators' pages about all users' sessions. */
export function adminSessionsPages(context: Context): Router {
  const { curfew } = context;
  const router = express.Router();
  router.get(PATH, (request, response) => showSessions(context, request, response));
  router.post(`${PATH}/end`, async (request, response) => {
    const ref = field(request, "ref");
    const session = await curfew.sessions.get(ref);
    const { ended } = await curfew.sessions.end(ref, { actor: active(request).session.userId });
    notify(
      request,
      session && ended
        ? `Signed out ${device(session)} of ${session.userId}.`
        : "That session has ended already.",
    );
    response.redirect(303, listOf(field(request, "user")));
  });
  router.post(`${PATH}/end-all`, async (request, response) => {
    const userId = field(request, "user");
    if (userId !== "") {
      const { ended: count } = await curfew.sessions.endAll({
        userId,
        actor: active(request).session.userId,
      });
      notify(request, `Signed out ${count === 1 ? "1 session" : `${count} sessions`} of ${userId}.`);
    }
    response.redirect(303, listOf(userId));
  });
  return router;
}

function listOf(userId: string): string {
  return userId === "" ? ADDRESS : `${ADDRESS}?${String(new URLSearchParams({ user: userId }))}`;
}

async function showSessions(context: Context, request: Request, response: Response): Promise<void> {
  const userId = parameter(request, "user");
  const { sessions, nextCursor } = await readPage(context, userId, parameter(request, "cursor"));
  const of = userId === "" ? "everybody" : userId;
  const { ref: currentRef } = active(request).session;
  const endFields = html`<input type="hidden" name="user" value="${userId}" />`;
  const body = html`
    <form method="get" action="${ADDRESS}" class="inline">
      <label>User name <input name="user" value="${userId}" autocapitalize="none" /></label>
      <button>Show</button>
      ${userId !== "" && html`<a href="${ADDRESS}">Show all users</a>`}
    </form>
    ${
      sessions.length === 0
        ? html`<p>No sessions here.</p>`
        : sessionTable({
            caption: `Sessions of ${of}`,
            sessions,
            currentRef,
            endAction: `${ADDRESS}/end`,
            endFields,
            withUser: true,
          })
    }
    ${nextCursor !== null && nextLink(nextCursor)}
    ${userId !== "" && sessions.length > 0 && endAllForm(userId)}
  `;
  context.show(request, response, { title: "All sessions", body });
}

function nextLink(cursor: string): SafeHtml {
  return html`<p>
    <a rel="next" href="${ADDRESS}?${String(new URLSearchParams({ cursor }))}">Next page</a>
  </p>`;
}

function endAllForm(userId: string): SafeHtml {
  return html`<form method="post" action="${ADDRESS}/end-all">
    <input type="hidden" name="user" value="${userId}" />
    <button>Sign out all sessions of ${userId}</button>
  </form>`;
}

async function readPage(
  { curfew, rowsPerPage }: Context,
  userId: string,
  cursor: string,
): Promise<SessionPage> {
  if (userId !== "") return curfew.sessions.list({ userId });
  try {
    return await curfew.sessions.list({ limit: rowsPerPage, ...(cursor === "" ? {} : { cursor }) });
  } catch (error) {
    // An administrator may have edited the cursor in the address. The list then starts at its first page.
    if (error instanceof CurfewError && error.code === "invalid_argument")
      return curfew.sessions.list({ limit: rowsPerPage });
    throw error;
  }
}
