import Bowser from "bowser";
import type { Agent, DeviceClass } from "../../policy/index.js";

/** A client can send any text as User-Agent. No real browser's is longer. */
const MAX_USER_AGENT_LENGTH = 512;
const NOBODY: Agent = { browser: null, operatingSystem: null };

/** Names the browser and system of a User-Agent header. An unknown part is `null`. Never throws. */
export function describeAgent(
  userAgent: string | undefined,
  describe: ((userAgent: string) => Agent) | undefined = byBowser,
): Agent {
  const text = readable(userAgent);
  if (text === "") return NOBODY;
  try {
    const { browser, operatingSystem } = describe(text);
    return { browser: textOrNull(browser), operatingSystem: textOrNull(operatingSystem) };
  } catch {
    return NOBODY;
  }
}

/** The classes of bowser's types of platforms. All other types are `other`. */
const CLASSES: ReadonlyMap<string, DeviceClass> = new Map([
  ["desktop", "desktop"],
  ["mobile", "phone"],
  ["tablet", "tablet"],
]);

/** Returns the class of device that a User-Agent header claims. `other` for an unknown device. Never throws. */
export function deviceClassOf(userAgent: string | undefined): DeviceClass {
  const text = readable(userAgent);
  if (text === "") return "other";
  try {
    return CLASSES.get(Bowser.getParser(text).getPlatformType(true)) ?? "other";
  } catch {
    return "other";
  }
}

const readable = (userAgent: string | undefined): string =>
  (userAgent ?? "").slice(0, MAX_USER_AGENT_LENGTH).trim();

/** Text of the app's own functions, which JavaScript lets be anything. */
export function textOrNull(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function byBowser(userAgent: string): Agent {
  const parsed = Bowser.getParser(userAgent);
  return { browser: parsed.getBrowserName() || null, operatingSystem: parsed.getOSName() || null };
}
