/** Calls of the scripts that store, keep and delete the app's data. */
import type { Call } from "./script-calls.js";

const MARK = '{"cookie":{},"replacedAt":';

/** Calls on data, on the mark of a replaced cookie, on missing keys and on a key of another type. */
export const DATA_CALLS: readonly Call[] = [
  ["SET", "data", '{"cookie":{}}', "PX", 100_000],
  ["storeData", "data", '{"cookie":{},"a":1}', MARK, ""],
  ["storeData", "gone", "x", MARK, ""],
  ["storeData", "stranger", "x", MARK, 100],
  ["SET", "mark", `${MARK}1}`],
  ["storeData", "mark", "x", MARK, ""],
  ["storeData", "mark", "x", MARK, 100],
  ["RPUSH", "rows", "no string"],
  ["storeData", "rows", "x", MARK, ""],
  ["GET", "rows"],
  ["keepData", "data", 200_000],
  ["keepData", "data", 1_000],
  ["dropData", "mark", MARK],
  ["GET", "mark"],
  ["dropData", "stranger", MARK],
  ["GET", "stranger"],
  ["dropData", "gone", MARK],
  ["RPUSH", "numbers", "no string"],
  ["dropData", "numbers", MARK],
];
