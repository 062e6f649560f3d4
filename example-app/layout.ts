import type { Request, Response } from "express";
import { html, type Html, type HtmlContent, type RenderedPage } from "express-curfew";
import { durationText } from "express-curfew/policy";
import { SKIPPED, type SkippableClock } from "./clock.js";
import type { Users } from "./users.js";

/** The parts in which pages differ. */
export interface Page {
  readonly title: string;
  readonly body: HtmlContent;
  /** HTTP status. @default 200 */
  readonly status?: number;
}

/** Answers a request with a page. */
export type Show = (request: Request, response: Response, page: Page) => void;

const STEPS: readonly (readonly [minutes: number, label: string])[] = [
  [1, "+1 min"],
  [5, "+5 min"],
  [13, "+13 min"],
  [15, "+15 min"],
  [30, "+30 min"],
  [24 * 60, "+1 day"],
  [29 * 24 * 60, "+29 days"],
];

/** Creates the function that answers with the example's own pages. */
export function createShow(render: ReturnType<typeof createLayout>): Show {
  return (request, response, { title, body, status = 200 }) => {
    response.status(status).type("html");
    response.setHeader("Cache-Control", "no-store");
    response.send(render({ title, body: html`${body}` }, request).markup);
  };
}

/** The parts of a page that the layout shows. The package's pages have their own style sheet. */
type LaidOut = Pick<RenderedPage, "title" | "body"> & Partial<RenderedPage>;

/** Creates the layout of all pages: the example's own pages and the package's pages. */
export function createLayout(clock: SkippableClock, users: Users, clientUrl: string) {
  return ({ title, body, styleUrl }: LaidOut, request: Request): Html => {
    const notices = takeNotices(request);
    return html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width" />
          <title>${title} - express-curfew example</title>
          <link rel="icon" href="data:," />
          <link rel="stylesheet" href="/style.css" />
          ${styleUrl !== undefined && html`<link rel="stylesheet" href="${styleUrl}" />`}
          ${clientScript(request, clientUrl)}
        </head>
        <body>
          ${header(request, users)}
          <main tabindex="-1">
            <h1>${title}</h1>
            ${notices.map((notice) => html`<p class="notice" role="status">${notice}</p>`)} ${body}
          </main>
          ${timeBar(request, clock)}
        </body>
      </html>`;
  };
}

/**
 * Returns the tag of the package's browser script, which warns, reports input and keeps tabs in step.
 * It is in `<head>`, before any script of the app. Public pages need no session.
 */
function clientScript(request: Request, clientUrl: string): Html {
  const curfew = request.curfew as Request["curfew"] | undefined;
  return curfew?.state === "active"
    ? html`<script
        type="module"
        src="${clientUrl}"
        data-base="/curfew"
        data-login="/login"
        data-username="${curfew.session.userId}"
      ></script>`
    : html`<script
        type="module"
        src="${clientUrl}"
        data-base="/curfew"
        data-login="/login"
        data-public
      ></script>`;
}

/** Returns the messages of the previous request and deletes them. The session is saved when the answer ends. */
function takeNotices(request: Request): readonly string[] {
  // Without Redis there is no session, but the error page must still be shown.
  const session = request.session as Request["session"] | undefined;
  const notices = session?.notices ?? [];
  if (session && notices.length > 0) delete session.notices;
  return notices;
}

function header(request: Request, users: Users): Html {
  const curfew = request.curfew as Request["curfew"] | undefined;
  if (curfew?.state !== "active") return html`<header><strong>express-curfew example</strong></header>`;
  const { userId } = curfew.session;
  const links: [string, string][] = [
    ["/", "Home"],
    ["/account/sessions", "Your sessions"],
    ["/account/recovery-code", "Recovery code"],
  ];
  if (users.isAdmin(userId)) links.push(["/admin", "Administration"]);
  const here = pathOf(request);
  const isHere = (href: string): boolean => here === href || here.startsWith(`${href}/`);
  return html`<header>
    <strong>express-curfew example</strong>
    <nav aria-label="Pages">
      ${links.map(([href, name]) =>
        isHere(href)
          ? html`<a href="${href}" aria-current="page">${name}</a>`
          : html`<a href="${href}">${name}</a>`,
      )}
    </nav>
    <form method="post" action="/logout" data-curfew-signout>
      <span>${userId}</span>
      <button>Sign out</button>
    </form>
  </header>`;
}

/** Returns the path without parameters, with the path of a mounted router. */
const pathOf = (request: Request): string => request.baseUrl + request.path;

function timeBar(request: Request, clock: SkippableClock): Html {
  const here = request.method === "GET" ? withoutMark(request.originalUrl) : pathOf(request);
  const ahead = clock.aheadMs();
  return html`<footer>
    <form method="post" action="/time" aria-label="The example's clock">
      <input type="hidden" name="return_to" value="${here}" />
      <span>
        The example's clock: ${moment(clock())},
        ${ahead === 0 ? "real time" : `${durationText(ahead)} ahead`}. Skip
      </span>
      ${STEPS.map(([minutes, label]) => html`<button name="minutes" value="${minutes}">${label}</button>`)}
    </form>
  </footer>`;
}

function withoutMark(address: string): string {
  const url = new URL(address, "http://here.invalid");
  url.searchParams.delete(SKIPPED);
  return url.pathname + url.search;
}

const TIME = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** Returns a time as text, in the server's time zone. */
export function moment(at: number): Html {
  const date = new Date(at);
  return html`<time datetime="${date.toISOString()}">${TIME.format(date)}</time>`;
}
