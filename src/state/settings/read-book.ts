import { CurfewError } from "../../errors.js";
import { readText, type Storage } from "../storage.js";
import type { SavedSettings } from "../values/settings-codec.js";
import { RuleBook } from "../values/rule-book.js";
import { decodeShared } from "../values/rule-codec.js";

/** The name of the rules in the settings. */
export type NamedRules = Pick<SavedSettings, "rules" | "endedAt">;

/** Returns the rules that the settings name. @returns `null` if Redis has no readable text of this name */
export async function findBook(
  storage: Storage,
  { rules: stamp, endedAt }: NamedRules,
): Promise<RuleBook | null> {
  const book = await storage.books.find(stamp, async () => {
    const shared = decodeShared((await readText(storage, storage.keys.rules(stamp))) ?? "");
    return shared && new RuleBook(stamp, shared, endedAt);
  });
  const complete = book?.at(endedAt);
  return complete?.isComplete ? complete : null;
}

/** Cause of the error if Redis answers, but has no readable rules. */
export const LOST_RULES = "the rules of tenants and roles are missing or unreadable";

/** True for the error of {@link readBook}: Redis answers, but has no readable rules. */
export function areRulesLost(error: unknown): boolean {
  return error instanceof CurfewError && error.cause instanceof Error && error.cause.message === LOST_RULES;
}

/** Like {@link findBook}, for rules that must be there. @throws CurfewError `redis_unavailable` */
export async function readBook(storage: Storage, named: NamedRules): Promise<RuleBook> {
  const book = await findBook(storage, named);
  if (book) return book;
  storage.events.warnOnce(
    "rules_lost",
    "The rules of tenants and roles are missing or unreadable. Requests with a session get 503. " +
      "Call curfew.settings.rules.reset() to end all sessions and begin without rules.",
  );
  const cause = new Error(LOST_RULES);
  throw new CurfewError("redis_unavailable", `The settings can't be read: ${LOST_RULES}.`, {}, { cause });
}
