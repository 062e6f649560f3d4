import type { SessionView } from "../wire.js";
import { html, type HtmlContent } from "./html.js";

/** One page of rows that are all known. */
export interface RowsPage<Row> {
  readonly rows: readonly Row[];
  /** Number of this page, from 1. */
  readonly number: number;
  readonly pages: number;
}

/** Number of rows on a page. */
export const ROWS = 50;

/** Returns the page with this number. An unreadable number is the first page. */
export function pageOf<Row>(rows: readonly Row[], numberText: string): RowsPage<Row> {
  const pages = Math.max(1, Math.ceil(rows.length / ROWS));
  const wanted = /^\d{1,6}$/.test(numberText) ? Number(numberText) : 1;
  const number = Math.min(Math.max(wanted, 1), pages);
  return { rows: rows.slice((number - 1) * ROWS, number * ROWS), number, pages };
}

/** Returns links to the pages before and after. */
export function pageLinks(
  { number, pages }: RowsPage<unknown>,
  address: (number: number) => string,
): HtmlContent {
  if (pages === 1) return null;
  return html`<p class="row">
    ${number > 1 && html`<a rel="prev" href="${address(number - 1)}">Previous page</a>`}
    <span>Page ${number} of ${pages}</span>
    ${number < pages && html`<a rel="next" href="${address(number + 1)}">Next page</a>`}
  </p>`;
}

/** Puts the current session first, then the latest activity. */
export function ordered(sessions: readonly SessionView[], currentRef: string | null): SessionView[] {
  return [...sessions].sort(
    (a, b) =>
      Number(b.ref === currentRef) - Number(a.ref === currentRef) || b.lastActivityAt - a.lastActivityAt,
  );
}
