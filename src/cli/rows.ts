/** Reads as many rows as `--limit` says. */
import type { Arguments } from "./arguments.js";

const DEFAULT_ROWS = 50;
/** `--json` prints one text. 300,000 sessions are 147 MB of it, and V8 allows 512 MB. */
const MAX_ROWS = 500_000;
/** Rows that are read at once. */
const PAGE = 500;

/** A page of rows, as the lists of the API return it. */
export interface RowPage<Row> {
  readonly rows: readonly Row[];
  readonly nextCursor: string | null;
}

/** Rows. `complete` is false if there may be more of them. */
export interface Rows<Row> {
  readonly rows: readonly Row[];
  readonly complete: boolean;
}

/**
 * Reads rows page by page.
 *
 * @param read - reads one page. A page may have more rows than its limit; the rows beyond `--limit` are left out
 * @param goesOn - gets the number of rows so far; false stops after this page
 * @throws UsageError for a wrong `--limit`
 */
export async function readRows<Row>(
  given: Arguments,
  read: (page: { readonly limit: number; readonly cursor?: string }) => Promise<RowPage<Row>>,
  goesOn: (count: number) => boolean = () => true,
): Promise<Rows<Row>> {
  const most = given.whole("limit", 1, MAX_ROWS) ?? DEFAULT_ROWS;
  const rows: Row[] = [];
  let cursor: string | null | undefined;
  do {
    const limit = Math.min(PAGE, most - rows.length);
    const page = await read({ limit, ...(typeof cursor === "string" ? { cursor } : {}) });
    rows.push(...page.rows);
    cursor = page.nextCursor;
  } while (goesOn(rows.length) && cursor !== null && rows.length < most);
  return { rows: rows.slice(0, most), complete: cursor === null && rows.length <= most };
}
