import type { AppSpec } from "../processes/messages.js";
import { bare } from "./bare.js";
import { betterAuthContestant } from "./better-auth.js";
import { byHand } from "./by-hand.js";
import type { Contestant } from "./contestant.js";
import { curfew } from "./curfew.js";
import { express, oneGet } from "./floors.js";
import { iron } from "./iron.js";

const CREATE: Readonly<Record<AppSpec["contestant"], (spec: AppSpec) => Contestant | Promise<Contestant>>> = {
  express,
  oneGet,
  bare,
  byHand,
  betterAuth: betterAuthContestant,
  iron,
  curfew,
  otherBuild: curfew,
};

/** Creates the contestant of a specification. */
export async function createContestant(spec: AppSpec): Promise<Contestant> {
  return CREATE[spec.contestant](spec);
}
