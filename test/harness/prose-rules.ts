/** The words and turns that our prose avoids. CONTRIBUTING.md explains the rules. */

/** One pattern to avoid. */
export interface ProseRule {
  readonly pattern: RegExp;
  /** Tells the writer what to write instead. */
  readonly advice: string;
}

const rule = (pattern: RegExp, advice: string): ProseRule => ({ pattern, advice });

/** Patterns that no comment, message, test title or page may contain. */
export const ANYWHERE: readonly ProseRule[] = [
  // Words that few readers know, or that name nobody.
  rule(/\bmend(?:s|ed|ing)?\b/i, "fix"),
  rule(/\banew\b/i, "again"),
  rule(/\bin vain\b/i, "fails"),
  rule(/\bhad better\b|\bought to\b|\bshall\b/i, "must or should"),
  rule(
    /\blest\b|\bhence\b|\bthere(?:by|of|in|upon)\b|\bwhere(?:by|in|of|upon)\b/i,
    "say it in two sentences",
  ),
  rule(/\blikewise\b/i, "also"),
  rule(/\bborne\b|\bheeds?\b|\bamiss\b|\bhitherto\b/i, "use a common word"),
  rule(/\bin earnest\b/i, "real"),
  rule(/\bat hand\b/i, "name the thing"),
  rule(/\bthe likes of\b|\band (?:its|their) kin\b/i, "such as"),
  rule(/\bundercuts?\b/i, "is faster than, is lower than"),
  rule(/\btold\b/i, "name who reports it: logs, returns, is listed in"),
  rule(/\bwho(?:m|so)ever\b|\bwhoever\b|\bwhom\b/i, "name the actor: the user, the app's developer"),
  rule(/\bwhatever\b|\bwhichever\b|\bwherever\b/i, "name the thing: any reply, the earlier of the two"),
  rule(/\b(?:nobody|somebody|anybody|everybody|another|one|other)'s\b/i, "name the owner: another user's"),
  rule(/\b(?:nobody|somebody|anybody|everybody)\b/i, "name the actor: no caller, a person, all users"),
  rule(/\b(?:ours|theirs|mine)\b/i, "repeat the noun: the package's"),
  rule(/\bbites\b/i, "takes effect"),
  rule(/\bbeforehand\b/i, "before"),
  rule(/\bin so many words\b|\bfor want of\b|\b(?:that|it) (?:is|was|has been) so\b/i, "name the fact"),
  rule(/\bif need be\b|\bof late\b|\bas it were\b|\bas may be\b|\bcome what may\b/i, "leave it out"),
  // Turns of phrase that hide the verb or the noun.
  rule(/\bthat which\b/i, "repeat the noun"),
  rule(/\bof before\b/i, "before, earlier"),
  rule(/\b(?:is|are) none of\b/i, "expected …, got …"),
  rule(
    /(?<!\bthere )\b(?:is|are|was|were) no (?!longer|more|less|fewer|earlier|later|older|newer)\w/i,
    "is not a",
  ),
  rule(/\bsuch\b(?! as\b(?! to\b))/i, "repeat the noun"),
  rule(/\b(?:can|to|is|are|was|be) (?:not )?(?:be )?had\b/i, "name the verb: reach, read, get"),
  rule(/\b(?:that|those|the ones?) of\b/i, "repeat the noun"),
  rule(/\bones\b|\bone (?:that|which|who)\b/i, "repeat the noun"),
  rule(/(?<=^|[.;:] )(?:Of|So (?:is|are|does|do|has|have)|Nor)\b/, "begin with the subject"),
  rule(/\b(?:go|goes|went|gone|going) on\b/i, "continues"),
  rule(/\bstands? (?:in|on|at|behind|before|for|as|under|where)\b/i, "is, means"),
  rule(/\bas things stand\b/i, "with the current settings"),
  rule(/\bnowhere\b/i, "in no …"),
  rule(
    /\b(?:of|from|for|to|by|with|against|about|under|in|on|at|behind|between|after|before|beyond|than) what\b/i,
    "name the thing instead of 'what'",
  ),
  rule(
    /(?:^|[.,;:(–—] |\b(?:and|but|or|that|so) )what(?:'s| (?:is|are|was|were|has|had|have|can|may|must|does|do|comes?|goes|takes?|lies|stands?|only))\b(?![^.]*\?)/i,
    "name the subject instead of 'what'",
  ),
  rule(
    /(?<=^|[.;:] )(?:What|Whether|Which|Who|Whose|Where|How)\b(?! to\b)(?![^.;]*\?)/,
    "begin with the actor",
  ),
];

/** Openings that a doc comment, or one of its `@param` and `@returns`, may not have. */
export const OPENINGS: readonly ProseRule[] = [
  rule(
    /^(?:a )?(?:what|whose|which|who|where|why|how|since when|of what|by what)\b/i,
    "a noun, or 'Returns …'",
  ),
  rule(/^whether\b/i, "'True if …'"),
  rule(/^when\b/i, "'Time at which …'"),
  rule(/^(?:that|those|such|so|as|of|all that|everything that)\b/i, "a verb ('Returns') or a noun"),
  rule(/^(?:the same|the like)\b/i, "'Like `name`, but …'"),
  rule(/^(?:is|are|was|were|may|must|can|does|has been)\b/i, "a verb ('Returns') or a noun"),
  rule(/^(?:for how|from where|until when)\b/i, "a noun"),
];

/** Longest sentence of a comment or page, in words. Aim at 20. */
export const SENTENCE_WORDS = 32;
/** Longest cell of a table, in characters. Longer ones become headings with short paragraphs. */
export const CELL_CHARACTERS = 160;
