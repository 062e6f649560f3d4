/** Messages for the page behind a redirect. The session keeps them, so no address can make a page say something. */
import type { Request } from "express";
import { html, type HtmlContent } from "./html.js";

/** Field of `req.session`. */
const NAME = "curfewNotices";

const dataOf = (request: Request): Record<string, unknown> =>
  request.session as unknown as Record<string, unknown>;

/** Shows messages on this browser's next page. */
export function notify(request: Request, ...notices: readonly string[]): void {
  dataOf(request)[NAME] = notices;
}

/** Returns the messages of the request before, and deletes them. The first message takes the focus. */
export function takeNotices(request: Request): HtmlContent {
  const data = dataOf(request);
  const notices = data[NAME];
  if (!Array.isArray(notices)) return null;
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the name is a constant
  delete data[NAME];
  const texts = notices.filter((notice) => typeof notice === "string");
  return html`<div class="note" role="status" tabindex="-1" autofocus>
    ${texts.map((text) => html`<p>${text}</p>`)}
  </div>`;
}
