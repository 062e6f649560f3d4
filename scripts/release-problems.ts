/** Finds the parts of package.json that must change before the package is published. */

/** Stands in package.json for the owner of the repository until the repository has an address. */
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
