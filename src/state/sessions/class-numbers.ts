/** The classes of devices, and their limits, as the scripts take and return them. */
import { CLASS_LIMITS, limitsClasses, type ClassLimits, type DeviceClass } from "../../policy/index.js";

/** The classes of devices by their number in an entry. Entries from before there were classes are 0. */
const CLASSES: readonly DeviceClass[] = ["other", "desktop", "phone", "tablet"];

/** Returns the number of a class of devices, as claimSignIn-1.lua takes it. */
export const classNumber = (deviceClass: DeviceClass): number => CLASSES.indexOf(deviceClass);

/** Returns the class of devices with a number; `null` for any other number. */
export const knownClass = (number: number): DeviceClass | null => CLASSES[number] ?? null;

/** Returns the limits of the classes of devices, as lib/limit.lua takes them; "" for none. */
export function classLimitsText(settings: ClassLimits): string {
  if (!limitsClasses(settings)) return "";
  return CLASSES.map((each) => settings[CLASS_LIMITS[each]] ?? "").join();
}
