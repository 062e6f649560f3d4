/** The sessions of express-session that requests take over (rule M44). */

/** The app's old sessions: their keys, their users, and the time until which they count. */
export interface OldSource {
  /** The prefix of connect-redis's keys. */
  readonly prefix: string;
  /** Time from which old sessions count no longer, in milliseconds since 1970. */
  readonly until: number;
  /** Returns the user of an old session's data; `null` if they name none. */
  userIdIn(json: string): string | null;
}

/** Texts of old sessions by their ids; `null` where Redis has none. */
export type OldTexts = ReadonlyMap<string, string | null>;

/** The app's old sessions. `curfew.session({ takeOver })` sets their source. */
export class OldSessions {
  source: OldSource | null = null;

  /** Returns the source while old sessions count. @param now - the deciding clock; `null` before Redis's first reply */
  openAt(now: number | null): OldSource | null {
    return this.source !== null && (now === null || now < this.source.until) ? this.source : null;
  }
}
