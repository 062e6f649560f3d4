/** The draft of one form: written while a person edits, offered when the form is opened again. */
import type { Editor, Fields } from "./editors.js";
import type { Offer, OfferRow } from "./offer.js";
import type { Found, Vault } from "./vault.js";

/** Time without input after which the draft is written. */
const PAUSE_MS = 2_000;

const same = (a: Fields, b: Fields): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Numbers of fields in which two readings differ. */
const differences = (a: Fields, b: Fields): string[] =>
  Object.keys({ ...a, ...b }).filter((name) => a[name] !== b[name]);

export class Draft {
  readonly #key: string;
  readonly #editor: Editor;
  readonly #vault: () => Promise<Vault | null>;
  readonly #loadOffer: () => Promise<Offer>;
  /** The region above the form, once there is something to offer. */
  #offer: Offer | null = null;
  /** Name of the stored draft that this page has written, and its text. */
  #own: { readonly name: string; readonly text: string | null } | null = null;
  /** The values that the page came with, or that the app has stored since. */
  #loaded: Fields;
  /** The values of the last write. */
  #saved: Fields;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writes: Promise<unknown> = Promise.resolve();
  #rows = new Map<string, OfferRow>();
  #isRemoved = false;

  constructor(
    key: string,
    editor: Editor,
    vault: () => Promise<Vault | null>,
    loadOffer: () => Promise<Offer>,
  ) {
    this.#key = key;
    this.#editor = editor;
    this.#loaded = this.#saved = editor.loaded;
    this.#vault = vault;
    this.#loadOffer = loadOffer;
  }

  /** Offers the stored drafts. A draft that equals the form is deleted. @param keepsEqual - true after a failed answer */
  async open(keepsEqual: boolean): Promise<void> {
    const vault = await this.#vault();
    if (!vault) return;
    for (const found of await vault.find(this.#key)) {
      const now = this.#editor.read();
      if (!found.content || differences(found.content.fields, now).length > 0)
        this.#rows.set(found.name, this.#rowOf(found, now));
      else if (!keepsEqual) localStorage.removeItem(found.name);
    }
    if (this.#rows.size === 0) return;
    const offer = await this.#loadOffer();
    if (this.#isRemoved) offer.remove();
    else this.#offer = offer;
    this.#showRows();
  }

  /** Notes an edit. */
  touch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(), PAUSE_MS);
  }

  /** Writes the form as it is now, if it has changed. Resolves when it is stored. */
  save(sent = false): Promise<unknown> {
    clearTimeout(this.#timer);
    const fields = this.#editor.read();
    if (!sent && same(fields, this.#saved)) return this.#writes;
    this.#saved = fields;
    this.#writes = this.#writes.then(() => this.#write(fields, sent));
    return this.#writes;
  }

  /** Marks the draft as sent. A page that this session opens later deletes it. */
  async send(): Promise<void> {
    if (this.#own) (await this.#vault())?.markSent(this.#own.name);
    if (!same(this.#editor.read(), this.#loaded)) await this.save(true);
  }

  /** Deletes the draft, because the app has stored the form. Later edits are compared with the form as it is now. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#loaded = this.#saved = this.#editor.read();
    this.#writes = this.#writes.then(() => this.#drop());
  }

  remove(): void {
    clearTimeout(this.#timer);
    this.#isRemoved = true;
    this.#offer?.remove();
  }

  async #write(fields: Fields, sent: boolean): Promise<void> {
    const loaded = this.#loaded;
    if (same(fields, loaded)) {
      this.#drop();
      return;
    }
    const vault = await this.#vault();
    const name = vault && this.#slot(vault);
    const isSaved = name ? await vault.write(name, { fields, loaded }, sent) : false;
    if (name && isSaved) this.#own = { name, text: localStorage.getItem(name) };
    else this.#saved = loaded;
    this.#report(isSaved ? "saved" : "failed");
  }

  /** Returns this page's place. A draft that this page has not written is replaced only if no place is free. */
  #slot(vault: Vault): string {
    if (this.#own && localStorage.getItem(this.#own.name) === this.#own.text) return this.#own.name;
    const names = vault.namesOf(this.#key);
    const free = names.find((name) => localStorage.getItem(name) === null);
    if (free !== undefined) return free;
    const oldest = [...this.#rows].findLast(([name]) => names.includes(name))?.[0] ?? names[0] ?? "";
    if (this.#rows.delete(oldest)) this.#showRows();
    return oldest;
  }

  #drop(): void {
    if (this.#own) localStorage.removeItem(this.#own.name);
    this.#own = null;
  }

  #rowOf({ name, at, isOld, content }: Found, now: Fields): OfferRow {
    const isChanged = content !== null && !same(content.loaded, this.#loaded);
    return {
      at,
      isOld,
      conflicts: content && isChanged ? differences(content.fields, now).length : 0,
      onRestore: content && (() => this.#restore(name, content.fields)),
      onDiscard: () => {
        localStorage.removeItem(name);
        this.#decided(name, "discarded");
      },
    };
  }

  #restore(name: string, fields: Fields): void {
    this.#drop();
    this.#own = { name, text: localStorage.getItem(name) };
    this.#editor.write(fields)?.focus();
    this.#saved = this.#editor.read();
    clearTimeout(this.#timer);
    this.#offer?.announceRestored();
    this.#decided(name, "restored");
  }

  #decided(name: string, state: "restored" | "discarded"): void {
    this.#rows.delete(name);
    this.#report(state);
  }

  #showRows(): void {
    this.#offer?.show([...this.#rows.values()]);
  }

  #report(state: "saved" | "failed" | "restored" | "discarded"): void {
    const detail = { key: this.#key, state };
    this.#editor.element.dispatchEvent(new CustomEvent("curfew:draft", { bubbles: true, detail }));
  }
}
