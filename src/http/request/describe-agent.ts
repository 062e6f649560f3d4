import Bowser from "bowser";
import type { Agent } from "../../policy/index.js";

/** A client can send any text as User-Agent. No real browser's is longer. */
const MAX_USER_AGENT_LENGTH = 512;
const NOBODY: Agent = { browser: null, operatingSystem: null };

/** Names the browser and system of a User-Agent header. An unknown part is `null`. Never throws. */
export function describeAgent(
  userAgent: string | undefined,
  describe: ((userAgent: string) => Agent) | undefined = byBowser,
): Agent {
  const text = (userAgent ?? "").slice(0, MAX_USER_AGENT_LENGTH).trim();
  if (text === "") return NOBODY;
  try {
    const { browser, operatingSystem } = describe(text);
    return { browser: textOrNull(browser), operatingSystem: textOrNull(operatingSystem) };
  } catch {
    return NOBODY;
  }
}

/** Text of the app's own functions, which JavaScript lets be anything. */
export function textOrNull(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function byBowser(userAgent: string): Agent {
  const parsed = Bowser.getParser(userAgent);
  return { browser: parsed.getBrowserName() || null, operatingSystem: parsed.getOSName() || null };
}
