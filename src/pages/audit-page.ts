/** The audit trail, with a search by user, type and time. */
import type { Request } from "express";
import { AUDIT_TYPES, type AuditType } from "../events.js";
import { requireContext } from "../http/request/context.js";
import { DAY_MS, HOUR_MS } from "../policy/index.js";
import type { AuditEntry } from "../state/audit/audit-entry.js";
import { isCursor, type AuditFilter, type AuditPage } from "../state/audit/read-audit.js";
import { estimatedNow } from "../state/storage.js";
import { adminNavigation } from "./admin-navigation.js";
import { endTargetText } from "./end-many-page.js";
import { html, outside, type Html, type HtmlContent } from "./html.js";
import type { Answer, PagesContext } from "./mount.js";
import { option } from "./option.js";
import { addressOf, parameter } from "./page.js";
import { ROWS } from "./paging.js";
import { NAMES } from "./settings-words.js";
import { cell, table, tableRow } from "./table.js";
import { END_TEXTS, type WriteTime } from "./words.js";

/** Names of the types, in the order of the form. */
const TYPES: Readonly<Record<AuditType, string>> = {
  signedIn: "Signed in",
  takenOver: "Taken over from express-session",
  extended: "Extended",
  reauthenticated: "Authenticated again",
  ended: "Ended",
  settingsChanged: "Settings changed",
};

/** Times to look back, in milliseconds. */
export const SPANS: Readonly<Record<string, { readonly name: string; readonly ms: number }>> = {
  hour: { name: "The last hour", ms: HOUR_MS },
  day: { name: "The last day", ms: DAY_MS },
  week: { name: "The last week", ms: 7 * DAY_MS },
};

/** The search as the address has it. Unknown values are empty. */
interface Search {
  readonly user: string;
  readonly type: string;
  readonly since: string;
}

/** Shows a page of the trail. */
export function showAudit({ curfew, show, timesOf }: PagesContext): Answer {
  return async (request, response) => {
    const search = searchOf(request);
    const cursor = parameter(request, "cursor");
    const page = await curfew.audit.list({
      ...filterOf(request, search),
      limit: ROWS,
      ...(isCursor(cursor) ? { cursor } : {}),
    });
    const body = html`${adminNavigation(request, "audit")} ${searchForm(request, search)}
    ${page.entries.length === 0 ? noEntries(page) : entryTable(request, page.entries, timesOf(request))}
    ${olderLink(request, search, page)}`;
    await show(request, response, { title: "Audit trail", body });
  };
}

function searchOf(request: Request): Search {
  const type = parameter(request, "type");
  const since = parameter(request, "since");
  return {
    user: parameter(request, "user"),
    type: Object.hasOwn(TYPES, type) ? type : "",
    since: Object.hasOwn(SPANS, since) ? since : "",
  };
}

function filterOf(request: Request, { user, type, since }: Search): AuditFilter {
  const span = SPANS[since];
  const now = estimatedNow(requireContext(request).storage);
  return {
    ...(user === "" ? {} : { userId: user }),
    ...(type === "" ? {} : { types: [type as AuditType] }),
    ...(span && now !== null ? { since: now - span.ms } : {}),
  };
}

function searchForm(request: Request, { user, type, since }: Search): Html {
  return html`<form method="get" action="${addressOf(request, "audit")}" class="row" role="search">
    <label for="user">User id</label>
    <input id="user" name="user" type="search" value="${user}" autocapitalize="none" spellcheck="false" />
    <label for="type">Event</label>
    <select id="type" name="type">
      ${option("", "All")} ${AUDIT_TYPES.map((each) => option(each, TYPES[each], each === type))}
    </select>
    <label for="since">Time</label>
    <select id="since" name="since">
      ${option("", "Any")}
      ${Object.entries(SPANS).map(([value, { name }]) => option(value, name, value === since))}
    </select>
    <button>Show</button>
  </form>`;
}

const noEntries = ({ nextCursor }: AuditPage): Html =>
  nextCursor === null
    ? html`<p>The audit trail has no matching entries.</p>`
    : html`<p>No matching entries here. Older entries may match.</p>`;

function olderLink(request: Request, search: Search, { nextCursor }: AuditPage): HtmlContent {
  if (nextCursor === null) return null;
  const given = Object.entries(search).filter(([, value]) => value !== "");
  const address = addressOf(request, "audit", { ...Object.fromEntries(given), cursor: nextCursor });
  return html`<p><a rel="next" href="${address}">Older entries</a></p>`;
}

const COLUMNS = ["Event", "When", "User", "By", "Details"];

function entryTable(request: Request, entries: readonly AuditEntry[], time: WriteTime): Html {
  const userLink = (userId: string): Html =>
    html`<a href="${addressOf(request, "sessions", { user: userId })}">${outside(userId)}</a>`;
  const rows = entries.map((entry) =>
    tableRow(
      TYPES[entry.type],
      html`${cell("When", time(entry.at))}
      ${cell("User", "userId" in entry ? userLink(entry.userId) : "Everyone")} ${cell("By", byOf(entry))}
      ${cell("Details", detailsOf(entry, time))}`,
    ),
  );
  return table("Entries, newest first", COLUMNS, rows);
}

/** Returns the person who caused an entry: the actor of an end or a change, or the administrator of a sudo session. */
function byOf(entry: AuditEntry): HtmlContent {
  const actor = "actor" in entry ? entry.actor : null;
  const by = actor ?? (entry.type === "signedIn" ? entry.sudoUserId : null) ?? null;
  return by === null ? "Not recorded" : outside(by);
}

/** Returns the words for an administrator who signed in as the user. Entries of earlier versions lack the member. */
function sudoOf({ userId, sudoUserId }: { userId: string; sudoUserId?: string | null }): HtmlContent {
  return sudoUserId ? html`, ${outside(sudoUserId)} signed in as ${outside(userId)}` : null;
}

function detailsOf(entry: AuditEntry, time: WriteTime): HtmlContent {
  switch (entry.type) {
    case "signedIn":
      return html`${outside(entry.device ?? "Unknown browser")}${entry.persistent && ", stays signed in"}${sudoOf(entry)}`;
    case "extended":
      return html`Until ${time(entry.endsAt)}`;
    case "ended":
      return html`${END_TEXTS[entry.reason]}${entry.by?.device && html`: ${outside(entry.by.device)}`}${limitOf(entry)}${sudoOf(entry)}`;
    case "settingsChanged":
      return html`Version
      ${entry.version}${ruleOf(entry)}${entry.ended && html`, signed out: ${endTargetText(entry.ended)}`}`;
    case "takenOver":
    case "reauthenticated":
      return null;
  }
}

/** Returns the limit above which a session was; nothing for other ends. */
function limitOf({ limit }: Extract<AuditEntry, { readonly type: "ended" }>): HtmlContent {
  const isKnown = limit && Object.hasOwn(NAMES, limit);
  return isKnown && html`, above the limit "${NAMES[limit]}"`;
}

/** Returns the sessions whose rule has changed; nothing for the general settings. */
function ruleOf({ rule }: Extract<AuditEntry, { readonly type: "settingsChanged" }>): HtmlContent {
  return rule && Object.entries(rule.for).map(([group, name]) => html`, rule of ${group} ${outside(name)}`);
}
