import type { SessionView } from "express-curfew";
import { html, type Content, type SafeHtml } from "../html.js";
import { device, moment } from "../words.js";

/** Contents of a table of sessions. */
export interface SessionTable {
  readonly caption: string;
  readonly sessions: readonly SessionView[];
  readonly currentRef: string;
  /** Path to which the buttons post the `ref`. */
  readonly endAction: string;
  /** Fields that each button's form also sends. */
  readonly endFields?: Content;
  /** True if each row shows its user. */
  readonly withUser: boolean;
}

/** Returns a table of sessions, each with a button that ends it. */
export function sessionTable(table: SessionTable): SafeHtml {
  const { caption, sessions, withUser } = table;
  const columns = ["Device", "Place", "IP", "Signed in", "Last activity", "Expires", "Sign out"];
  return html`<div class="scrolling" role="region" tabindex="0" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${(withUser ? ["User", ...columns] : columns).map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${sessions.map((session) => row(session, table))}
      </tbody>
    </table>
  </div>`;
}

function row(session: SessionView, { withUser, currentRef, endAction, endFields }: SessionTable): SafeHtml {
  const { ref, userId, kind, persistent, city, country, ip, signedInAt, lastActivityAt, expiresAt } = session;
  const name = device(session);
  return html`<tr>
    ${withUser && html`<td>${userId}</td>`}
    <th scope="row">
      ${name} ${ref === currentRef && html`<span class="badge">This device</span>`}
      ${persistent && html`<span class="badge">Stays logged in</span>`}
      ${kind !== "browser" && html`<span class="badge">${kind}</span>`}
    </th>
    <td>${[city, country].filter(Boolean).join(", ") || "Not recorded"}</td>
    <td>${ip ?? "Not recorded"}</td>
    <td>${moment(signedInAt)}</td>
    <td>${moment(lastActivityAt)}</td>
    <td>${moment(expiresAt)}</td>
    <td>
      <form method="post" action="${endAction}">
        <input type="hidden" name="ref" value="${ref}" />
        ${endFields}
        <button aria-label="Sign out ${name}${withUser && ` of ${userId}`}">Sign out</button>
      </form>
    </td>
  </tr>`;
}
