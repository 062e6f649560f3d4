/** Limits for classes of devices, beside the limit of all browsers of a user (rules C12 to C15). */

/** All classes of devices. */
export const DEVICE_CLASSES = ["desktop", "phone", "tablet", "other"] as const;

/**
 * The class of a browser session's device, fixed at the sign-in. The app names the class, or else the User-Agent
 * decides. `other` is a television, a robot, or an unknown device.
 */
export type DeviceClass = (typeof DEVICE_CLASSES)[number];

/**
 * The limits of the classes, 1 to 100 each; `null` for no limit of its own. They only narrow `maxSessionsPerUser` (rule
 * C12). Without it their sum takes its place (rule C13).
 */
export interface ClassLimits {
  /** Most desktop computers among a user's browsers. @default null */
  readonly maxDesktopsPerUser: number | null;
  /** Most phones among a user's browsers. @default null */
  readonly maxPhonesPerUser: number | null;
  /** Most tablets among a user's browsers. @default null */
  readonly maxTabletsPerUser: number | null;
  /** Most other devices among a user's browsers. @default null */
  readonly maxOtherDevicesPerUser: number | null;
}

/** The setting with the limit of each class. */
export const CLASS_LIMITS = {
  desktop: "maxDesktopsPerUser",
  phone: "maxPhonesPerUser",
  tablet: "maxTabletsPerUser",
  other: "maxOtherDevicesPerUser",
} as const satisfies Readonly<Record<DeviceClass, keyof ClassLimits>>;

/** Names of the settings that limit a class of devices. */
export const CLASS_LIMIT_NAMES: readonly (keyof ClassLimits)[] = Object.values(CLASS_LIMITS);

/** No class has a limit of its own. */
export const NO_CLASS_LIMITS: ClassLimits = Object.freeze({
  maxDesktopsPerUser: null,
  maxPhonesPerUser: null,
  maxTabletsPerUser: null,
  maxOtherDevicesPerUser: null,
});

/** Name of a setting that limits the browsers of a user. */
export type BrowserLimitName = "maxSessionsPerUser" | keyof ClassLimits;

/** Returns true if any class of devices has a limit. */
export function limitsClasses(settings: ClassLimits): boolean {
  // Every request asks, so there is no loop.
  return (
    settings.maxDesktopsPerUser !== null ||
    settings.maxPhonesPerUser !== null ||
    settings.maxTabletsPerUser !== null ||
    settings.maxOtherDevicesPerUser !== null
  );
}
