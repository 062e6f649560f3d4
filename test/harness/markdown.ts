/** The project's Markdown pages, for tests that compare them with the code. */
import { textOf, trackedFiles } from "./source-files.js";

/** Every Markdown file of the project. */
export function pages(): string[] {
  return trackedFiles().filter((file) => file.endsWith(".md") && !file.endsWith(".api.md"));
}

/** The code blocks of a page in that language. */
export function codeBlocks(page: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm");
  return [...textOf(page).matchAll(fence)].map((match) => match[1] ?? "");
}

/** A page without its code blocks: what people read. */
export function proseOf(page: string): string {
  return textOf(page).replace(/^```[\s\S]*?^```$/gm, "");
}

/** Headings of a page, without their number signs. */
export function headingsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#{1,6} (.+)$/gm)].map((match) => (match[1] ?? "").trim());
}

/** What a link to a heading has behind its number sign, as GitHub makes it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}

/** Where the links of a page lead, as written. */
export function linksOf(page: string): string[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
}
