import { afterEach, expect, it, vi } from "vitest";
import { BROWSERS, findEngines, wantedEngines } from "../harness/browsers/find-engines.js";

afterEach(() => vi.unstubAllEnvs());

it("wants Chromium alone unless the environment names others", () => {
  vi.stubEnv(BROWSERS, undefined);
  expect(wantedEngines()).toEqual(["chromium"]);
  vi.stubEnv(BROWSERS, "webkit, firefox");
  expect(wantedEngines()).toEqual(["webkit", "firefox"]);
  vi.stubEnv(BROWSERS, "safari");
  expect(() => wantedEngines()).toThrow(
    'CURFEW_BROWSERS: "safari" is no engine; write chromium, firefox, webkit.',
  );
});

it("says in one line for each engine why it is missing and how to get it", async () => {
  vi.stubEnv("PATH", "/nowhere");
  vi.stubEnv("CURFEW_CHROMIUM", "/nowhere/chromium");
  const { engines, missing } = await findEngines(["chromium", "webkit"], false);
  expect(engines).toEqual([]);
  expect(missing).toEqual([
    "No chromium here (npm run test:browsers installs it as root on Debian): apt-get install chromium",
    "No webkit here (npm run test:browsers installs it as root on Debian): apt-get install webkit2gtk-driver xvfb",
  ]);
});
