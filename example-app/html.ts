/** Markup that is escaped already. */
export class SafeHtml {
  constructor(readonly markup: string) {}
  toString(): string {
    return this.markup;
  }
}

/** A value for a template. Text is escaped; `null`, `undefined` and `false` add nothing. */
export type Content = SafeHtml | string | number | null | undefined | false | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

function markupOf(content: Content): string {
  if (content instanceof SafeHtml) return content.markup;
  if (Array.isArray(content)) return (content as readonly Content[]).map(markupOf).join("");
  if (content === null || content === undefined || content === false) return "";
  return escape(String(content));
}

/** Builds markup from a template and escapes every inserted text. Attributes must use double quotes. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): SafeHtml {
  return new SafeHtml(
    strings.map((text, index) => text + (index < contents.length ? markupOf(contents[index]) : "")).join(""),
  );
}
