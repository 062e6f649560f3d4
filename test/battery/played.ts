/** Keeps the results at full counts from run to run, because a whole run takes most of an hour. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BatteryCase, Outcome } from "./support/battery-case.js";

const FOLDER = fileURLToPath(new URL("../../temp/battery/", import.meta.url));

/** A case that was played. */
export interface Result {
  readonly battery: BatteryCase;
  readonly outcome: Outcome;
  readonly seconds: number;
  /** Time of the run in ISO 8601, and its commit if that is known. */
  readonly at: string;
  readonly commit: string;
}

type Stored = Omit<Result, "battery">;

const fileOf = ({ id }: BatteryCase): string => `${FOLDER}${id}.json`;

/** Returns the commit that is checked out; "" outside a repository. */
export function commitNow(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}

/** Keeps a result and replaces an earlier result of the same case. */
export function keepResult({ battery, ...stored }: Result): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(fileOf(battery), JSON.stringify(stored satisfies Stored, null, 2));
}

/** Returns the last result of a case; `null` if the case has not been played here. */
export function keptResult(battery: BatteryCase): Result | null {
  try {
    return { battery, ...(JSON.parse(readFileSync(fileOf(battery), "utf8")) as Stored) };
  } catch {
    return null;
  }
}
