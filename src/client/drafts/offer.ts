/** The offer of unsaved work: a region above its form, which does not take the focus. */
import { make, put } from "../make.js";
import { COMMON_CSS, sheetOf } from "../styles.js";
import { RIGHT_TO_LEFT } from "../texts.js";
import type { Words } from "../words/english.js";
import { ENGLISH_DRAFTS, type DraftWordKey } from "../words/english-drafts.js";
import { loadWords, type WordsOption } from "../words/load-words.js";

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

/** One draft of an offer. */
export interface OfferRow {
  readonly at: number;
  readonly isOld: boolean;
  /** Number of fields whose text the draft would replace though the page has changed since; 0 if the page is the same. */
  readonly conflicts: number;
  /** `null` if the draft can't be opened. */
  readonly onRestore: (() => void) | null;
  readonly onDiscard: () => void;
}

/** Loads the texts, and puts an empty region above a form. */
export async function openOffer(language: string, words: WordsOption, form: HTMLElement): Promise<Offer> {
  return new Offer({ language, words: await loadWords(words) }, form);
}

/** The region above a form. */
export class Offer {
  readonly #texts: DraftTexts;
  readonly #host: HTMLElement;
  readonly #rows = make("div");
  readonly #live = make("p", { part: "live", role: "status", "aria-atomic": "true" });

  #announcement: ReturnType<typeof setTimeout> | undefined;

  constructor(texts: DraftTexts, form: HTMLElement) {
    this.#texts = texts;
    if (!customElements.get(NAME)) customElements.define(NAME, class extends HTMLElement {});
    this.#host = make(NAME as "div");
    this.#host.lang = texts.language;
    this.#host.dir = RIGHT_TO_LEFT.test(texts.language) ? "rtl" : "ltr";
    const root = this.#host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheetOf(CSS)];
    root.append(this.#rows, this.#live);
    form.before(this.#host);
  }

  /** Shows one row for each draft, and announces the first one. */
  show(rows: readonly OfferRow[]): void {
    const texts = rows.map((row) => this.#textOf(row));
    this.#rows.replaceChildren(...rows.map((row, index) => this.#rowOf(row, texts[index] ?? "")));
    // A screen reader announces a change of a region that is there already.
    this.#announcement = setTimeout(() => put(this.#live, texts[0] ?? ""), 100);
  }

  /** Announces that a draft has been restored. */
  announceRestored(): void {
    clearTimeout(this.#announcement);
    put(this.#live, this.#say("draft.restored"));
  }

  remove(): void {
    this.#host.remove();
  }

  #rowOf({ onRestore, onDiscard }: OfferRow, text: string): HTMLElement {
    const title = this.#say("draft.title");
    const row = make("section", { "aria-label": title, part: "draft" }, make("p", {}, text));
    const add = (word: DraftWordKey, part: string, run: () => void): void => {
      const button = make("button", { type: "button", part: `button ${part}` }, this.#say(word));
      button.onclick = () => {
        row.remove();
        run();
      };
      row.append(button);
    };
    if (onRestore) add("draft.restore", "primary", onRestore);
    add("draft.discard", "secondary", onDiscard);
    return row;
  }

  #textOf({ at, isOld, conflicts, onRestore }: OfferRow): string {
    const isRecent = Date.now() - at < DAY_MS;
    const style = isRecent ? ({ timeStyle: "short" } as const) : ({ dateStyle: "long" } as const);
    const time = new Date(at).toLocaleString(this.#texts.language, style);
    const text = this.#say(onRestore ? (isOld ? "draft.offer" : "draft.kept") : "draft.lost", { time });
    return conflicts > 0 ? `${text} ${this.#say("draft.conflict", { count: String(conflicts) })}` : text;
  }

  #say(key: DraftWordKey, values: Readonly<Record<string, string>> = {}): string {
    const text = this.#texts.words[key] ?? ENGLISH_DRAFTS[key];
    return text.replace(/{(\w+)}/g, (found, name: string) => values[name] ?? found);
  }
}
