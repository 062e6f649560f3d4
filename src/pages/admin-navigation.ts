import type { Request } from "express";
import { html, type Html } from "./html.js";
import { addressOf } from "./page.js";

const PAGES = { settings: "Settings", history: "History", sessions: "Sessions", audit: "Audit" } as const;

/** Returns the links between the administrators' pages. */
export function adminNavigation(request: Request, current: keyof typeof PAGES): Html {
  return html`<nav aria-label="Session administration">
    ${Object.entries(PAGES).map(
      ([path, name]) =>
        html`<a href="${addressOf(request, path)}" ${path === current && html`aria-current="page"`}
          >${name}</a
        > `,
    )}
  </nav>`;
}
