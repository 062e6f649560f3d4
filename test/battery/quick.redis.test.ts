/** The battery at a tenth of its counts; `npm run test:battery` runs it in full. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CASES } from "./cases/index.js";
import { openTheatre, type Theatre } from "./support/stage.js";

const PLAYED = CASES.filter(({ inTests }) => inTests ?? true);
const TENTH = 0.1;
const CASE_TIMEOUT_MS = 60_000;

let theatre: Theatre;

beforeAll(async () => {
  theatre = await openTheatre(TENTH);
});

afterAll(() => theatre.close());

describe("the battery, a tenth of it", () => {
  it.each(PLAYED.map((battery) => ({ battery, name: `${battery.id}: ${battery.title}` })))(
    "$name",
    async ({ battery }) => {
      const { figures } = await theatre.play(battery);
      expect(figures.filter(({ passed }) => !passed)).toEqual([]);
      expect(figures.length).toBeGreaterThan(0);
    },
    CASE_TIMEOUT_MS,
  );
});
