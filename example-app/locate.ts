import type { Locate } from "express-curfew";

/**
 * Made-up places for addresses of this machine, so that the location setting has something to show.
 * A real app asks a database, with `locateByMmdb`.
 */
const PLACES: Readonly<Record<string, { city: string; state: string; country: string }>> = {
  "127.0.0.1": { city: "Berlin", state: "Berlin", country: "Germany" },
  "127.0.0.2": { city: "Lisbon", state: "Lisboa", country: "Portugal" },
};

/** Returns the place of an address, or `null` if it is unknown. */
export const locate: Locate = (ip) => PLACES[ip.replace(/^::ffff:/, "")] ?? null;
