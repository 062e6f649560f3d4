/** The sessions that lost their places in their user's order, as claimSignIn-1.lua returns them. */
import { CLASS_LIMITS, type BrowserLimitName, type Settings } from "../../policy/index.js";
import { knownClass } from "./class-numbers.js";

/** A session that lost its place. */
export interface Loss {
  readonly ref: string;
  /** The limit above which the session was; `null` for the bound of 100 browsers. */
  readonly limit: BrowserLimitName | null;
}

/** The refs that lost, and those that lost by the limit of their class, each behind the number of its class. */
type LossesReply = readonly [refs: readonly string[], ofClasses: readonly string[]];

/** Reads a reply. @param settings - the settings whose limits the script had */
export function lossesIn(
  [refs, ofClasses]: LossesReply,
  { maxSessionsPerUser }: Pick<Settings, "maxSessionsPerUser">,
): Loss[] {
  const ofTotal = refs.map((ref): Loss => ({
    ref,
    limit: maxSessionsPerUser === null ? null : "maxSessionsPerUser",
  }));
  const byClass = ofClasses.map((text): Loss => ({
    ref: text.slice(1),
    limit: CLASS_LIMITS[knownClass(Number(text[0])) ?? "other"],
  }));
  return [...ofTotal, ...byClass];
}
