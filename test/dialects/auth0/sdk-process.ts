/**
 * Uses Auth0's own client, unpatched, in a process of its own: Node reads NODE_EXTRA_CA_CERTS only at its start. Sends
 * each result to the parent process.
 */
import { ManagementClient } from "auth0";

/** Name of the environment variable with the server's host and port. */
const DOMAIN = "CURFEW_TEST_DOMAIN";

/** One result: a value, or the name and the body of an error. */
export type Result =
  { readonly value: unknown } | { readonly error: string; readonly status: number; readonly body: unknown };

const domain = process.env[DOMAIN] ?? "";
const clientWith = (token: string): ManagementClient =>
  new ManagementClient({ domain, token, maxRetries: 0 });
const client = clientWith("all-scopes");

interface Refusal {
  readonly statusCode?: number;
  readonly body?: unknown;
}

async function resultOf(work: Promise<unknown>): Promise<Result> {
  try {
    return { value: await work };
  } catch (error) {
    const { statusCode = 0, body } = error as Refusal;
    return { error: (error as Error).constructor.name, status: statusCode, body };
  }
}

async function pagesOf(userId: string): Promise<unknown> {
  const sizes: number[] = [];
  const ids: unknown[] = [];
  let page = await client.users.sessions.list(userId, { take: 2 });
  for (;;) {
    sizes.push(page.data.length);
    ids.push(...page.data.map(({ id }) => id));
    if (!page.hasNextPage()) return { sizes, ids };
    page = await page.getNextPage();
  }
}

const { settings } = client.tenants;
const steps: readonly [string, () => Promise<unknown>][] = [
  ["get", () => settings.get()],
  ["fields", () => settings.get({ fields: "session_lifetime", include_fields: true })],
  ["update", () => settings.update({ session_lifetime: 8, idle_session_lifetime: 2 })],
  ["minutes", () => settings.update({ session_lifetime_in_minutes: 181 })],
  ["too much", () => settings.update({ session_lifetime: 20_160 })],
  ["no token", () => clientWith("guess").tenants.settings.get()],
  ["no scope", () => clientWith("only-read:sessions").tenants.settings.update({ session_lifetime: 1 })],
  ["pages", () => pagesOf("auth0|ann")],
  ["session", () => client.sessions.get(process.env["CURFEW_TEST_SESSION"] ?? "")],
  [
    "metadata",
    () => client.sessions.update(process.env["CURFEW_TEST_SESSION"] ?? "", { session_metadata: { a: "b" } }),
  ],
  ["revoke", () => client.sessions.revoke(process.env["CURFEW_TEST_SESSION"] ?? "")],
  ["revoked", () => client.sessions.get(process.env["CURFEW_TEST_SESSION"] ?? "")],
  ["delete", () => client.sessions.delete(process.env["CURFEW_TEST_SESSION"] ?? "")],
  ["delete all", () => client.users.sessions.delete("auth0|ann")],
  ["too many", () => Promise.all([...Array(30).keys()].map(() => settings.get()))],
];

if (domain !== "") {
  const results: Record<string, Result> = {};
  for (const [name, step] of steps) results[name] = await resultOf(step());
  process.send?.(results);
}
