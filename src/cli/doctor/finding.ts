/** Findings of the doctor. */

/**
 * Level of a finding: `ok`, `warn` (a risk that an operator may accept), `fail` (sessions are not enforced as promised),
 * `unknown` (Redis does not say).
 */
export type Level = "ok" | "warn" | "fail" | "unknown";

/** Finding of one check. */
export interface Finding {
  readonly check: string;
  readonly level: Level;
  readonly found: string;
  /** Action for an operator; `null` if nothing is to do. */
  readonly fix: string | null;
}

export const ok = (check: string, found: string): Finding => ({ check, level: "ok", found, fix: null });

export const problem = (level: Exclude<Level, "ok">, check: string, found: string, fix: string): Finding => ({
  check,
  level,
  found,
  fix,
});
