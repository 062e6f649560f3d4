/** Plays the battery at a tenth of its counts. `npm run test:battery` plays it in full. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CASES } from "./cases/index.js";
import { openTheatre, type Theatre } from "./support/stage.js";

const PLAYED = CASES.filter(({ inTests }) => inTests ?? true);
const TENTH = 0.1;
const CASE_TIMEOUT = { timeout: 60_000 };

let theatre: Theatre;

beforeAll(async () => {
  theatre = await openTheatre(TENTH);
});

afterAll(() => theatre.close());

describe("the battery, a tenth of it", () => {
  it.for(PLAYED.map((battery) => ({ battery, name: `${battery.id}: ${battery.title}` })))(
    "$name",
    CASE_TIMEOUT,
    async ({ battery }, { skip }) => {
      const { figures, skipped } = await theatre.play(battery);
      if (skipped !== undefined) skip(skipped);
      expect(figures.filter(({ passed }) => !passed)).toEqual([]);
      expect(figures.length).toBeGreaterThan(0);
    },
  );
});
