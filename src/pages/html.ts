/** Markup that is escaped already. `new Html(text)` trusts the text: never give it text from outside. */
export class Html {
  constructor(readonly markup: string) {}

  /** Returns the markup, for templates of other kinds. */
  toString(): string {
    return this.markup;
  }
}

/** A value for a template. Text is escaped; `null`, `undefined` and `false` add nothing. */
export type HtmlContent = Html | string | number | null | undefined | false | readonly HtmlContent[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function markupOf(content: HtmlContent): string {
  if (content === null || content === undefined || content === false) return "";
  if (content instanceof Html) return content.markup;
  if (typeof content === "object") return content.map(markupOf).join("");
  return String(content).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/**
 * Builds markup from a template and escapes every inserted text. The text of a template is trusted, inserted text never
 * is. Attributes need double quotes. Do not insert text from outside as the beginning of an address.
 *
 * @example html`<h1>${title}</h1>`
 */
export function html(strings: TemplateStringsArray, ...contents: readonly HtmlContent[]): Html {
  return new Html(strings.map((text, index) => text + markupOf(contents[index])).join(""));
}

/**
 * Marks a text from outside, such as a user id. Its own writing direction, or control characters for the direction,
 * cannot reorder the text around it.
 */
export function outside(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}

/** Text whose letters cannot reorder the text around them: the Latin alphabet, digits and punctuation. */
const LATIN = /^[\u0020-\u024f]*$/;
/** Control characters for the writing direction. */
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Marks a text from outside where no markup can stand, such as a title or a label. Like {@link outside}, it keeps the text
 * from reordering the text around it.
 */
export function isolated(text: string): string {
  return LATIN.test(text) ? text : `\u2068${text.replace(DIRECTIONS, "\ufffd")}\u2069`;
}
