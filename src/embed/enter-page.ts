/** The pages around the first step into an embedded page. */
import { createHash } from "node:crypto";
import type { Response } from "express";
import { forbidStorage } from "../http/request/answers.js";
import { html, Html } from "../pages/html.js";
import { setFrameAncestors } from "./frame-ancestors.js";

const SCRIPT = "document.forms[0].submit()";
const SCRIPT_HASH = `'sha256-${createHash("sha256").update(SCRIPT).digest("base64")}'`;
/** Written apart from the page, because a formatter changes the spaces that count for the hash. */
const SCRIPT_ELEMENT = new Html(`<script>${SCRIPT}</script>`);

/**
 * Answers with a page that posts the token at once. So a link preview or a scanner, which only reads pages, uses no token up.
 * Without JavaScript the page has a button.
 */
export function sendEnterPage(response: Response, token: string, ancestors: readonly string[]): void {
  forbidStorage(response);
  response.setHeader(
    "Content-Security-Policy",
    `default-src 'none'; script-src ${SCRIPT_HASH}; form-action 'self'; base-uri 'none'`,
  );
  setFrameAncestors(response, ancestors);
  // The token leaves this site in no Referer. The form's Origin stays.
  response.setHeader("Referrer-Policy", "same-origin");
  response.type("html").send(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width" />
          <meta name="robots" content="noindex" />
          <title>Opening …</title>
        </head>
        <body>
          <form method="post">
            <input type="hidden" name="token" value="${token}" /><button>Continue</button>
          </form>
          ${SCRIPT_ELEMENT}
        </body>
      </html> `.toString(),
  );
}
