/** The page to which a tab comes back after signing in again. */
import type { Request } from "express";
import { knownLanguage, LANGUAGES, type Language } from "../request/language.js";

/** An answer that is a page. */
export class Page {
  constructor(readonly html: string) {}
}

/** The page's script. Other tabs take its message as a hint, and ask the server. */
export const DONE_SCRIPT = `const base = new URL(".", import.meta.url).pathname.replace(/\\/$/, "");
new BroadcastChannel("curfew:" + base).postMessage({ v: 1, type: "reauthenticated", sessionTag: "" });
close();
`;

interface DoneWords {
  readonly direction: "ltr" | "rtl";
  readonly title: string;
  readonly text: string;
}

const WORDS: Readonly<Record<Language, DoneWords>> = {
  en: {
    direction: "ltr",
    title: "You're signed in again",
    text: "Close this tab, and continue in the tab where you were.",
  },
  de: {
    direction: "ltr",
    title: "Sie sind wieder angemeldet",
    text: "Schließen Sie diesen Tab, und arbeiten Sie im vorherigen Tab weiter.",
  },
  ar: {
    direction: "rtl",
    title: "لقد سجّلت الدخول مرة أخرى",
    text: "أغلق علامة التبويب هذه، وتابع في علامة التبويب السابقة.",
  },
};

/**
 * Returns the page in the language of the address, which the dialog gives, or in a language that the browser accepts.
 * The page asks the person to close the tab: a tab that no script has opened can't close itself.
 */
export function donePage(request: Request): Page {
  const accepted = request.acceptsLanguages([...LANGUAGES]);
  const language = knownLanguage(request.query["lang"]) ?? knownLanguage(accepted) ?? "en";
  const { direction, title, text } = WORDS[language];
  return new Page(`<!doctype html>
<html lang="${language}" dir="${direction}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><link rel="icon" href="data:,">
<script type="module" src="reauth-done.js"></script></head>
<body><main><h1>${title}</h1><p>${text}</p></main></body></html>
`);
}
