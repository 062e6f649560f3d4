import { redisUnavailable } from "../../errors.js";
import { readText, type Storage } from "../storage.js";
import { RuleBook } from "../values/rule-book.js";
import { decodeShared } from "../values/rule-codec.js";

/** Returns the rules that the settings name. @returns `null` if Redis has no readable text of this name */
export function findBook(storage: Storage, stamp: string): Promise<RuleBook | null> {
  return storage.books.find(stamp, async () => {
    const shared = decodeShared((await readText(storage, storage.keys.rules(stamp))) ?? "");
    return shared && new RuleBook(stamp, shared);
  });
}

/** Like {@link findBook}, for rules that must be there. @throws CurfewError `redis_unavailable` */
export async function readBook(storage: Storage, stamp: string): Promise<RuleBook> {
  const book = await findBook(storage, stamp);
  if (book) return book;
  storage.events.warnOnce(
    "rules_lost",
    "The rules of tenants and roles are missing or unreadable. Requests with a session get 503. " +
      "Call curfew.settings.rules.reset() to begin without rules.",
  );
  throw redisUnavailable(new Error("the rules of tenants and roles are missing or unreadable"));
}
