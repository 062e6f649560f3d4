const END = "<!-- End of the benchmark's figures -->";

/** A page with figures, and the command that writes them. */
interface Place {
  readonly page: string;
  readonly command: string;
}

const README: Place = { page: "README.md", command: "npm run bench -- --write" };

/**
 * Returns a page with these figures between its two comments.
 *
 * @param text - the page
 * @param place - the page's name in errors, and the command that its first comment names
 * @throws if the page has no place for figures
 */
export function withFigures(text: string, figures: string, { page, command }: Place = README): string {
  const begin = `<!-- Written by ${command} -->`;
  const [before, rest, ...more] = text.split(begin);
  const [, after, ...others] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined || more.length > 0 || others.length > 0)
    throw new Error(`${page}: expected one "${begin}" and one "${END}" around the figures.`);
  return `${before}${begin}\n\n${figures}\n\n${END}${after}`;
}
