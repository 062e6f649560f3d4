/** The administrators' pages of all sessions, of one user's sessions, and of their ends. */
import type { Request } from "express";
import { actorOf } from "../authorize.js";
import { CurfewError } from "../errors.js";
import { requireContext } from "../http/request/context.js";
import type { SessionPage } from "../state/sessions/list-sessions.js";
import { MAX_USER_ID_LENGTH } from "../state/sessions/record-format.js";
import { isStorable } from "../state/values/session-labels.js";
import { adminNavigation } from "./admin-navigation.js";
import { confirmPage, notFoundPage } from "./confirm.js";
import { findUsersIn, type FindUsers } from "./find-users.js";
import { html, isolated, outside, type HtmlContent } from "./html.js";
import type { Answer, PagesContext } from "./mount.js";
import { notify, takeNotices } from "./notices.js";
import { addressOf, field, parameter, redirect } from "./page.js";
import { ordered, pageLinks, pageOf, ROWS } from "./paging.js";
import { ruleAddress } from "./rule-pages.js";
import { ruleTexts } from "./rule-words.js";
import { sessionAddress } from "./session-page.js";
import { sessionTable } from "./session-table.js";
import { count, deviceNameOfUser } from "./words.js";

/** Returns the `ref` of the reader's session; `null` without a session. */
const currentRefOf = (request: Request): string | null => requireContext(request).live?.ref ?? null;

const currentUserOf = (request: Request): string | null =>
  requireContext(request).live?.record.userId ?? null;

/** Shows a page of all sessions, one user's sessions, or the users that a search finds. */
export function showSessions(context: PagesContext, findUsers: FindUsers | undefined): Answer {
  return async (request, response) => {
    const userId = parameter(request, "user");
    const query = parameter(request, "q").trim();
    const content =
      query !== "" && findUsers
        ? await foundUsers(request, findUsers, query)
        : userId !== "" || query !== ""
          ? await userSessions(context, request, userId || query)
          : await allSessions(context, request);
    const body = html`${takeNotices(request)} ${adminNavigation(request, "sessions")}
    ${searchForm(request, query || userId, findUsers !== undefined)} ${content}`;
    await context.show(request, response, { title: "Sessions", body });
  };
}

function searchForm(request: Request, text: string, findsNames: boolean): HtmlContent {
  return html`<form method="get" action="${addressOf(request, "sessions")}" class="row" role="search">
    <label for="q">${findsNames ? "User" : "User id"}</label>
    <input id="q" name="q" type="search" value="${text}" autocapitalize="none" spellcheck="false" />
    <button>Show</button>
    ${text !== "" && html`<a href="${addressOf(request, "sessions")}">All sessions</a>`}
  </form>`;
}

async function foundUsers(request: Request, findUsers: FindUsers, query: string): Promise<HtmlContent> {
  const users = await findUsersIn(findUsers, query);
  const link = (userId: string, text: HtmlContent): HtmlContent =>
    html`<li><a href="${addressOf(request, "sessions", { user: userId })}">${text}</a></li>`;
  return html`<h2>Users</h2>
    <ul>
      ${link(query, html`Sessions of exactly ${outside(query)}`)}
      ${users.map(({ userId, name }) => link(userId, name === undefined ? outside(userId) : html`${outside(name)} (${outside(userId)})`))}
    </ul>
    ${users.length === 0 && html`<p>The search found no users.</p>`}`;
}

async function userSessions(context: PagesContext, request: Request, userId: string): Promise<HtmlContent> {
  const { curfew } = context;
  const [{ sessions }, rule] = await Promise.all([
    curfew.sessions.list({ userId }),
    ruleOfUser(context, request, userId),
  ]);
  const page = pageOf(ordered(sessions, currentRefOf(request)), parameter(request, "page"));
  if (sessions.length === 0)
    return html`<p>${outside(userId)} has no open sessions.</p>
      ${rule}`;
  return html`${await sessionTable(context, request, {
      caption: html`Sessions of ${outside(userId)}`,
      sessions: page.rows,
      sessionAddress: (session) => sessionAddress(request, session),
      endAddress: ({ ref }) => addressOf(request, "sessions/end", { ref, user: userId }),
    })}
    ${pageLinks(page, (number) => addressOf(request, "sessions", { user: userId, page: number }))}
    <p>
      <a class="button" href="${addressOf(request, "sessions/end-all", { user: userId })}"
        >Sign out all sessions of ${outside(userId)}</a
      >
    </p>
    ${rule}`;
}

/** Returns the user's own rule, with a link to its page. Nothing for a text that no user has as id. */
async function ruleOfUser({ curfew }: PagesContext, request: Request, userId: string): Promise<HtmlContent> {
  if (isUserId(userId) !== null) return null;
  const { settings } = await curfew.settings.rules.get({ userId });
  const limits = settings === null ? "none" : ruleTexts(settings).join(", ");
  return html`<p>
    Own rule of ${outside(userId)}: ${limits}.
    <a href="${ruleAddress(request, { userId })}">${settings === null ? "Add" : "Change"}</a>
  </p>`;
}

const isUserId = isStorable(MAX_USER_ID_LENGTH);

async function allSessions(context: PagesContext, request: Request): Promise<HtmlContent> {
  const { sessions, nextCursor } = await readPage(context, parameter(request, "cursor"));
  const next = nextCursor !== null && addressOf(request, "sessions", { cursor: nextCursor });
  return html`${
      sessions.length === 0
        ? html`<p>No open sessions here.</p>`
        : await sessionTable(context, request, {
            caption: "Sessions of all users, in no order",
            sessions,
            sessionAddress: (session) => sessionAddress(request, session),
            endAddress: ({ ref }) => addressOf(request, "sessions/end", { ref }),
            userAddress: (userId) => addressOf(request, "sessions", { user: userId }),
          })
    }
    <p><a class="button" href="${addressOf(request, "sessions/end-many")}">Sign out many sessions</a></p>
    ${next !== false && html`<p><a rel="next" href="${next}">Next page</a></p>`}`;
}

/** Most reads for one page. A page of the list may consist of ended sessions. */
const MAX_READS = 5;

async function readPage({ curfew }: PagesContext, cursor: string): Promise<SessionPage> {
  let page: SessionPage = { sessions: [], nextCursor: cursor === "" ? null : cursor };
  for (let reads = 0; reads < MAX_READS; reads++) {
    page = await readFrom(curfew, page.nextCursor);
    if (page.sessions.length > 0 || page.nextCursor === null) break;
  }
  return page;
}

/** A person may have edited the cursor in the address. The list then starts at its first page. */
async function readFrom(curfew: PagesContext["curfew"], cursor: string | null): Promise<SessionPage> {
  try {
    return await curfew.sessions.list({ limit: ROWS, ...(cursor === null ? {} : { cursor }) });
  } catch (error) {
    if (error instanceof CurfewError && error.code === "invalid_argument")
      return curfew.sessions.list({ limit: ROWS });
    throw error;
  }
}

/** Returns the address and path of the list from which a request came. */
const listOf = (userId: string): { readonly user?: string } => (userId === "" ? {} : { user: userId });

/** Asks before a session ends. */
export function askToEnd(context: PagesContext): Answer {
  return async (request, response) => {
    const { curfew, show } = context;
    const back = addressOf(request, "sessions", listOf(parameter(request, "user")));
    const session = await curfew.sessions.get(parameter(request, "ref"));
    if (!session) {
      await show(request, response, notFoundPage(back));
      return;
    }
    const details = await sessionTable(context, request, {
      caption: "The session that ends",
      sessions: [session],
      userAddress: (userId) => addressOf(request, "sessions", { user: userId }),
    });
    const question = confirmPage(request, {
      title: `Sign out ${deviceNameOfUser(session)}?`,
      details: html`${adminNavigation(request, "sessions")} ${details}`,
      action: "sessions/end",
      fields: { ref: session.ref, user: parameter(request, "user") },
      button: "Sign out",
      cancel: back,
    });
    await show(request, response, question);
  };
}

/** Ends a session. */
export function end({ curfew, show }: PagesContext): Answer {
  return async (request, response) => {
    const list = listOf(field(request, "user"));
    const session = await curfew.sessions.get(field(request, "ref"));
    if (!session) {
      await show(request, response, notFoundPage(addressOf(request, "sessions", list)));
      return;
    }
    if (session.ref === currentRefOf(request)) {
      await curfew.signOut(request);
    } else {
      const { ended } = await curfew.sessions.end(session.ref, actorOf(request));
      notify(request, ended ? `Signed out ${deviceNameOfUser(session)}.` : "That session had ended already.");
    }
    redirect(request, response, "sessions", list);
  };
}

/** Asks before all sessions of a user end. */
export function askToEndAll({ show }: PagesContext): Answer {
  return async (request, response) => {
    const userId = parameter(request, "user");
    const back = addressOf(request, "sessions", listOf(userId));
    const isOwn = userId === currentUserOf(request);
    const question = confirmPage(request, {
      title: `Sign out all sessions of ${isolated(userId)}?`,
      details: html`${adminNavigation(request, "sessions")}
        <p>Signs out every browser, program and embedded page of ${outside(userId)}.</p>
        ${isOwn && html`<p class="note">This includes your own session.</p>`}`,
      action: "sessions/end-all",
      fields: { user: userId },
      button: "Sign out all",
      cancel: back,
    });
    await show(request, response, userId === "" ? notFoundPage(back) : question);
  };
}

/** Ends all sessions of a user. */
export function endAll({ curfew, show }: PagesContext): Answer {
  return async (request, response) => {
    const userId = field(request, "user");
    if (userId === "") {
      await show(request, response, notFoundPage(addressOf(request, "sessions")));
      return;
    }
    const { ended } = await curfew.sessions.endAll({ userId, ...actorOf(request) });
    // The reader's own session takes no more messages.
    if (userId !== currentUserOf(request))
      notify(request, `Signed out ${count(ended, "session")} of ${userId}.`);
    redirect(request, response, "sessions", listOf(userId));
  };
}
