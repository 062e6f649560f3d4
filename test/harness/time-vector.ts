/** The steps of a vector about time, and the part of a driver that plays them. */
import type {
  DeviceClass,
  EndReason,
  Settings,
  SettingsPatch,
  WarningAction,
} from "../../src/policy/index.js";

/** A living session as all drivers see it. Times are milliseconds since 1970. */
export interface Living {
  readonly endsAt: number;
  readonly warnAt: number;
  readonly action: WarningAction;
  readonly persistent: boolean;
  readonly signedInAt: number;
  readonly extendedCount: number;
}

/** A session at one time: its facts, or the reason of its end. */
export type Standing = Living | EndReason;

/** Result of asking for more time. An end is its reason. */
export type ExtensionAnswer = "extended" | "touched" | "too_early" | "reauthentication_required" | EndReason;

/** Options of a sign-in. */
export interface SignInChoice {
  readonly persistent?: boolean;
  readonly kind?: "browser" | "api" | "embed";
  /** @default desktop */
  readonly deviceClass?: DeviceClass;
}

/** One site of a driver. Every step happens at the time of the last call of `setTime`. */
export interface Player {
  setTime(now: number): void;
  /** Signs the same user in, from another browser each time. */
  signIn(choice: SignInChoice): Promise<PlayedSession>;
  save(patch: SettingsPatch): Promise<void>;
}

/** One session of a driver. */
export interface PlayedSession {
  /** Asks for the session, without activity. */
  look(): Promise<Standing>;
  /** Reports a click. */
  act(): Promise<void>;
  extend(): Promise<ExtensionAnswer>;
}

/** A step at a time. The session that is not named is the first one. */
export type Step = { readonly at: number; readonly session?: number } & (
  | { readonly signIn: SignInChoice }
  | { readonly save: SettingsPatch }
  /** Acts now. With `every` acts from the last step on, at this interval, and now. */
  | { readonly act: true; readonly every?: number }
  | { readonly extend: ExtensionAnswer }
  /** Looks now. */
  | { readonly is: Partial<Living> | EndReason }
);

/** One vector: the rules that it proves, settings, and steps in order of their times. */
export interface TimeVector {
  readonly title: string;
  readonly settings?: Partial<Settings>;
  /** @default one browser without "Stay logged in", signed in at 0:00 */
  readonly first?: SignInChoice;
  readonly steps: readonly Step[];
}
