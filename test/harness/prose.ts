/** Finds the prose of the project's files: comments, messages, test titles and pages. */
import ts from "typescript";
import { ANYWHERE, CELL_CHARACTERS, OPENINGS, SENTENCE_WORDS } from "./prose-rules.js";
import { textOf } from "./source-files.js";

/** One passage of prose. */
export interface Passage {
  readonly kind: "cell" | "comment" | "doc" | "page" | "string";
  readonly line: number;
  readonly text: string;
}

/** A passage that breaks a rule. */
export interface Finding {
  readonly line: number;
  readonly found: string;
  readonly advice: string;
}

/** Returns everything in a file that people read. */
export function passagesOf(file: string): Passage[] {
  const text = textOf(file);
  if (file.endsWith(".md")) return passagesOfPage(text);
  if (file.endsWith(".lua")) return passagesOfLua(text);
  return passagesOfTypeScript(file, text);
}

/** Returns all breaches of the prose rules in one passage. */
export function findingsIn(passage: Passage): Finding[] {
  const text = plain(passage.text);
  const found = ANYWHERE.flatMap(({ pattern, advice }) => {
    const match = pattern.exec(text);
    return match ? [{ found: around(text, match.index), advice }] : [];
  });
  if (passage.kind === "doc")
    for (const opening of openingsOf(text))
      for (const { pattern, advice } of OPENINGS)
        if (pattern.test(opening))
          found.push({ found: opening.slice(0, 60), advice: `begin with ${advice}` });
  if (passage.kind !== "string")
    for (const sentence of text.split(/[.!?;:](?=\s|$)/)) {
      const words = sentence.match(/[\p{L}\d][\p{L}\d'’.-]*/gu)?.length ?? 0;
      if (words > SENTENCE_WORDS)
        found.push({ found: sentence.trim().slice(0, 60), advice: `split a sentence of ${words} words` });
    }
  if (passage.kind === "cell" && passage.text.length > CELL_CHARACTERS)
    found.push({ found: passage.text.slice(0, 60), advice: "use headings instead of a wide table" });
  return found.map((finding) => ({ line: passage.line, ...finding }));
}

/** Removes code and addresses. A code span counts as one word; an item of a list ends a sentence. */
function plain(text: string): string {
  return text
    .replace(/\n\s*(?=\n|[-*] |KEYS\[|ARGV\[|\[\d)|\s(?=@[a-z])/g, ". ")
    .replace(/`[^`]*`/g, "Code")
    .replace(/\]\([^)]*\)/g, "]")
    .replace(/\{@link [^}]*\}/g, "Code")
    .replace(/https?:\/\/\S+/g, "Address")
    .replace(/\s+/g, " ")
    .trim();
}

const around = (text: string, index: number): string => text.slice(Math.max(0, index - 25), index + 40);

/** Returns the beginnings of a doc comment and of its `@param` and `@returns`. */
function openingsOf(text: string): string[] {
  return text
    .split(/ ?@(?:param \S+ -|returns) /)
    .map((part) => part.replace(/^[.\s]+/, ""))
    .filter((part) => part !== "");
}

function passagesOfPage(text: string): Passage[] {
  const passages: Passage[] = [];
  let paragraph: { line: number; lines: string[] } | null = null;
  let isCode = false;
  const close = (): void => {
    if (paragraph)
      passages.push({ kind: "page", line: paragraph.line, text: paragraph.lines.join(" ").trim() });
    paragraph = null;
  };
  for (const [index, line] of text.split("\n").entries()) {
    if (/^\s*```/.test(line)) isCode = !isCode;
    if (isCode || /^\s*```|^\s*$|^<!--/.test(line)) close();
    else if (line.startsWith("|")) {
      close();
      for (const cell of line.split(/(?<!\\)\|/))
        if (/\w/.test(cell)) passages.push({ kind: "cell", line: index + 1, text: cell.trim() });
    } else {
      if (/^#|^\s*(?:[-*]|\d+\.) /.test(line)) close();
      paragraph ??= { line: index + 1, lines: [] };
      paragraph.lines.push(line.replace(/^#+ |^\s*(?:[-*]|\d+\.) /, ""));
      if (line.startsWith("#")) close();
    }
  }
  close();
  return passages;
}

function passagesOfLua(text: string): Passage[] {
  const comments = text.matchAll(/--\[\[([\s\S]*?)\]\]|--(?!@include)(.*)/g);
  return [...comments].map((match) => ({
    kind: "comment",
    line: lineAt(text, match.index),
    text: (match[1] ?? match[2] ?? "").trim(),
  }));
}

function passagesOfTypeScript(file: string, text: string): Passage[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const passages: Passage[] = [];
  const seen = new Set<number>();
  const readsStrings = !file.startsWith("test/") || file.startsWith("test/battery/");
  const visit = (node: ts.Node): void => {
    const ranges = [
      ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.end) ?? []),
    ].filter(({ pos }) => !seen.has(pos));
    for (const { pos } of ranges) seen.add(pos);
    passages.push(...passagesOfComments(text, ranges));
    const string = textOfString(node);
    if (string !== null && /\S \S/.test(string) && (readsStrings || isTitle(node)))
      passages.push({ kind: "string", line: lineAt(text, node.getStart()), text: string });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return passages;
}

/** Joins the `//` comments of consecutive lines, because a sentence may span them. */
function passagesOfComments(text: string, ranges: readonly ts.CommentRange[]): Passage[] {
  const passages: { kind: "comment" | "doc"; line: number; text: string; end: number }[] = [];
  for (const { pos, end } of ranges) {
    const comment = text.slice(pos, end);
    const isLine = comment.startsWith("//");
    const body = isLine ? comment.slice(2) : comment.replace(/^\/\*+|\*\/$|^\s*\* ?/gm, "");
    const previous = passages.at(-1);
    if (isLine && previous && /^\n\s*$/.test(text.slice(previous.end, pos))) {
      previous.text += ` ${body}`;
      previous.end = end;
    } else
      passages.push({
        kind: comment.startsWith("/**") ? "doc" : "comment",
        line: lineAt(text, pos),
        text: body.trim(),
        end,
      });
  }
  return passages.filter(({ text: body }) => !/^(?:eslint|@ts|v8 ignore|prettier)/.test(body.trim()));
}

/** Returns the text of a string or template, with `…` for inserted values. */
function textOfString(node: ts.Node): string | null {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return null;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join("…");
}

/** True if a string is the first argument of `it`, `test` or `describe`. */
function isTitle(node: ts.Node): boolean {
  const call = node.parent as ts.Node | undefined;
  if (!call || !ts.isCallExpression(call) || call.arguments[0] !== node) return false;
  let callee: ts.Node = call.expression;
  while (
    ts.isCallExpression(callee) ||
    ts.isPropertyAccessExpression(callee) ||
    ts.isTaggedTemplateExpression(callee)
  )
    callee = ts.isTaggedTemplateExpression(callee) ? callee.tag : callee.expression;
  return ts.isIdentifier(callee) && /^(?:it|test|describe)/.test(callee.text);
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
