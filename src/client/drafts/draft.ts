/** The draft of one form: written while a person edits, offered when the form is opened again. */
import type { Editor, Fields } from "./editors.js";
import type { Offer, OfferedDraft } from "./offer.js";
import { isStored, type Vault } from "./vault.js";

/** Time without input after which the draft is written. */
const PAUSE_MS = 2_000;

const same = (a: Fields, b: Fields): boolean => JSON.stringify(a) === JSON.stringify(b);

export class Draft {
  readonly #key: string;
  readonly #editor: Editor;
  readonly #vault: () => Promise<Vault | null>;
  readonly #loadOffer: (draft: OfferedDraft) => Promise<Offer>;
  /** The region above the form, once there is something to offer. */
  #offer: Offer | null = null;
  /** Name of the stored draft that this page has written, and its text. */
  #name = "";
  #text: string | null = null;
  /** The values that the page came with, or that the app has stored since. */
  #loaded: Fields;
  /** The values of the last write. */
  #saved: Fields;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writes: Promise<unknown> = Promise.resolve();
  /** Names of the offered drafts, newest first. */
  readonly #offered = new Set<string>();
  #isRemoved = false;

  constructor(
    key: string,
    editor: Editor,
    vault: () => Promise<Vault | null>,
    loadOffer: (draft: OfferedDraft) => Promise<Offer>,
  ) {
    this.#key = key;
    this.#editor = editor;
    this.#loaded = this.#saved = editor.loaded;
    this.#vault = vault;
    this.#loadOffer = loadOffer;
  }

  /** Offers the stored drafts. @param keepsEqual - true after a failed answer */
  async open(keepsEqual: boolean): Promise<void> {
    const vault = await this.#vault();
    if (!vault || !isStored(this.#key)) return;
    const offer = await this.#loadOffer({
      key: this.#key,
      editor: this.#editor,
      vault,
      keepsEqual,
      offered: this.#offered,
      loaded: this.#loaded,
      restore: (name, write) => this.#restore(name, write),
      report: (state) => this.#report(state),
    });
    if (this.#isRemoved) offer.remove();
    else this.#offer = offer;
    offer.show();
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
    if (sent || !same(fields, this.#saved)) {
      this.#saved = fields;
      this.#writes = this.#writes.then(() => this.#write(fields, sent));
    }
    return this.#writes;
  }

  /** Marks the draft as sent. A page that this session opens later deletes it. */
  async send(): Promise<void> {
    const name = this.#ownName();
    if (name) {
      (await this.#vault())?.markSent(name);
      this.#keep(name);
    }
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
    const name = vault ? this.#slot(vault) : "";
    const isSaved = await vault?.write(name, { fields, loaded }, sent);
    if (isSaved) this.#keep(name);
    else this.#saved = loaded;
    this.#report(isSaved ? "saved" : "failed");
  }

  /** Returns this page's place. A draft that this page has not written is replaced only if no place is free. */
  #slot(vault: Vault): string {
    const own = this.#ownName();
    if (own) return own;
    const names = vault.namesOf(this.#key);
    const free = names.find((name) => !localStorage.getItem(name));
    if (free) return free;
    const oldest = [...this.#offered].findLast((name) => names.includes(name)) ?? names[0] ?? "";
    if (this.#offered.delete(oldest)) this.#offer?.show();
    return oldest;
  }

  /** Notes the stored draft as this page's own. */
  #keep(name: string): void {
    this.#name = name;
    this.#text = localStorage.getItem(name);
  }

  #drop(): void {
    localStorage.removeItem(this.#ownName());
    this.#name = "";
  }

  /** Name of this page's stored draft; "" if another tab has replaced it. */
  #ownName(): string {
    return localStorage.getItem(this.#name) === this.#text ? this.#name : "";
  }

  /** Takes a stored draft over as this page's own, and lets `write` fill in the form. */
  #restore(name: string, write: () => void): void {
    this.#drop();
    this.#keep(name);
    write();
    this.#saved = this.#editor.read();
    clearTimeout(this.#timer);
  }

  #report(state: "saved" | "failed" | "restored" | "discarded"): void {
    const detail = { key: this.#key, state };
    this.#editor.element.dispatchEvent(new CustomEvent("curfew:draft", { bubbles: true, detail }));
  }
}
