/** The project's Markdown pages, for tests that compare them with the code. */
import { textOf, trackedFiles } from "./source-files.js";

/** Returns all Markdown files of the project. */
export function pages(): string[] {
  return trackedFiles().filter((file) => file.endsWith(".md") && !file.endsWith(".api.md"));
}

/** Returns the code blocks of a page in one language. */
export function codeBlocks(page: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm");
  return [...textOf(page).matchAll(fence)].map((match) => match[1] ?? "");
}

/** Returns a page without its code blocks. */
export function proseOf(page: string): string {
  return textOf(page).replace(/^```[\s\S]*?^```$/gm, "");
}

/** Returns the headings of a page, without their number signs. */
export function headingsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#{1,6} (.+)$/gm)].map((match) => (match[1] ?? "").trim());
}

/** Returns the anchor of a heading, as GitHub builds it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}

/** Returns the targets of a page's links, as written. */
export function linksOf(page: string): string[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
}
