/** Parameters that no page of this package sends. */
import { describe, expect, it } from "vitest";
import { ROOT, startPages } from "./support.js";

const HOSTILE = [
  "",
  "x".repeat(300),
  "a\u0000b",
  "\ud800",
  "../..",
  "-1",
  "1e999",
  "NaN",
  "__proto__",
  "%00",
];

const GETS = [
  ["/admin/settings/review", ["job"]],
  ["/admin/settings/rule", ["kind", "name"]],
  ["/admin/settings/purge-locations", ["job"]],
  ["/admin/sessions", ["q"]],
  ["/admin/sessions", ["user", "page"]],
  ["/admin/sessions", ["cursor"]],
  ["/admin/sessions/session", ["ref"]],
  ["/admin/sessions/end", ["ref", "user"]],
  ["/admin/sessions/end-all", ["user"]],
  ["/admin/sessions/end-many", ["job"]],
  ["/admin/audit", ["user", "type", "since", "cursor"]],
  ["/me/sessions", ["page"]],
  ["/me/sessions/end", ["ref"]],
] as const;

const POSTS = [
  ["/admin/settings", ["version", "action", "sessionMinutes", "sessionMinutesUnit", "idleMinutes"]],
  ["/admin/settings/rule", ["name", "version", "action", "sessionMinutes"]],
  ["/admin/settings/purge-locations", ["action", "job"]],
  ["/admin/history/rollback", ["to", "version", "action"]],
  ["/admin/sessions/end", ["ref", "user"]],
  ["/admin/sessions/end-all", ["user"]],
  ["/admin/sessions/end-many", ["kind", "value", "job", "action"]],
  ["/me/sessions/end", ["ref"]],
] as const;

const fieldsWith = (names: readonly string[], value: string): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, value]));

describe("a hostile parameter", () => {
  it.each([false, true])("is never answered 500 or above, with findUsers: %s", async (hasFindUsers) => {
    const admin = hasFindUsers ? { findUsers: () => [] } : {};
    const site = await startPages({ admin });
    const root = await site.signedIn(ROOT);
    const wrong: string[] = [];
    for (const value of HOSTILE) {
      for (const [path, names] of GETS) {
        const { status } = await root.visit(
          `${path}?${String(new URLSearchParams(fieldsWith(names, value)))}`,
        );
        if (status >= 500) wrong.push(`GET ${path} ${JSON.stringify(value)}: ${String(status)}`);
      }
      for (const [path, names] of POSTS) {
        const { status } = await root.submit(path, fieldsWith(names, value));
        if (status >= 500) wrong.push(`POST ${path} ${JSON.stringify(value)}: ${String(status)}`);
      }
      for (const kind of ["tenant", "role", "userId", "credentialsType", "signedInBefore"])
        for (const path of ["/admin/settings/rule", "/admin/sessions/end-many"]) {
          const fields = { kind, name: value, value, version: "0", action: value };
          const { status } = await root.submit(path, fields);
          if (status >= 500) wrong.push(`POST ${path} ${kind} ${JSON.stringify(value)}: ${String(status)}`);
        }
    }
    expect(wrong).toEqual([]);
    expect(await root.standing()).toBe("in");
  });

  it("ends the reader's own session too, where the reader asks for it", async () => {
    const site = await startPages();
    const root = await site.signedIn(ROOT);
    const answer = await root.submit("/admin/sessions/end-many", { kind: "all", action: "end" });
    expect([answer.status, answer.get("Location")]).toEqual([303, "/admin/sessions"]);
    expect(await root.standing()).toBe("revoked_by_admin");
  });
});
