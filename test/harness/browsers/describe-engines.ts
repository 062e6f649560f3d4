import { afterAll, beforeAll, describe, inject } from "vitest";
import type { Engine } from "./driver.js";
import { EngineBrowser } from "./engine-browser.js";
import { LAUNCH_WITHIN_MS } from "./within.js";

/** Arguments of one engine's tests. */
export interface EngineTests {
  readonly engine: Engine;
  /** Returns the running browser that all tests of the file share. Call it only inside tests and hooks. */
  browser(): EngineBrowser;
}

/**
 * Declares the same tests for each engine of this run, with one browser of each. Without an engine the tests
 * count as skipped.
 */
export function describeEngines(title: string, declare: (tests: EngineTests) => void): void {
  const engines = inject("engines");
  if (engines.length === 0) {
    describe.skip(`${title} (no browser here)`, () => {
      declare({ engine: { name: "chromium", title: "none", binary: "" }, browser: noBrowser });
    });
    return;
  }
  describe.each(engines)(`${title} in $name`, (engine) => {
    let running: EngineBrowser | undefined;
    beforeAll(async () => {
      running = await EngineBrowser.launch(engine);
    }, 2 * LAUNCH_WITHIN_MS);
    afterAll(() => running?.close());
    declare({ engine, browser: () => running ?? noBrowser() });
  });
}

function noBrowser(): never {
  throw new Error("the browser is there only while tests and their hooks run");
}
