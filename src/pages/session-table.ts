/** Tables of sessions. */
import type { Request } from "express";
import { requireContext } from "../http/request/context.js";
import { isOfPerson, type EffectiveSettings } from "../policy/index.js";
import { settingsOf } from "../state/rules/settings-of.js";
import type { SessionView } from "../wire.js";
import { html, outside, type HtmlContent, type Html } from "./html.js";
import type { PagesContext } from "./mount.js";
import { cell, table, tableRow } from "./table.js";
import { CLASS_TEXTS, deviceName, deviceNameOfUser, minutes, placeOf, type WriteTime } from "./words.js";

/** Contents of a table of sessions. */
export interface SessionTable {
  readonly caption: HtmlContent;
  readonly sessions: readonly SessionView[];
  /** Returns the address at which a session is ended; without it the table has no buttons. */
  readonly endAddress?: (session: SessionView) => string;
  /** Returns the address of the page of one session; without it the table has no links to pages. */
  readonly sessionAddress?: (session: SessionView) => string;
  /** Returns the address of a user's sessions. With it each row shows its user. */
  readonly userAddress?: (userId: string) => string;
}

/** Contents of a table, and facts that all its rows need. */
interface Rows extends SessionTable {
  /** `ref` of the reader's own session; `null` if the reader has no session. */
  readonly currentRef: string | null;
  /** Returns the settings in force for a session. */
  readonly settingsOf: (session: SessionView) => EffectiveSettings;
  readonly time: WriteTime;
}

/** Returns a table of sessions, each with a link to the page that ends it. Reads the settings in force for them. */
export async function sessionTable(
  { timesOf }: PagesContext,
  request: Request,
  content: SessionTable,
): Promise<Html> {
  const { caption, sessions, endAddress, userAddress } = content;
  const { live, storage } = requireContext(request);
  const rows: Rows = {
    ...content,
    currentRef: live?.ref ?? null,
    settingsOf: await settingsOf(storage, sessions),
    time: timesOf(request),
  };
  const names = [
    ...(userAddress ? ["User"] : []),
    ...["Device", "Place", "IP address", "Signed in", "Last activity", "Expires"],
    ...(endAddress ? ["Sign out"] : []),
  ];
  return table(
    caption,
    names,
    sessions.map((session) => row(session, rows)),
  );
}

function row(session: SessionView, content: Rows): Html {
  const { userId, ip, signedInAt, lastActivityAt, expiresAt } = session;
  const { time, settingsOf, endAddress, userAddress, sessionAddress } = content;
  const device = outside(deviceName(session));
  const place = placeOf(session);
  const name = html`${sessionAddress ? html`<a href="${sessionAddress(session)}">${device}</a>` : device}
  ${badges(session, content)}`;
  const cells = html`${cell("Place", place === null ? "Not recorded" : outside(place))}
  ${cell("IP address", ip === null ? "Not recorded" : outside(ip))} ${cell("Signed in", time(signedInAt))}
  ${cell("Last activity", time(lastActivityAt))}
  ${cell("Expires", html`${time(expiresAt)} <span class="cause">${causeOf(session, settingsOf(session))}</span>`)}
  ${endAddress && cell("", endLink(session, endAddress(session), userAddress !== undefined))}`;
  const user = userAddress && cell("User", html`<a href="${userAddress(userId)}">${outside(userId)}</a>`);
  return tableRow(name, cells, user);
}

function badges(
  { ref, userId, kind, deviceClass, persistent, credentialsType, sudoUserId }: SessionView,
  { currentRef }: Rows,
): HtmlContent {
  const texts = [
    ref === currentRef && "This device",
    deviceClass !== null && CLASS_TEXTS[deviceClass],
    persistent && "Stay signed in",
    kind === "api" && "API",
    kind === "embed" && "Embedded",
    sudoUserId !== null && html`${outside(sudoUserId)} signed in as ${outside(userId)}`,
    credentialsType !== null && sudoUserId === null && outside(credentialsType),
  ];
  return texts.map((text) => text !== false && html`<span class="badge">${text}</span> `);
}

function endLink(session: SessionView, address: string, namesUser: boolean): Html {
  const name = namesUser ? deviceNameOfUser(session) : deviceName(session);
  return html`<a class="button" href="${address}" aria-label="Sign out ${name}">Sign out</a>`;
}

/** Returns the rule that ends a session (rule R8). */
function causeOf(
  { limit, persistent, extendedCount, kind }: SessionView,
  { idleMinutes, sessionMinutes }: EffectiveSettings,
): string {
  if (limit === "idle") return `after ${minutes(idleMinutes)} without activity`;
  if (persistent) return "end of Stay signed in";
  if (extendedCount > 0) return "end of the extension";
  return isOfPerson({ kind })
    ? `session duration, now ${minutes(sessionMinutes)}`
    : "lifetime of this session";
}
