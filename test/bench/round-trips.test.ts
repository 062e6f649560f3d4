import { describe, expect, it } from "vitest";
import { waitedForAlways, type RoundTrips } from "../../bench/round-trips.js";

const waited = (beforeHandler: number, afterHandler: number): RoundTrips => ({
  beforeHandler,
  afterHandler,
  commands: ["GET"],
});

describe("the round trips that a request waits for", () => {
  it("are the round trips of the request that waited for the most", () => {
    const traces = [waited(1, 0), waited(2, 0), waited(1, 1)];
    expect(waitedForAlways([traces, traces])).toEqual(waited(2, 1));
  });

  it("are only those that it waited for each time it was sent", () => {
    const delayed = [waited(2, 0), waited(1, 0)];
    const other = [waited(1, 0), waited(1, 1)];
    expect(waitedForAlways([delayed, other])).toEqual(waited(1, 0));
  });
});
