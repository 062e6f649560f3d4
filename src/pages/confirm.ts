import type { Request } from "express";
import { html, type HtmlContent, type Html } from "./html.js";
import { addressOf, type Page } from "./page.js";

/** A question before sessions end. */
export interface Question {
  readonly title: string;
  /** Facts below the question. */
  readonly details: HtmlContent;
  /** Path of the form, below the mount. */
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly button: string;
  /** Address of the page to which "Cancel" leads. */
  readonly cancel: string;
}

/** Returns the page with a question. It needs no script, and its address can follow a sign-in. */
export function confirmPage(request: Request, question: Question): Page {
  const { title, details, action, fields, button, cancel } = question;
  const body = html`${details}
    <form method="post" action="${addressOf(request, action)}" class="row">
      ${hiddenFields(fields)}
      <button class="primary">${button}</button>
      <a class="button" href="${cancel}">Cancel</a>
    </form>`;
  return { title, body };
}

/** Returns fields that a form sends unseen. */
export function hiddenFields(fields: Readonly<Record<string, string>>): readonly Html[] {
  return Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
}

/** Returns the page for a session that has ended, does not exist or is another user's. All three look alike. */
export function notFoundPage(back: string): Page {
  const body = html`<p>This session has ended, or it is not in your list.</p>
    <p><a href="${back}">Sessions</a></p>`;
  return { title: "Session not found", status: 404, body };
}
