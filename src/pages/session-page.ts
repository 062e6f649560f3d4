/** The page of one session: its facts, and the settings in force with their sources. */
import type { Request } from "express";
import type { ExplainedSession } from "../state/rules/change-rules.js";
import type { SessionView } from "../wire.js";
import { adminNavigation } from "./admin-navigation.js";
import { notFoundPage } from "./confirm.js";
import { html, outside, type Html, type HtmlContent } from "./html.js";
import type { Answer, PagesContext } from "./mount.js";
import { addressOf, parameter } from "./page.js";
import { sourceText } from "./rule-words.js";
import { sessionTable } from "./session-table.js";
import { cell, table, tableRow } from "./table.js";
import { FIELDS, NAMES, valueText } from "./settings-words.js";
import { deviceNameOfUser } from "./words.js";

/** Shows one session. */
export function showSession(context: PagesContext): Answer {
  const { curfew, show } = context;
  return async (request, response) => {
    const ref = parameter(request, "ref");
    const [session, explained] = await Promise.all([curfew.sessions.get(ref), curfew.settings.explain(ref)]);
    if (!session || !explained) {
      await show(request, response, notFoundPage(addressOf(request, "sessions")));
      return;
    }
    const body = html`${adminNavigation(request, "sessions")}
    ${await sessionTable(context, request, {
      caption: "Session",
      sessions: [session],
      endAddress: () => addressOf(request, "sessions/end", { ref, user: session.userId }),
      userAddress: (userId) => addressOf(request, "sessions", { user: userId }),
    })}
    ${labels(session)} ${sourceTable(explained)}`;
    await show(request, response, { title: deviceNameOfUser(session), body });
  };
}

function labels({ tenant, roles, tags, metadata }: SessionView): HtmlContent {
  const list = (names: readonly string[]): HtmlContent =>
    names.map((name, index) => html`${index > 0 && ", "}${outside(name)}`);
  return html`<p>
      ${tenant !== null && html`Tenant: ${outside(tenant)}. `}${roles.length > 0 && html`Roles: ${list(roles)}. `}
      ${tags.length > 0 && html`Tags: ${list(tags)}.`}
    </p>
    ${metadataTable(Object.entries(metadata))}`;
}

function metadataTable(entries: readonly (readonly [name: string, value: string])[]): HtmlContent {
  if (entries.length === 0) return null;
  const rows = entries.map(([name, value]) => tableRow(outside(name), cell("Value", outside(value))));
  return table("Metadata of this session", ["Name", "Value"], rows);
}

/** Returns each value in force, and the setting or rule that gives it. */
function sourceTable({ effective, sources }: ExplainedSession): Html {
  const rows = FIELDS.map((name) =>
    tableRow(
      NAMES[name],
      html`${cell("In force", valueText(name, effective))} ${cell("From", sourceText(sources[name]))}`,
    ),
  );
  return table("Settings in force for this session", ["Setting", "In force", "From"], rows);
}

/** Returns the address of a session's page. */
export function sessionAddress(request: Request, { ref }: Pick<SessionView, "ref">): string {
  return addressOf(request, "sessions/session", { ref });
}
