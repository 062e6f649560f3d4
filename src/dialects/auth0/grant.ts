/** Auth0's scopes of the routes. */
export const SCOPES = [
  "read:tenant_settings",
  "update:tenant_settings",
  "read:sessions",
  "update:sessions",
  "delete:sessions",
] as const;

/** One of {@link SCOPES}. */
export type Scope = (typeof SCOPES)[number];

/** The sender of a request, and the operations that the sender's access token permits. */
export interface Grant {
  /** Id of the token's user or client. History and events name it. */
  readonly userId: string;
  /** Other words than {@link SCOPES} permit nothing. */
  readonly scopes: readonly string[];
}

/** Only a user and a list of scopes are a grant: a function that returns a user object may check nothing. */
export function grantIn(answer: unknown): Grant | null {
  if (typeof answer !== "object" || answer === null) return null;
  const { userId, scopes } = answer as Partial<Grant>;
  return typeof userId === "string" && userId !== "" && Array.isArray(scopes) ? { userId, scopes } : null;
}
