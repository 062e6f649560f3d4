/** The offer of unsaved work: a region above its form, which does not take the focus. */
import { make, put } from "../make.js";
import { COMMON_CSS, sheetOf } from "../styles.js";
import { RIGHT_TO_LEFT } from "../texts.js";
import type { Words } from "../words/english.js";
import { ENGLISH_DRAFTS, type DraftWordKey } from "../words/english-drafts.js";
import { loadWords, type WordsOption } from "../words/load-words.js";
import type { Editor, Fields } from "./editors.js";
import { findDrafts, type Found } from "./found.js";
import type { Vault } from "./vault.js";
import { writeFields } from "./write-fields.js";

const NAME = "curfew-draft";
const CSS =
  COMMON_CSS +
  ":host{display:block}" +
  "section{margin-block:1rem;padding:1rem}" +
  "button{margin-inline-end:.75rem}";
const DAY_MS = 86_400_000;

/** The texts of drafts in one language. */
interface DraftTexts {
  readonly language: string;
  readonly words: Words;
}

/** The form whose drafts are offered. */
export interface OfferedDraft {
  readonly key: string;
  readonly editor: Editor;
  readonly vault: Vault;
  /** The values that the page came with, or that the app has stored since. */
  readonly loaded: Fields;
  /** True after a failed answer: a draft that equals the form is kept. */
  readonly keepsEqual: boolean;
  /** Names of the offered drafts, newest first. The page may remove a name, and then calls `show`. */
  readonly offered: Set<string>;
  /** Takes a stored draft over as this page's own. `write` fills in the form. */
  readonly restore: (name: string, write: () => void) => void;
  readonly report: (state: "restored" | "discarded") => void;
}

/** One draft of an offer. */
interface OfferRow extends Found {
  /** Number of fields whose text the draft would replace though the page has changed since; 0 if the page is the same. */
  readonly conflicts: number;
}

/** Finds the drafts of a form, and offers them in a region above the form. A draft that equals the form is deleted. */
export async function openOffer(draft: OfferedDraft, language: string, words: WordsOption): Promise<Offer> {
  const rows: OfferRow[] = [];
  for (const found of await findDrafts(draft.vault, draft.key)) {
    const { content, name } = found;
    const changes = content ? differences(content.fields, draft.editor.read()) : 1;
    const isChanged = content !== null && differences(content.loaded, draft.loaded) > 0;
    if (changes > 0) rows.push({ ...found, conflicts: isChanged ? changes : 0 });
    else if (!draft.keepsEqual) localStorage.removeItem(name);
  }
  for (const { name } of rows) draft.offered.add(name);
  const texts = { language, words: rows.length > 0 ? await loadWords(words) : {} };
  return new Offer(texts, draft, rows);
}

/** Returns the number of fields in which two readings differ. */
function differences(a: Fields, b: Fields): number {
  return Object.keys({ ...a, ...b }).filter((name) => a[name] !== b[name]).length;
}

/** The region above a form. */
export class Offer {
  readonly #texts: DraftTexts;
  readonly #draft: OfferedDraft;
  readonly #found: readonly OfferRow[];
  readonly #host: HTMLElement;
  readonly #rows = make("div");
  readonly #live = make("p", { part: "live", role: "status", "aria-atomic": "true" });

  #announcement: ReturnType<typeof setTimeout> | undefined;

  constructor(texts: DraftTexts, draft: OfferedDraft, found: readonly OfferRow[]) {
    this.#texts = texts;
    this.#draft = draft;
    this.#found = found;
    if (!customElements.get(NAME)) customElements.define(NAME, class extends HTMLElement {});
    this.#host = make(NAME as "div");
    this.#host.lang = texts.language;
    this.#host.dir = RIGHT_TO_LEFT.test(texts.language) ? "rtl" : "ltr";
    const root = this.#host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheetOf(CSS)];
    root.append(this.#rows, this.#live);
    if (found.length > 0) draft.editor.element.before(this.#host);
  }

  /** Shows one row for each draft that is still offered, and announces the first one. */
  show(): void {
    const rows = this.#found.filter(({ name }) => this.#draft.offered.has(name));
    const texts = rows.map((row) => this.#textOf(row));
    this.#rows.replaceChildren(...rows.map((row, index) => this.#rowOf(row, texts[index] ?? "")));
    // A screen reader announces a change of a region that is there already.
    this.#announcement = setTimeout(() => put(this.#live, texts[0] ?? ""), 100);
  }

  remove(): void {
    this.#host.remove();
  }

  #rowOf({ name, content }: OfferRow, text: string): HTMLElement {
    const { offered, report } = this.#draft;
    const title = this.#say("draft.title");
    const row = make("section", { "aria-label": title, part: "draft" }, make("p", {}, text));
    const add = (word: DraftWordKey, part: string, run: () => void): void => {
      const button = make("button", { type: "button", part: `button ${part}` }, this.#say(word));
      button.onclick = () => {
        row.remove();
        offered.delete(name);
        run();
      };
      row.append(button);
    };
    if (content) add("draft.restore", "primary", () => this.#restore(name, content.fields));
    add("draft.discard", "secondary", () => {
      localStorage.removeItem(name);
      report("discarded");
    });
    return row;
  }

  #restore(name: string, fields: Fields): void {
    const { editor, restore, report } = this.#draft;
    restore(name, () => writeFields(editor, fields)?.focus());
    clearTimeout(this.#announcement);
    put(this.#live, this.#say("draft.restored"));
    report("restored");
  }

  #textOf({ at, isOld, conflicts, content }: OfferRow): string {
    const isRecent = Date.now() - at < DAY_MS;
    const style = isRecent ? ({ timeStyle: "short" } as const) : ({ dateStyle: "long" } as const);
    const time = new Date(at).toLocaleString(this.#texts.language, style);
    const text = this.#say(content ? (isOld ? "draft.offer" : "draft.kept") : "draft.lost", { time });
    return conflicts > 0 ? `${text} ${this.#say("draft.conflict", { count: String(conflicts) })}` : text;
  }

  #say(key: DraftWordKey, values: Readonly<Record<string, string>> = {}): string {
    const text = this.#texts.words[key] ?? ENGLISH_DRAFTS[key];
    return text.replace(/{(\w+)}/g, (found, name: string) => values[name] ?? found);
  }
}
