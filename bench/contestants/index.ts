import type { AppSpec } from "../processes/messages.js";
import { bare } from "./bare.js";
import { byHand } from "./by-hand.js";
import type { Contestant } from "./contestant.js";
import { curfew } from "./curfew.js";
import { express, oneGet } from "./floors.js";

const CREATE: Readonly<Record<AppSpec["contestant"], (spec: AppSpec) => Contestant | Promise<Contestant>>> = {
  express,
  oneGet,
  bare,
  byHand,
  curfew,
  otherBuild: curfew,
};

/** Creates the contestant that the specification names. */
export async function createContestant(spec: AppSpec): Promise<Contestant> {
  return CREATE[spec.contestant](spec);
}
