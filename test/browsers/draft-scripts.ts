/** JavaScript about the drafts of a page, for the tests of drafts in real browsers. */

/** Settings under which a session ends by inactivity. */
export const IDLE = { inactivityLogout: true, allowPersistentSessions: false, sessionMinutes: 300 };
/** JavaScript that reads the texts of the offers. */
export const OFFERS = `[...document.querySelector("curfew-draft")?.shadowRoot.querySelectorAll("section p") ?? []].map((p) => p.textContent)`;
/** JavaScript that presses a button of the first offer. */
export const press = (part: string): string =>
  `document.querySelector("curfew-draft").shadowRoot.querySelector("[part~=${part}]").click()`;
/** JavaScript of an app that has stored the form. */
export const CLEAR =
  "(await (await import(document.querySelector('script[type=module]').src)).drafts).clear('ticket-42')";
/** JavaScript that reads the names of the stored drafts. */
export const DRAFTS = `Object.keys(localStorage).filter((name) => name.startsWith("curfew:d:"))`;
