/** A short form of `npm run test:fuzz` with other inputs in every run. A failure prints the seed that repeats it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testRedisUrl } from "../harness/redis.js";
import { openGround, type Ground } from "./ground.js";
import { PROPERTIES } from "./index.js";
import { tryProperty } from "./property.js";

const SHARE = 0.01;
const TIMEOUT_MS = 60_000;

let ground: Ground;

beforeAll(async () => {
  ground = await openGround(await testRedisUrl());
});

afterAll(() => ground.close());

describe("hostile input, a hundredth of it", () => {
  for (const property of PROPERTIES)
    it(
      property.name,
      async () => {
        const { failure } = await tryProperty(property, ground, { runs: Math.round(property.runs * SHARE) });
        expect(failure).toBeNull();
      },
      TIMEOUT_MS,
    );
});
