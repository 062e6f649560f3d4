/** Markup that is escaped already. */
export class Html {
  constructor(readonly markup: string) {}
}

/** A value for a template. Text is escaped; `null`, `undefined` and `false` add nothing. */
export type Content = Html | string | number | null | undefined | false | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function markupOf(content: Content): string {
  if (content === null || content === undefined || content === false) return "";
  if (content instanceof Html) return content.markup;
  if (typeof content === "object") return content.map(markupOf).join("");
  return String(content).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/**
 * Builds markup from a template and escapes every inserted text. The text of a template is trusted, inserted text never
 * is. Attributes need double quotes. An address comes from `addressOf`.
 */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return new Html(strings.map((text, index) => text + markupOf(contents[index])).join(""));
}

/**
 * Marks a text from outside, such as a user id. Its own writing direction, or control characters for the direction,
 * cannot reorder the text around it.
 */
export function outside(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}
