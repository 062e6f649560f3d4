/**
 * A fault at every command of every operation. Each sort of fault meets the package's own connection once, and a
 * client that reads key by key once. Case B6 of the battery plays all faults with every kind of client.
 */
import { describe, it } from "vitest";
import { testRedisUrl } from "../harness/redis.js";
import { FAULTS, type NamedFault } from "./support/faults.js";
import { linesOf, OPERATIONS, playFault } from "./support/play.js";
import type { ClientKind } from "./support/site.js";

const SAMPLE = ["cut before its answer", "answers stalled", "NOSCRIPT"];
/** All operations run side by side, so a slow machine needs long for each. */
const TIMEOUT_MS = 180_000;

const named = (names: readonly string[]): NamedFault[] => FAULTS.filter(({ name }) => names.includes(name));

const PLAYED: readonly { kind: ClientKind; faults: readonly NamedFault[] }[] = [
  { kind: "own connection", faults: named(SAMPLE) },
  { kind: "key by key", faults: named(["READONLY"]) },
];

describe.concurrent.each(PLAYED)("B6: a fault at every command, $kind", ({ kind, faults }) => {
  const operations = OPERATIONS.filter(
    ({ opensConnection }) => !opensConnection || kind === "own connection",
  );

  it.for(operations)("$name", { timeout: TIMEOUT_MS }, async (operation, { expect }) => {
    const wrong: string[] = [];
    let struck = 0;
    for (const fault of faults) {
      const cells = await playFault(operation, fault, kind, await testRedisUrl());
      wrong.push(...cells.flatMap(linesOf));
      struck += cells.filter(({ hasStruck }) => hasStruck).length;
    }
    expect(wrong).toEqual([]);
    // Only a visitor's page without a cookie sends no command to Redis.
    expect(struck > 0).toBe(operation.name !== "a visitor's page");
  });
});
