/** Unsaved work: kept sealed in the browser, and offered to its user after the next sign-in. */
import type { WordsOption } from "../words/load-words.js";
import { Draft } from "./draft.js";
import { editorOf, type DraftEditor } from "./editors.js";
import type { Offer, OfferedDraft } from "./offer.js";
import { deleteOld, forgetUser, isAvailable, Vault } from "./vault.js";

export type { DraftEditor } from "./editors.js";

/** Options of {@link startDrafts}. */
export interface DraftsOptions {
  /** Path of `curfew.routes()`. @default "/curfew" */
  readonly base?: string;
  /** Language of times and direction. @default the `lang` of `<html>`, else "en" */
  readonly language?: string;
  /** Texts in another language, such as `GERMAN`. An address of JSON is loaded with the first offer. @default English */
  readonly words?: WordsOption;
}

/** The drafts of one page. */
export interface Drafts {
  /**
   * Keeps the unsaved input of a form or an editor, and offers earlier input. Passwords, hidden fields, files and fields
   * inside `[data-curfew-nodraft]` are never kept.
   *
   * @param key - names the form's content, such as "ticket-42"; it is readable in the browser's storage
   * @returns a function that ends this, for an editor that leaves the page
   */
  register(key: string, target: HTMLFormElement | DraftEditor): () => void;
  /** Deletes the page's draft of a key. Call it when the app has stored the form without leaving the page. */
  clear(key: string): void;
  /** Ends the drafts of this page. Stored drafts remain. */
  stop(): void;
}

/** Detail of `curfew:draft`, which is dispatched on the form or the editor's element. */
export interface DraftEventDetail {
  readonly key: string;
  /** `failed`: the draft could not be stored. */
  readonly state: "saved" | "failed" | "restored" | "discarded";
}

/** Attribute of a form or link that signs out. Its drafts are deleted. */
const SIGN_OUT = "[data-curfew-signout]";
/** Lowest HTTP status of an answer that may not have stored a form. */
const FAILED = 400;

/**
 * Keeps unsaved work on this page: 2 seconds after the last input, when the page is hidden, and when the session ends. Does
 * nothing where the page is not secure (HTTPS or localhost).
 *
 * @example `startDrafts({ base: "/curfew" }).register("ticket-42", form)`
 */
export function startDrafts(options: DraftsOptions = {}): Drafts {
  const { base = "/curfew", words = {} } = options;
  const language = options.language ?? (document.documentElement.lang || "en");
  if (!isAvailable())
    return { register: () => () => undefined, clear: () => undefined, stop: () => undefined };
  const drafts = new Map<string, Draft>();
  const stopping = new AbortController();
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  const hasFailed = (navigation?.responseStatus ?? 0) >= FAILED;
  let opening: Promise<Vault | null> | null = null;

  /** Opens the vault once. A failure is tried again with the next draft. */
  const vault = (): Promise<Vault | null> => {
    opening ??= Vault.open(base).then((opened) => {
      if (!opened) opening = null;
      else if (!hasFailed) opened.deleteSent();
      return opened;
    });
    return opening;
  };
  /** Loads the offer's code with its texts, and offers a form's drafts. */
  const offer = async (draft: OfferedDraft): Promise<Offer> =>
    (await import("./offer.js")).openOffer(draft, language, words);
  const saveAll = (): Promise<unknown> => Promise.all([...drafts.values()].map((draft) => draft.save()));
  const on = (target: EventTarget, type: string, listener: (event: Event) => void): void =>
    target.addEventListener(type, listener, { signal: stopping.signal });

  deleteOld();
  on(document, "visibilitychange", () => {
    if (document.visibilityState === "hidden") void saveAll();
  });
  on(window, "pagehide", () => void saveAll());
  on(window, "curfew:ending", (event) => {
    (event as CustomEvent<{ waitUntil(work: Promise<unknown>): void }>).detail.waitUntil(saveAll());
  });
  // On `window`, after the app's listeners: an app that prevents the default keeps the drafts.
  on(window, "curfew:signout", (event) => {
    if (!event.defaultPrevented) forgetUser();
  });
  const signOut = (event: Event, selector: string): void => {
    const isSignOut = event.target instanceof Element && event.target.closest(selector) !== null;
    if (!isSignOut || event.defaultPrevented) return;
    document.dispatchEvent(new Event("curfew:signout", { bubbles: true, cancelable: true }));
  };
  on(window, "click", (event) => signOut(event, `a${SIGN_OUT}`));
  on(window, "submit", (event) => signOut(event, `form${SIGN_OUT}`));

  return {
    register: (key, target) => {
      const editor = editorOf(target);
      const { element } = editor;
      const draft = new Draft(key, editor, vault, offer);
      // The dialog then says that unsaved work is kept.
      element.dataset["curfewKept"] = "";
      const leaving = new AbortController();
      const { signal } = leaving;
      drafts.get(key)?.remove();
      drafts.set(key, draft);
      for (const type of ["input", "change"]) element.addEventListener(type, () => draft.touch(), { signal });
      addEventListener(
        "submit",
        (event) => {
          // A form that a script sends is stored when the app says so: `clear`.
          if (event.target === element) void (event.defaultPrevented ? draft.save() : draft.send());
        },
        { signal },
      );
      // Without the offer's code nothing is offered on this page. The drafts stay.
      draft.open(hasFailed).catch(() => undefined);
      return () => {
        leaving.abort();
        draft.remove();
        if (drafts.get(key) === draft) drafts.delete(key);
      };
    },
    clear: (key) => drafts.get(key)?.clear(),
    stop: () => {
      stopping.abort();
      for (const draft of drafts.values()) draft.remove();
      drafts.clear();
    },
  };
}
