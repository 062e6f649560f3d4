/** The answer with a page: in the app's layout, or in this package's own. */
import type { Request, Response } from "express";
import { invalidArgument } from "../check-options.js";
import { forbidStorage } from "../http/request/answers.js";
import { addressForBrowser } from "../http/request/context.js";
import { safeReturnTo } from "../policy/index.js";
import { html, type Html, type HtmlContent } from "./html.js";
import { STYLE_FILE } from "./styles.js";

/** A page for the app's layout. */
export interface RenderedPage {
  /** Title as plain text. Write it into `<title>` and into the page's `<h1>`, escaped, as the tag `html` does. */
  readonly title: string;
  /** Markup for the place below the `<h1>`. It is escaped, and has no script and no inline style. */
  readonly body: Html;
  /** Address of the style sheet, on this site. Write it into `<link rel="stylesheet" href="…">`. */
  readonly styleUrl: string;
  /** HTTP status of the answer. */
  readonly status: number;
}

/** Returns a whole HTML document with a page in the app's layout. */
export type RenderPage = (page: RenderedPage, request: Request) => string | Html | Promise<string | Html>;

/** The parts in which pages differ. */
export interface Page {
  readonly title: string;
  readonly body: HtmlContent;
  /** @default 200 */
  readonly status?: number;
  /** Address that the browser opens by itself after two seconds. It needs no script. */
  readonly refresh?: string | undefined;
}

/** Answers a request with a page. */
export type Show = (request: Request, response: Response, page: Page) => Promise<void>;

/** The own layout needs its style sheet only. `form-action` is left out: it would stop a sign-out that leads to another site's login page. */
const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

const REFRESH_SECONDS = 2;

const OWN: RenderPage = ({ title, body, styleUrl }) =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <link rel="stylesheet" href="${styleUrl}" />
      </head>
      <body class="curfew">
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `;

/** Returns the function that answers with pages. */
export function createShow(render: RenderPage | undefined): Show {
  return async (request, response, { title, body, status = 200, refresh }) => {
    const content = html`<div class="curfew" lang="en">${body}</div>`;
    const page = { title, body: content, styleUrl: addressOf(request, STYLE_FILE), status };
    const text = documentIn(await (render ?? OWN)(page, request));
    forbidStorage(response);
    response.setHeader("X-Content-Type-Options", "nosniff");
    if (refresh !== undefined) response.setHeader("Refresh", `${String(REFRESH_SECONDS)}; url=${refresh}`);
    if (!render) {
      response.setHeader("Content-Security-Policy", POLICY);
      response.setHeader("Referrer-Policy", "no-referrer");
    }
    response.status(status).type("html").send(text);
  };
}

/** @throws CurfewError `invalid_argument` if the app's function returns no document */
function documentIn(rendered: unknown): string {
  const text =
    typeof rendered === "string" ? rendered : (rendered as Partial<Html> | null | undefined)?.markup;
  if (typeof text !== "string")
    throw invalidArgument("pages", "render must return the whole HTML document, as a string");
  return text;
}

/** Parameters of an address. `null` and `undefined` are left out. */
export type Parameters = Readonly<Record<string, string | number | null | undefined>>;

/** Returns the address of a page of the same mount. */
export function addressOf(request: Request, path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== null && value !== undefined) query.set(name, String(value));
  const text = query.toString();
  const mount = addressForBrowser(request, request.baseUrl);
  const address = path === "" ? mount || "/" : `${mount}/${path}`;
  // A mount path with parameters takes them from the request.
  return safeReturnTo(text === "" ? address : `${address}?${text}`);
}

/** Sends the browser to a page of the same mount, so that a reload does not send a form again. */
export function redirect(request: Request, response: Response, path: string, parameters?: Parameters): void {
  forbidStorage(response);
  response.redirect(303, addressOf(request, path, parameters));
}

/** Returns a field of a form. A field that is missing or sent several times is empty. */
export function field(request: Request, name: string): string {
  return textIn(request.body, name);
}

/** Returns the version that a form names; a form without a version conflicts with all. */
export function versionOf(request: Request): number {
  const text = field(request, "version");
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.MAX_SAFE_INTEGER;
}

/** Returns a parameter of the address. A parameter that is missing or sent several times is empty. */
export function parameter(request: Request, name: string): string {
  return textIn(request.query, name);
}

function textIn(values: unknown, name: string): string {
  if (typeof values !== "object" || values === null || !Object.hasOwn(values, name)) return "";
  const value = (values as Readonly<Record<string, unknown>>)[name];
  return typeof value === "string" ? value : "";
}
