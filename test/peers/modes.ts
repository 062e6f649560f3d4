/** Kinds of session with which each test of the suite begins. */
export const MODES = ["visitor", "signed in", "loaded"] as const;
export type Mode = (typeof MODES)[number];

/** Environment variables of the process that runs the suite. */
export const PEERS_MODE = "CURFEW_PEERS_MODE";
export const PEERS_REDIS = "CURFEW_PEERS_REDIS";
