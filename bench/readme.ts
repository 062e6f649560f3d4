/** The comments between which the README holds figures of the benchmark. */
const BEGIN = "<!-- Written by npm run bench -- --write -->";
const END = "<!-- End of the benchmark's figures -->";

/** Returns the README with this paragraph of figures. @throws if the README has no place for figures */
export function withFigures(readme: string, paragraph: string): string {
  const [before, rest, ...more] = readme.split(BEGIN);
  const [, after, ...others] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined || more.length > 0 || others.length > 0)
    throw new Error(`README.md: expected one "${BEGIN}" and one "${END}" around the figures.`);
  return `${before}${BEGIN}\n\n${paragraph}\n\n${END}${after}`;
}
