/** Finds the parts of package.json and of other files that must change before the package is published. */

/** Text in links in place of the owner of the repository, until the repository has an address. */
export const PLACEHOLDER = "OWNER-PLACEHOLDER";

/** Fields that lead users to the project. */
const LINK_FIELDS = ["repository", "bugs", "homepage"];

/** Returns a sentence for each problem; an empty list if the package may be published. */
export function releaseProblems(manifest: Readonly<Record<string, unknown>>): string[] {
  return LINK_FIELDS.flatMap((field) => {
    const text = JSON.stringify(manifest[field]) as string | undefined;
    if (text === undefined) return [`package.json: "${field}" is missing. Write the project's address.`];
    if (!text.includes(PLACEHOLDER)) return [];
    return [`package.json: "${field}" has ${PLACEHOLDER}. Write the repository's owner instead.`];
  });
}

/** Returns a sentence for each file that has the placeholder. @param texts - texts by the paths of their files */
export function placeholderProblems(texts: ReadonlyMap<string, string>): string[] {
  return [...texts]
    .filter(([, text]) => text.includes(PLACEHOLDER))
    .map(([file]) => `${file} has ${PLACEHOLDER}. Write the repository's owner instead.`);
}
